/** Scenarios: what is sent to whom, and rounds in which they take turns. */
import type { Options } from "../options.ts";
import { spreadOf, type Spread } from "../report/statistics.ts";
import { readCpuSeconds } from "../subjects/process-stat.ts";
import type { Subject } from "../subjects/subject.ts";
import { saturate, sendAll, type LoadResult } from "./saturate.ts";

/** Connections that keep one core busy and its queue short. */
const CONNECTIONS = 24;

/** One thing that is measured. */
export interface Scenario {
  readonly name: string;
  /** The scenario its ratio is taken to. */
  readonly base: string | null;
  readonly run: (round: number) => Promise<LoadResult>;
}

/** What all rounds of a scenario gave. */
export interface ScenarioResult {
  readonly name: string;
  readonly base: string | null;
  readonly rps: Spread;
  /** To the base in the same round. */
  readonly ratio: Spread | null;
  /** CPU time of the measured process for each request, in µs. */
  readonly cpuMicros: number;
  /** How much of its core the measured process used, 1 being all of it. */
  readonly busy: number;
}

/** What a saturating scenario sends to a subject. */
export interface Traffic {
  readonly subject: Subject;
  readonly next: () => Buffer;
  readonly status: number;
  /** Requests that are each sent once before, so that every object they reach is there. */
  readonly first?: readonly Buffer[];
}

/** A scenario that loads a subject as much as it can take. */
export function saturating(
  name: string,
  base: string | null,
  { subject, next, status, first = [] }: Traffic,
  { warmupMs, measureMs }: Options,
): Scenario {
  const run = async (): Promise<LoadResult> => {
    await sendAll(subject.port, first, status, CONNECTIONS);
    return saturate({
      port: subject.port,
      next,
      status,
      connections: CONNECTIONS,
      warmupMs,
      measureMs,
      readCpuSeconds: () => readCpuSeconds(subject.pid),
    });
  };
  return { name, base, run };
}

/** Sends the same requests over and over. */
export function cycle(requests: readonly Buffer[]): () => Buffer {
  let index = 0;
  return () => {
    const request = requests[index % requests.length];
    index += 1;
    if (request === undefined) throw new Error("nothing to send");
    return request;
  };
}

/** Runs all scenarios in turn, so many times over, so that what the machine does falls on all. */
export async function runRounds(
  scenarios: readonly Scenario[],
  { rounds, restMs }: Pick<Options, "rounds" | "restMs">,
): Promise<readonly ScenarioResult[]> {
  const results = new Map<string, LoadResult[]>(scenarios.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`);
    await new Promise((resolve) => setTimeout(resolve, restMs));
    for (const { name, run } of scenarios) results.get(name)?.push(await run(round));
  }
  const rpsOf = (name: string): readonly number[] =>
    (results.get(name) ?? []).map(({ answers, seconds }) => answers / seconds);
  return scenarios.map(({ name, base }) => {
    const rps = rpsOf(name);
    const baseRps = base === null ? [] : rpsOf(base);
    const runs = results.get(name) ?? [];
    const medianOf = (read: (run: LoadResult) => number): number => spreadOf(runs.map(read)).median;
    return {
      name,
      base,
      rps: spreadOf(rps),
      ratio:
        base === null
          ? null
          : spreadOf(rps.map((value, round) => value / (baseRps[round] ?? Number.NaN))),
      cpuMicros: medianOf(({ cpuSeconds, answers }) => (cpuSeconds / answers) * 1e6),
      busy: medianOf(({ cpuSeconds, seconds }) => cpuSeconds / seconds),
    };
  });
}

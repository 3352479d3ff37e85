/** The options that the commands share. */
import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { PINNED } from "./subjects/process-stat.ts";

/** How long and how often to measure, and where to write what came out. */
export interface Options {
  readonly quick: boolean;
  readonly jsonFile: string | null;
  readonly rounds: number;
  /** How long each round waits, until the alarms of the objects that the last one woke are over. */
  readonly restMs: number;
  readonly warmupMs: number;
  /** How long many keys are used before they are measured: each is counted in blocks only once it is busy. */
  readonly busyMs: number;
  readonly measureMs: number;
}

/** Reads the command line: `--quick` for a short run, `--json FILE`. */
export function readOptions(): Options {
  const { values } = parseArgs({
    options: { quick: { type: "boolean", default: false }, json: { type: "string" } },
  });
  const { quick } = values;
  const jsonFile = values.json ?? null;
  return quick
    ? { quick, jsonFile, rounds: 2, restMs: 1000, warmupMs: 200, busyMs: 1000, measureMs: 500 }
    : { quick, jsonFile, rounds: 5, restMs: 10_000, warmupMs: 300, busyMs: 7000, measureMs: 1000 };
}

/** The machine that the numbers are of. */
export function describeMachine(): Readonly<Record<string, string | number | boolean>> {
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    platform: `${process.platform} ${process.arch}`,
    pinned: PINNED,
  };
}

/** The versions that the numbers are of. */
export function describeVersions(): Readonly<Record<string, string>> {
  const modules = path.resolve(import.meta.dirname, "../node_modules");
  const versionOf = (name: string): string => {
    const text = readFileSync(path.join(modules, name, "package.json"), "utf8");
    return (JSON.parse(text) as { readonly version: string }).version;
  };
  const node = process.versions.node;
  const names = ["hono", "wrangler", "workerd"] as const;
  return { node, ...Object.fromEntries(names.map((name) => [name, versionOf(name)])) };
}

/** One line about where the numbers come from. */
export function formatPlacement(): string {
  const { cpu, cores } = describeMachine();
  const placement = PINNED
    ? "what is measured has core 0, load generator and origin have core 1"
    : "not pinned: taskset or a second core is missing, so numbers are shakier";
  return `${cpu}, ${cores} cores; ${placement}.`;
}

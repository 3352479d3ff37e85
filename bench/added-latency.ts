/** What the authorizer adds to an answer's time while it has room: both at the same fixed rate. */
import { measureLatencies } from "./load/fixed-rate.ts";
import type { Options } from "./options.ts";
import { quantileOf, spreadOf } from "./report/statistics.ts";
import { formatGet } from "./scenarios.ts";
import type { Stage } from "./subjects/stage.ts";

/** Quantiles of one subject, in ms. */
export interface Latency {
  readonly name: string;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Measures the bare proxy and the authorizer in turn; the last row is the difference. */
export async function measureAddedLatency(
  { proxy, authorizer, keys }: Stage,
  perSecond: number,
  { quick, rounds }: Options,
): Promise<readonly Latency[]> {
  const next = (): Buffer => formatGet(keys.warm.text);
  const seconds = quick ? 1 : 2;
  const measure = (port: number): Promise<readonly number[]> =>
    measureLatencies({ port, next, status: 200, perSecond, seconds });
  const bare: (readonly number[])[] = [];
  const authorised: (readonly number[])[] = [];
  for (let round = 0; round < Math.min(3, rounds); round += 1) {
    bare.push(await measure(proxy.port));
    authorised.push(await measure(authorizer.port));
  }
  const proxied = summarise("bare Hono proxy", bare);
  const whole = summarise("authorised, 1 key", authorised);
  const added = {
    name: "added",
    p50Ms: whole.p50Ms - proxied.p50Ms,
    p99Ms: whole.p99Ms - proxied.p99Ms,
  };
  return [proxied, whole, added];
}

/** The median over the rounds, so that one stall of the machine is not the 99th percentile. */
function summarise(name: string, rounds: readonly (readonly number[])[]): Latency {
  const median = (quantile: number): number =>
    spreadOf(rounds.map((latencies) => quantileOf(latencies, quantile))).median;
  return { name, p50Ms: median(0.5), p99Ms: median(0.99) };
}

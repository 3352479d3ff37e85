/**
 * The statistics of a key or an account. Whether this deployment keeps any is found out once: where it
 * does not, nothing is asked again.
 */
import { call, type Result } from "./api.ts";
import type { Interval, Usage } from "./types.ts";

/** The stretches of time that can be looked at, each with how finely it is divided. */
export const RANGES = {
  hour: { label: "Past hour", ms: 3_600_000, interval: "minute" },
  day: { label: "Past day", ms: 86_400_000, interval: "hour" },
  week: { label: "Past 7 days", ms: 7 * 86_400_000, interval: "hour" },
  month: { label: "Past 30 days", ms: 30 * 86_400_000, interval: "day" },
} as const satisfies Record<string, { label: string; ms: number; interval: Interval }>;

export type Range = keyof typeof RANGES;

const MISSING: Result<Usage> = {
  ok: false,
  failure: { status: 404, code: "not_found", message: "There are no statistics.", fields: [] },
};

let isMissing = false;

/** Loads the statistics of a key or account (its path) up to now. */
export async function loadUsage(path: string, range: Range): Promise<Result<Usage>> {
  if (isMissing) return MISSING;
  const { ms, interval } = RANGES[range];
  const to = new Date();
  const from = new Date(to.getTime() - ms);
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString(), interval });
  const result = await call<Usage>("GET", `${path}/usage?${query.toString()}`);
  if (!result.ok && result.failure.status === 404) isMissing = true;
  return result;
}

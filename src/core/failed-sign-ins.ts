/**
 * How many times an address has tried in vain to sign in: ten in a minute, then it is to wait until the
 * minute is over. A credential that is right is never judged by this.
 */
import { parseAddress } from "./ip.ts";

/** The attempts in vain since the first of a minute. */
export interface FailedSignIns {
  readonly openedAtMs: number;
  readonly count: number;
}

const MAX_FAILURES = 10;
/** How long attempts are counted together, in milliseconds. */
export const FAILURES_WINDOW_MS = 60_000;

/** The attempts with one more; a minute begins with its first one. */
export function addFailure(known: FailedSignIns | null, nowMs: number): FailedSignIns {
  if (known === null || isOver(known, nowMs)) return { openedAtMs: nowMs, count: 1 };
  return { ...known, count: known.count + 1 };
}

/** Whole seconds to wait after one attempt too many, `null` when there is no need to. */
export function secondsToWait(failures: FailedSignIns, nowMs: number): number | null {
  if (!isTooMany(failures)) return null;
  return Math.max(1, Math.ceil((failures.openedAtMs + FAILURES_WINDOW_MS - nowMs) / 1000));
}

/** Whether there were more attempts than are answered with why they failed. */
export function isTooMany({ count }: FailedSignIns): boolean {
  return count > MAX_FAILURES;
}

/** Whether a minute is over, or began in a future that the clock has since taken back. */
export function isOver({ openedAtMs }: FailedSignIns, nowMs: number): boolean {
  return nowMs >= openedAtMs + FAILURES_WINDOW_MS || nowMs < openedAtMs;
}

/**
 * Who an address is for counting: itself, or the /64 of an IPv6 address, all of which one subscriber has.
 * What is no address is one caller, so that leaving it out helps nobody.
 */
export function addressBlock(text: string | null): string {
  const address = text === null ? null : parseAddress(text);
  if (address === null) return "unknown";
  return address.words
    .slice(0, 2)
    .map((word) => word.toString(16).padStart(8, "0"))
    .join("");
}

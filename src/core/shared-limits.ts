/**
 * An account's `shared_limits`: one more bucket, over all its keys together, which the account's object
 * counts. A key's object asks it once its own windows are free.
 */
import { resetAtMsOf, take, violated, type Limits, type WindowView } from "./window.ts";
import type { Decision } from "./decision.ts";
import type { Counts } from "./write-ahead.ts";

/** The version of this exchange. */
export const SHARED_FORMAT = 1;

export interface SharedCall {
  readonly format: typeof SHARED_FORMAT;
  /** What to take; 0 only reads. */
  readonly cost: number;
}

/** What is given back: the cost, and when the windows that it was taken from are over, by the account's clock. */
export interface SharedReturn extends SharedCall {
  /** Absent in calls of older code: then it is taken from the windows that are open now. */
  readonly resetsAtMs?: readonly number[];
}

/** What the account says; `windows` is empty when it shares no limits any more. */
export interface SharedTaken {
  readonly format: typeof SHARED_FORMAT;
  readonly admitted: boolean;
  readonly windows: readonly WindowView[];
  /** The account's clock, epoch milliseconds. */
  readonly nowMs: number;
}

/** Takes `cost` from every shared window or from none. `counts` is what it leads to. */
export function takeShared(
  limits: Limits | null,
  counts: Counts,
  cost: number,
  nowMs: number,
): { readonly taken: SharedTaken; readonly counts: Counts } {
  const { admitted, counts: windows, views } = take(limits ?? {}, counts.windows, cost, nowMs);
  const shared = views.map(({ name, limit, remaining, resetAtMs }) => {
    return { name, limit, remaining, resetAtMs, shared: true as const };
  });
  return {
    taken: { format: SHARED_FORMAT, admitted, windows: shared, nowMs },
    counts: { windows, requestCount: counts.requestCount + (admitted ? cost : 0) },
  };
}

/** Gives back what was taken for a request that was not admitted after all; a window that has opened since owes nothing. */
export function returnShared(counts: Counts, { cost, resetsAtMs }: SharedReturn): Counts {
  const windows = counts.windows.flatMap((window) => {
    if (resetsAtMs?.includes(resetAtMsOf(window)) === false) return [window];
    return window.used > cost ? [{ ...window, used: window.used - cost }] : [];
  });
  return { windows, requestCount: Math.max(0, counts.requestCount - cost) };
}

/** What an account's object answered. Throws for an answer of another format: it must not admit. */
export function readTaken(answer: SharedTaken): SharedTaken {
  if (answer.format !== SHARED_FORMAT) throw new Error("unknown answer format");
  return answer;
}

/** A key's decision with what its account says beside it. */
export function joinShared(decision: Decision, taken: SharedTaken, cost: number): Decision {
  // Both clocks tell how long a window stays open; only the key's tells the client when that is.
  const skewMs = decision.nowMs - taken.nowMs;
  const windows = [
    ...decision.windows,
    ...taken.windows.map((view) => ({ ...view, resetAtMs: view.resetAtMs + skewMs })),
  ];
  if (decision.outcome !== "admitted" || taken.admitted) return { ...decision, windows };
  const never = violated(taken.windows, cost).some(({ limit }) => limit < cost);
  return { ...decision, windows, outcome: never ? "too_costly" : "rate_limited" };
}

/**
 * How a key's windows are told to its client: the `X-RateLimit-*` headers of the published pages and
 * `RateLimit` / `RateLimit-Policy` of draft-ietf-httpapi-ratelimit-headers. Seconds are rounded up.
 */
import { labelOf, violated, WINDOW_SECONDS, type WindowView } from "./window.ts";

/** Header names and their values. */
export type RateLimitHeaders = readonly (readonly [name: string, value: string])[];

/** Header names and values for an answer to a recognised key; none when nothing is limited. */
export function formatRateLimitHeaders(
  views: readonly WindowView[],
  nowMs: number,
  refusedCost?: number,
): RateLimitHeaders {
  const told =
    refusedCost === undefined ? tightest(views) : lastToOpen(violated(views, refusedCost));
  if (told === undefined) return [];
  return [
    ["X-RateLimit-Limit", String(told.limit)],
    ["X-RateLimit-Remaining", String(told.remaining)],
    ["X-RateLimit-Reset", String(Math.ceil(told.resetAtMs / 1000))],
    [
      "RateLimit-Policy",
      views.map((w) => `"${labelOf(w)}";q=${w.limit};w=${lengthOf(w)}`).join(", "),
    ],
    [
      "RateLimit",
      views.map((w) => `"${labelOf(w)}";r=${w.remaining};t=${left(w, nowMs)}`).join(", "),
    ],
  ];
}

/** Whole seconds, at least 1, after which a request of `cost` is admitted again. */
export function retryAfterSeconds(
  views: readonly WindowView[],
  cost: number,
  nowMs: number,
): number {
  return Math.max(1, ...violated(views, cost).map((window) => left(window, nowMs)));
}

/** The window with the fewest left; on a tie, the one that opens last. */
function tightest(views: readonly WindowView[]): WindowView | undefined {
  return views.toSorted((a, b) => a.remaining - b.remaining || b.resetAtMs - a.resetAtMs)[0];
}

/** The window that opens last: a refused request has to wait for it, however much is left. */
function lastToOpen(views: readonly WindowView[]): WindowView | undefined {
  return views.toSorted((a, b) => b.resetAtMs - a.resetAtMs || a.remaining - b.remaining)[0];
}

function lengthOf(window: WindowView): number {
  return WINDOW_SECONDS[window.name];
}

function left(window: WindowView, nowMs: number): number {
  return Math.max(0, Math.ceil((window.resetAtMs - nowMs) / 1000));
}

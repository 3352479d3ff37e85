/**
 * Counting without a write for each request: what is stored is a high-water mark that is never below what
 * was counted. A block of admissions is stored at once, before its first is answered; those inside it
 * write nothing. A crash loses the unused rest of one block, and never admits more than the limit.
 */
import type { Limits, WindowCount } from "./window.ts";

/** What an object counts. */
export interface Counts {
  readonly windows: readonly WindowCount[];
  /** Everything that was ever admitted. */
  readonly requestCount: number;
}

/** Admissions of the last seconds, by which the size of a block is found. */
export type Recent = readonly RecentSecond[];

interface RecentSecond {
  readonly second: number;
  readonly requests: number;
  readonly cost: number;
}

const RECENT_SECONDS = 5;
/** From so many requests in the last seconds on a key is busy enough for blocks. */
const BUSY_REQUESTS = 5;
/** A block is at most this part of the smallest limit: what a crash may cost a client. */
const PART_OF_LIMIT = 0.1;

/** The last seconds with one admission more; a clock that stepped back starts them anew. */
export function noteRecent(recent: Recent, cost: number, nowMs: number): Recent {
  const second = Math.floor(nowMs / 1000);
  const last = recent.at(-1);
  if (last?.second === second) {
    const noted = { second, requests: last.requests + 1, cost: last.cost + cost };
    return [...recent.slice(0, -1), noted];
  }
  const kept = recent.filter((each) => second - each.second < RECENT_SECONDS);
  const ordered = last !== undefined && last.second > second ? [] : kept;
  return [...ordered, { second, requests: 1, cost }];
}

/** How much a block holds: the admissions of the last seconds, in a tenth of every limit; else 1. */
export function blockSize(recent: Recent, limits: Limits): number {
  const requests = recent.reduce((sum, each) => sum + each.requests, 0);
  if (requests < BUSY_REQUESTS) return 1;
  const cost = recent.reduce((sum, each) => sum + each.cost, 0);
  const smallest = Math.min(...Object.values(limits));
  return Math.max(1, Math.min(cost, Math.floor(smallest * PART_OF_LIMIT)));
}

/** Whether what is stored is not below what was counted, window for window. */
export function covers(stored: Counts, counted: Counts): boolean {
  if (stored.requestCount < counted.requestCount) return false;
  return counted.windows.every(({ name, openedAtMs, used }) =>
    stored.windows.some(
      (mark) => mark.name === name && mark.openedAtMs === openedAtMs && mark.used >= used,
    ),
  );
}

/** What was counted and `ahead` more, as far as every limit admits. */
export function markAhead<C extends Counts>(counted: C, limits: Limits, ahead: number): C {
  const room = counted.windows.flatMap(({ name, used }) => {
    const limit = limits[name];
    return limit === undefined ? [] : [limit - used];
  });
  const rest = Math.max(0, Math.min(ahead, ...room));
  if (rest === 0) return counted;
  return {
    ...counted,
    requestCount: counted.requestCount + rest,
    windows: counted.windows.map((window) => ({ ...window, used: window.used + rest })),
  };
}

/**
 * What is asked of usage and what is found: buckets of an interval, each beginning at a whole one in
 * UTC. Only buckets in which something happened are found; all others are empty.
 */
import {
  addTally,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  NO_TOPS,
  sumTallies,
  sumTops,
  type Tally,
  type Tops,
} from "./usage.ts";

/** The version of this exchange with a key's object. */
export const USAGE_FORMAT = 1;

/** The length of each interval's buckets, and for how long they are kept, in milliseconds. */
export const INTERVALS = {
  minute: { lengthMs: MINUTE_MS, keptMs: 2 * DAY_MS },
  hour: { lengthMs: HOUR_MS, keptMs: 60 * DAY_MS },
  day: { lengthMs: DAY_MS, keptMs: 730 * DAY_MS },
} as const;

export type Interval = keyof typeof INTERVALS;

/** A span of whole buckets: from the start of the first to the end of the last. */
export interface UsageAsked {
  readonly format: typeof USAGE_FORMAT;
  readonly fromMs: number;
  readonly toMs: number;
  readonly interval: Interval;
}

/** The sums of one bucket. */
export interface Bucket {
  readonly startMs: number;
  readonly tally: Tally;
}

/** What was found in a span. What it was for is known by the hour, by day for days. */
export interface UsageFound {
  readonly buckets: readonly Bucket[];
  readonly tops: Tops;
}

export const NOTHING_FOUND: UsageFound = { buckets: [], tops: NO_TOPS };

/** The start of the bucket that a moment is in. */
export function startOfBucket(ms: number, interval: Interval): number {
  const { lengthMs } = INTERVALS[interval];
  return Math.floor(ms / lengthMs) * lengthMs;
}

/** Puts sums of shorter spans together into buckets, in the order of time. */
export function toBuckets(
  found: readonly Bucket[],
  { fromMs, toMs, interval }: UsageAsked,
): readonly Bucket[] {
  const sums = new Map<number, Tally>();
  for (const { startMs, tally } of found) {
    if (startMs < fromMs || startMs >= toMs) continue;
    const start = startOfBucket(startMs, interval);
    const sum = sums.get(start);
    sums.set(start, sum === undefined ? tally : addTally(sum, tally));
  }
  return [...sums]
    .map(([startMs, tally]) => ({ startMs, tally }))
    .sort((a, b) => a.startMs - b.startMs);
}

/** The sum of what was found of several keys. */
export function addFound(found: readonly UsageFound[], asked: UsageAsked): UsageFound {
  return {
    buckets: toBuckets(
      found.flatMap(({ buckets }) => buckets),
      asked,
    ),
    tops: sumTops(found.map(({ tops }) => tops)),
  };
}

/** The sums of the whole span. */
export function sumBuckets(buckets: readonly Bucket[]): Tally {
  return sumTallies(buckets.map(({ tally }) => tally));
}

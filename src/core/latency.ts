/**
 * How long answers took, as counts in fixed ranges: any two can be added, and percentiles come out of
 * the sum. A percentile is as exact as its range is narrow.
 */
import type { Counts } from "./usage.ts";

/** Where each range ends, in milliseconds; the last range is open. */
const BOUNDS_MS = [
  1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 10_000,
  30_000,
] as const;

/** Percentiles of answers, in milliseconds; `null` where nothing was measured. */
export interface Percentiles {
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
}

/** The range that a time falls in. */
export function latencyRange(milliseconds: number): string {
  const index = BOUNDS_MS.findIndex((bound) => milliseconds <= bound);
  return String(index === -1 ? BOUNDS_MS.length : index);
}

/** The percentiles of what was counted in the ranges, evenly spread within each. */
export function percentilesOf(counts: Counts): Percentiles {
  return { p50: at(counts, 0.5), p95: at(counts, 0.95), p99: at(counts, 0.99) };
}

function at(counts: Counts, part: number): number | null {
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  let left = part * total;
  for (const [index, bound] of BOUNDS_MS.entries()) {
    const count = counts[index] ?? 0;
    if (count >= left && count > 0) {
      const start = BOUNDS_MS[index - 1] ?? 0;
      return Math.round((start + (bound - start) * (left / count)) * 10) / 10;
    }
    left -= count;
  }
  return BOUNDS_MS[BOUNDS_MS.length - 1] ?? null;
}

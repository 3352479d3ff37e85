/** Usage as it is shown: every bucket of the span, empty or not, with percentiles in place of ranges. */
import { percentilesOf, type Percentiles } from "../core/latency.ts";
import { keepTop, sumCounts, NO_USE, type Counts, type Tally } from "../core/usage.ts";
import {
  INTERVALS,
  startOfBucket,
  sumBuckets,
  type Interval,
  type UsageAsked,
} from "../core/usage-query.ts";
import { HOUR_MS } from "../core/usage.ts";
import { formatDateTime } from "./date-time.ts";
import type { StrayUsage, Usage } from "./usage.ts";

const TOP = 20;

/** The sums of a bucket, or of all. */
export interface TotalsRepresentation {
  readonly requests: number;
  readonly refused: Counts;
  readonly status: Counts;
  readonly latency_ms: Percentiles;
}

export type BucketRepresentation = { readonly start: string } & TotalsRepresentation;

interface SpanRepresentation {
  readonly from: string;
  readonly to: string;
  readonly interval: Interval;
}

/** How a key, or an account's keys, were used. */
export interface UsageRepresentation extends SpanRepresentation {
  readonly totals: TotalsRepresentation;
  readonly buckets: readonly BucketRepresentation[];
  readonly top_endpoints: readonly { readonly endpoint: string; readonly requests: number }[];
  readonly top_ips: readonly { readonly ip: string; readonly requests: number }[];
  readonly top_countries: readonly { readonly country: string; readonly requests: number }[];
  /** There where keys of an account are left out. */
  readonly partial?: true;
  readonly keys_left_out?: number;
}

/** Requests to an API that never reached a key. */
export interface StraysRepresentation extends SpanRepresentation {
  readonly api: string;
  readonly totals: { readonly refused: Counts };
  readonly buckets: readonly { readonly start: string; readonly refused: Counts }[];
  readonly top_ips: readonly { readonly ip: string; readonly requests: number }[];
}

/** Shows usage. */
export function formatUsage({ asked, found, keysLeftOut }: Usage): UsageRepresentation {
  const byStart = new Map(found.buckets.map(({ startMs, tally }) => [startMs, tally]));
  const { endpoints, ips, countries } = found.tops;
  return {
    ...formatSpan(asked),
    totals: formatTally(sumBuckets(found.buckets)),
    buckets: startsOf(asked).map((startMs) =>
      formatBucket(startMs, byStart.get(startMs) ?? NO_USE),
    ),
    top_endpoints: topOf(endpoints, (endpoint, requests) => ({ endpoint, requests })),
    top_ips: topOf(ips, (ip, requests) => ({ ip, requests })),
    top_countries: topOf(countries, (country, requests) => ({ country, requests })),
    ...(keysLeftOut === 0 ? {} : { partial: true, keys_left_out: keysLeftOut }),
  };
}

/** Shows requests that never reached a key. */
export function formatStrays({ asked, api, found, ips }: StrayUsage): StraysRepresentation {
  const byStart = new Map<number, Counts>();
  for (const { hour, refused } of found) {
    const start = startOfBucket(hour * HOUR_MS, asked.interval);
    byStart.set(start, sumCounts([byStart.get(start) ?? {}, refused]));
  }
  return {
    api,
    ...formatSpan(asked),
    totals: { refused: sumCounts(found.map(({ refused }) => refused)) },
    buckets: startsOf(asked).map((startMs) => ({
      start: formatDateTime(startMs),
      refused: byStart.get(startMs) ?? {},
    })),
    top_ips: topOf(ips, (ip, requests) => ({ ip, requests })),
  };
}

function formatSpan({ fromMs, toMs, interval }: UsageAsked): SpanRepresentation {
  return { from: formatDateTime(fromMs), to: formatDateTime(toMs), interval };
}

function startsOf({ fromMs, toMs, interval }: UsageAsked): readonly number[] {
  const { lengthMs } = INTERVALS[interval];
  return Array.from(
    { length: (toMs - fromMs) / lengthMs },
    (_, index) => fromMs + index * lengthMs,
  );
}

function formatBucket(startMs: number, tally: Tally): BucketRepresentation {
  return { start: formatDateTime(startMs), ...formatTally(tally) };
}

function formatTally({ requests, refused, status, latency }: Tally): TotalsRepresentation {
  return { requests, refused, status, latency_ms: percentilesOf(latency) };
}

function topOf<T>(counts: Counts, show: (name: string, requests: number) => T): readonly T[] {
  return Object.entries(keepTop(counts, TOP)).map(([name, requests]) => show(name, requests));
}

/**
 * What is known of how a key was used: sums for each minute, and what it was used for in each hour.
 * Everything here can be added, in any order, and is bounded whatever the traffic. Pure.
 */
import type { DecideCall, Decision } from "./decision.ts";
import { latencyRange } from "./latency.ts";
import type { Reason } from "./refusal.ts";
import { labelEndpoint } from "./usage-endpoint.ts";

/** How often each of some names was counted. */
export type Counts = Readonly<Record<string, number>>;

/** The sums of one span of time. */
export interface Tally {
  /** What was admitted, as the limits count it. */
  readonly requests: number;
  /** Refusals by reason. */
  readonly refused: Counts;
  /** Answers by class of status, e.g. `2xx`. */
  readonly status: Counts;
  /** Answers to what was admitted, by range of `latency.ts`. */
  readonly latency: Counts;
}

/** What admitted requests were for and where they came from; `other` stands for all that has no place. */
export interface Tops {
  readonly endpoints: Counts;
  readonly ips: Counts;
  readonly countries: Counts;
}

/** One hour, by its number since 1970, with its minutes by their numbers since 1970. */
export interface HourUsage {
  readonly hour: number;
  readonly minutes: Readonly<Record<number, Tally>>;
  readonly tops: Tops;
}

/** Counts that go on. */
type OpenCounts = Record<string, number>;

/** A span that goes on: counted in place, since that is done for every request. */
export interface OpenTally extends Tally {
  requests: number;
  readonly refused: OpenCounts;
  readonly status: OpenCounts;
  readonly latency: OpenCounts;
}

/** An hour that goes on, likewise. */
export interface OpenHour extends HourUsage {
  readonly minutes: Record<number, OpenTally>;
  readonly tops: { readonly [Kind in keyof Tops]: OpenCounts };
}

/** What an isolate saw of answers, by minute: it rides on the next call to the key's object. */
export type Seen = readonly { readonly minute: number; readonly tally: Tally }[];

export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** What all names beyond those that have a place are counted as. */
export const OTHER = "other";
/** Names that an hour has room for, of each kind. */
const NAMES_IN_HOUR = 30;
const MINUTES_IN_HOUR = 60;

export const NO_USE: Tally = { requests: 0, refused: {}, status: {}, latency: {} };
export const NO_TOPS: Tops = { endpoints: {}, ips: {}, countries: {} };

/** A span in which nothing has happened yet. */
export function startTally(): OpenTally {
  return { requests: 0, refused: {}, status: {}, latency: {} };
}

/** An hour in which nothing has happened yet. */
export function startHour(nowMs: number): OpenHour {
  return {
    hour: Math.floor(nowMs / HOUR_MS),
    minutes: {},
    tops: { endpoints: {}, ips: {}, countries: {} },
  };
}

/** The sum of all, name by name. */
export function sumCounts(all: readonly Counts[]): Counts {
  const sum: Record<string, number> = {};
  for (const counts of all) {
    for (const name of Object.keys(counts)) sum[name] = (sum[name] ?? 0) + (counts[name] ?? 0);
  }
  return sum;
}

/** The sum of several spans. */
export function sumTallies(all: readonly Tally[]): Tally {
  return {
    requests: all.reduce((sum, { requests }) => sum + requests, 0),
    refused: sumCounts(all.map(({ refused }) => refused)),
    status: sumCounts(all.map(({ status }) => status)),
    latency: sumCounts(all.map(({ latency }) => latency)),
  };
}

/** The sum of two spans. */
export function addTally(a: Tally, b: Tally): Tally {
  return sumTallies([a, b]);
}

/** The sum of what several spans were for. */
export function sumTops(all: readonly Tops[]): Tops {
  return {
    endpoints: sumCounts(all.map(({ endpoints }) => endpoints)),
    ips: sumCounts(all.map(({ ips }) => ips)),
    countries: sumCounts(all.map(({ countries }) => countries)),
  };
}

/** The most frequent names, at most `most` of them, and the rest as `other`, which comes last. */
export function keepTop(counts: Counts, most: number): Counts {
  const named = Object.entries(counts).filter(([name]) => name !== OTHER);
  named.sort(([, a], [, b]) => b - a);
  const rest = named.slice(most).reduce((sum, [, count]) => sum + count, counts[OTHER] ?? 0);
  const kept = Object.fromEntries(named.slice(0, most));
  return rest === 0 ? kept : { ...kept, [OTHER]: rest };
}

/** The same for every kind of name. */
export function keepTops(tops: Tops, most: number): Tops {
  return {
    endpoints: keepTop(tops.endpoints, most),
    ips: keepTop(tops.ips, most),
    countries: keepTop(tops.countries, most),
  };
}

/** The sums of an hour. */
export function sumMinutes({ minutes }: HourUsage): Tally {
  return sumTallies(Object.values(minutes));
}

/** Adds to a minute; one outside of the hour is taken for the nearest within. */
export function addToMinute(usage: OpenHour, minute: number, tally: Tally): void {
  const sum = openMinute(usage, minute);
  sum.requests += tally.requests;
  addCounts(sum.refused, tally.refused);
  addCounts(sum.status, tally.status);
  addCounts(sum.latency, tally.latency);
}

/**
 * Notes what a key's object has decided about a call; a call that only reads leaves nothing. Answers with
 * whether anything was noted.
 */
export function noteDecision(
  usage: OpenHour,
  call: DecideCall,
  decision: Decision,
  nowMs: number,
): boolean {
  const minute = Math.floor(nowMs / MINUTE_MS);
  const reason = refusalOf(call, decision);
  if (reason !== null) {
    countOne(openMinute(usage, minute).refused, reason);
    return true;
  }
  if (decision.outcome !== "admitted" || call.cost === 0) return false;
  openMinute(usage, minute).requests += call.cost;
  noteTops(usage.tops, call);
  return true;
}

function openMinute({ hour, minutes }: OpenHour, minute: number): OpenTally {
  const first = hour * MINUTES_IN_HOUR;
  const within = Math.min(Math.max(minute, first), first + MINUTES_IN_HOUR - 1);
  return (minutes[within] ??= startTally());
}

function addCounts(sum: OpenCounts, counts: Counts): void {
  for (const name of Object.keys(counts)) countOne(sum, name, counts[name]);
}

/** Counts a name in place. */
export function countOne(counts: OpenCounts, name: string, count = 1): void {
  counts[name] = (counts[name] ?? 0) + count;
}

/** Why the request was refused: by the object, or by the edge with the record that is in force. */
function refusalOf(call: DecideCall, { outcome, reason, record }: Decision): Reason | null {
  const { refused = null, cost } = call;
  switch (outcome) {
    case "refused":
      return cost > 0 || refused !== null ? reason : null;
    case "rate_limited":
      return "rate_limited";
    case "too_costly":
      return "invalid_request";
    case "admitted":
      return cost === 0 && record === null ? refused : null;
    case "unknown":
    case "stale":
      return null;
  }
}

/** Where no edge sets a client's address the client chooses it, and `constructor` is none. */
export function isAddressLike(text: string): boolean {
  return /^[0-9A-Fa-f.:]+$/.test(text);
}

function noteTops(tops: OpenHour["tops"], { facts, cost, country }: DecideCall): void {
  countWithin(tops.endpoints, labelEndpoint(facts.endpoint), cost);
  if (facts.ip !== null && isAddressLike(facts.ip)) countWithin(tops.ips, facts.ip, cost);
  if (country !== undefined) countWithin(tops.countries, country, cost);
}

/**
 * Counts a name where there is room, else as `other`. What came only once has to make room, the oldest
 * first: a flood of names that never return does not keep out those that do.
 */
function countWithin(counts: OpenCounts, name: string, count: number): void {
  if (counts[name] !== undefined) return countOne(counts, name, count);
  const names = Object.keys(counts).filter((each) => each !== OTHER);
  if (names.length < NAMES_IN_HOUR) return countOne(counts, name, count);
  const rare = names.find((each) => (counts[each] ?? 0) <= 1);
  if (rare === undefined) return countOne(counts, OTHER, count);
  countOne(counts, OTHER, counts[rare]);
  delete counts[rare];
  countOne(counts, name, count);
}

/** Counts one answer: to an admitted request it also took its time. */
export function countAnswer(
  tally: OpenTally,
  status: number,
  milliseconds: number | null,
  refused: Reason | null,
): void {
  if (refused !== null) countOne(tally.refused, refused);
  countOne(tally.status, `${Math.floor(status / 100)}xx`);
  if (milliseconds !== null) countOne(tally.latency, latencyRange(milliseconds));
}

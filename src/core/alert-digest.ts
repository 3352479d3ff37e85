/**
 * What a key's object tells its account of its use, so that the account's alert rules can be judged by it:
 * bounded whatever the traffic, and to be added in any order. Pure.
 */
import { sumCounts, MINUTE_MS, type Counts } from "./usage.ts";
import type { WindowName } from "./window.ts";

/** The version of what a key's object tells its account. */
export const DIGEST_FORMAT = 1;

/** Answers are told by slots of five minutes. */
export const SLOT_MS = 5 * MINUTE_MS;

/** All answers of a slot, and those of class 4xx or 5xx. */
export type Answers = readonly [all: number, errors: number];

/** How full the fullest window of a key was. */
export interface Fullest {
  readonly window: WindowName;
  readonly percent: number;
}

export interface Digest {
  /** Admitted requests, as the limits count them, by hour since 1970. */
  readonly requests: Counts;
  /** Answers by slot since 1970. */
  readonly answers: Readonly<Record<string, Answers>>;
  /** Where admitted requests came from: IPv4 addresses, the /64 of IPv6 ones. */
  readonly ips: readonly string[];
  /** ISO 3166-1 alpha-2. */
  readonly countries: readonly string[];
  readonly fullest: Fullest | null;
  /** When a text other than the current one was admitted last, epoch ms. */
  readonly oldTextUsedMs: number | null;
}

/** A key's old text that was used, and its grace, epoch ms. */
export interface OldText {
  readonly usedMs: number;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What a key's object tells its account. */
export interface DigestMessage {
  readonly format: typeof DIGEST_FORMAT;
  readonly key: string;
  readonly digest: Digest;
  readonly oldText: OldText | null;
}

export const NOTHING_SEEN: Digest = {
  requests: {},
  answers: {},
  ips: [],
  countries: [],
  fullest: null,
  oldTextUsedMs: null,
};

/** Names of each kind that are told at once. */
const MAX_NAMES = 30;
/** Hours and slots that are told: older ones concern no rule any more. */
const MAX_HOURS = 48;
const MAX_SLOTS = 12;

/** The sum of what was seen before and after. */
export function addDigests(before: Digest, after: Digest): Digest {
  const fuller = (after.fullest?.percent ?? 0) > (before.fullest?.percent ?? 0);
  return {
    requests: keepLast(sumCounts([before.requests, after.requests]), MAX_HOURS),
    answers: keepLast(sumAnswers([before.answers, after.answers]), MAX_SLOTS),
    ips: addNames(before.ips, after.ips),
    countries: addNames(before.countries, after.countries),
    fullest: fuller ? after.fullest : before.fullest,
    oldTextUsedMs: after.oldTextUsedMs ?? before.oldTextUsedMs,
  };
}

/** The sum of answers, slot by slot. */
export function sumAnswers(all: readonly Digest["answers"][]): Digest["answers"] {
  const sum: Record<string, Answers> = {};
  for (const [slot, [answers, errors]] of all.flatMap((each) => Object.entries(each))) {
    const [before, errorsBefore] = sum[slot] ?? [0, 0];
    sum[slot] = [before + answers, errorsBefore + errors];
  }
  return sum;
}

/** The newest of what is numbered by time, at most `most` of them. */
export function keepLast<T>(
  numbered: Readonly<Record<string, T>>,
  most: number,
): Readonly<Record<string, T>> {
  const numbers = Object.keys(numbered);
  if (numbers.length <= most) return numbered;
  const kept = new Set(numbers.toSorted((a, b) => Number(b) - Number(a)).slice(0, most));
  return Object.fromEntries(Object.entries(numbered).filter(([number]) => kept.has(number)));
}

function addNames(names: readonly string[], more: readonly string[]): readonly string[] {
  const others = more.filter((name) => !names.includes(name));
  return others.length === 0 ? names : [...names, ...others].slice(0, MAX_NAMES);
}

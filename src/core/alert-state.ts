/**
 * What an account's object knows of the use of its keys, to judge its alert rules by: requests of the past
 * 8 days by hour, answers of the past hour, addresses and countries of the past 30 days, and which rules
 * have found something that goes on. Bounded whatever the traffic. Pure.
 */
import { keepLast, SLOT_MS, sumAnswers, type Digest } from "./alert-digest.ts";
import type { RuleName } from "./alert-rules.ts";
import { DAY_MS, HOUR_MS, sumCounts, type Counts } from "./usage.ts";

/** Names with the day since 1970 on which they were seen last. */
export interface SeenNames {
  readonly days: Counts;
  /** The last day of a name that had to be forgotten for want of room, `null` when none had to. */
  readonly forgottenDay: number | null;
}

/** What a rule has found and what is not over. */
export interface Ongoing {
  readonly rule: RuleName;
  /** The key that it concerns, or by which it was found. */
  readonly key: string | null;
  readonly sinceMs: number;
  /** When it was last not clearly over, epoch ms. */
  readonly lastMs: number;
  /** How much more of the same was found since it was told. */
  readonly further: number;
}

export interface AlertState {
  readonly format: 1;
  /** When the account was first told of any use, epoch ms. */
  readonly sinceMs: number | null;
  /** Admitted requests by hour since 1970. */
  readonly requests: Counts;
  /** Answers and errors by slot since 1970. */
  readonly answers: Digest["answers"];
  readonly ips: SeenNames;
  readonly countries: SeenNames;
  /** What goes on, by rule and key. */
  readonly ongoing: Readonly<Record<string, Ongoing>>;
}

/** What a rule can tell of what it has found. */
export type AlertDetails = Readonly<Record<string, string | number | readonly string[] | null>>;

const NO_NAMES: SeenNames = { days: {}, forgottenDay: null };

/** Of an account that was told of no use. */
export const UNTOLD: AlertState = {
  format: 1,
  sinceMs: null,
  requests: {},
  answers: {},
  ips: NO_NAMES,
  countries: NO_NAMES,
  ongoing: {},
};

const HOURS_KEPT = 8 * 24;
const SLOTS_KEPT = HOUR_MS / SLOT_MS;
const MAX_IPS = 1000;
const MAX_COUNTRIES = 300;
/** A name that was not seen for so many days is as good as new. */
const SEEN_DAYS = 30;
/** At first an account only learns where its requests come from. */
const LEARNING_MS = DAY_MS;

/** The state after a digest, and the names in it that are new. */
export interface Learnt {
  readonly state: AlertState;
  readonly newIps: readonly string[];
  readonly newCountries: readonly string[];
}

/** Adds a digest to what is known. */
export function learn(state: AlertState, digest: Digest, nowMs: number): Learnt {
  const sinceMs = state.sinceMs ?? nowMs;
  const today = Math.floor(nowMs / DAY_MS);
  const ips = meet(state.ips, digest.ips, today, MAX_IPS);
  const countries = meet(state.countries, digest.countries, today, MAX_COUNTRIES);
  const learning = nowMs - sinceMs < LEARNING_MS;
  return {
    state: {
      ...state,
      sinceMs,
      requests: keepLast(sumCounts([state.requests, digest.requests]), HOURS_KEPT),
      answers: keepLast(sumAnswers([state.answers, digest.answers]), SLOTS_KEPT),
      ips: ips.seen,
      countries: countries.seen,
    },
    newIps: learning ? [] : ips.unknown,
    newCountries: learning ? [] : countries.unknown,
  };
}

/**
 * Marks names as seen today. Once one of the past days had to be forgotten, an unknown name may be that
 * one, so none is told as new until those days are over.
 */
function meet(
  { days, forgottenDay }: SeenNames,
  names: readonly string[],
  today: number,
  capacity: number,
): { readonly seen: SeenNames; readonly unknown: readonly string[] } {
  const isRecent = (day: number | null | undefined): boolean =>
    day !== null && day !== undefined && today - day <= SEEN_DAYS;
  const unknown = names.filter((name) => !(Object.hasOwn(days, name) && isRecent(days[name])));
  const known = Object.entries(days).filter(
    ([name, day]) => isRecent(day) && !names.includes(name),
  );
  // The newest last, so that the oldest are those without room.
  const all = [
    ...known.toSorted(([, a], [, b]) => a - b),
    ...names.map((name) => [name, today] as const),
  ];
  const lost = all.slice(0, Math.max(0, all.length - capacity));
  const lostDay = lost.at(-1)?.[1] ?? null;
  return {
    seen: {
      days: Object.fromEntries(all.slice(lost.length)),
      forgottenDay: lostDay ?? (isRecent(forgottenDay) ? forgottenDay : null),
    },
    unknown: isRecent(forgottenDay) ? [] : unknown,
  };
}

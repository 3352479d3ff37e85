/**
 * Judges an account's alert rules by what its object knows. Each finding is told twice, when it begins and
 * when it is over, and it is over only after it was clearly so for a while: what flaps is one finding. Pure.
 */
import type { DigestMessage } from "./alert-digest.ts";
import {
  readErrors,
  readNearLimit,
  readNewNames,
  readOldText,
  readVolume,
  type Reading,
} from "./alert-readings.ts";
import type { AlertRules, RuleName } from "./alert-rules.ts";
import { learn, type AlertDetails, type AlertState, type Ongoing } from "./alert-state.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "./usage.ts";

/** A finding that began or is over. */
export interface AlertEvent {
  readonly atMs: number;
  readonly rule: RuleName;
  /** The key that it concerns, or by which it was found. */
  readonly key: string | null;
  readonly phase: "started" | "ended";
  readonly details: AlertDetails;
}

/** The state after the rules were judged, and what there is to tell. */
export interface Evaluation {
  readonly state: AlertState;
  readonly events: readonly AlertEvent[];
}

/** What a rule finds: one finding at a time for the account, or one for each key. */
const FINDINGS: Readonly<
  Record<RuleName, { readonly of: "account" | "key"; readonly calmMs: number }>
> = {
  // For so long must it be clearly over. What does not pass with time is over when a reading says so.
  high_volume: { of: "account", calmMs: HOUR_MS },
  new_ip: { of: "account", calmMs: DAY_MS },
  new_country: { of: "account", calmMs: DAY_MS },
  high_error_rate: { of: "account", calmMs: 30 * MINUTE_MS },
  near_limit: { of: "key", calmMs: HOUR_MS },
  old_text_used: { of: "key", calmMs: 0 },
  unused_key: { of: "key", calmMs: Infinity },
  rotation_due: { of: "key", calmMs: Infinity },
};

/** Findings about single keys that go on at once; what is found beyond them waits until one is over. */
const MAX_KEYS_ONGOING = 200;

/** Judges the rules by what a key's object has told, or, with `null`, by the time that has passed. */
export function evaluate(
  rules: AlertRules,
  before: AlertState,
  message: DigestMessage | null,
  nowMs: number,
): Evaluation {
  if (message === null) return advance(rules, before, readAccount(rules, before, nowMs), nowMs);
  const { key, digest, oldText } = message;
  const { state, newIps, newCountries } = learn(before, digest, nowMs);
  const readings = [
    ...readAccount(rules, state, nowMs),
    ...readNewNames("new_ip", key, newIps),
    ...readNewNames("new_country", key, newCountries),
    ...readNearLimit(rules.near_limit, key, digest.fullest),
    ...readOldText(rules.old_text_used, key, oldText),
    ...(Object.keys(digest.requests).length === 0 ? [] : [readUse(key)]),
  ];
  return advance(rules, state, readings, nowMs);
}

/** When the rules must be judged again if nothing else happens, epoch ms; `null` for never. */
export function nextEndMs({ ongoing }: AlertState): number | null {
  const ends = Object.values(ongoing).map(({ rule, lastMs }) => lastMs + FINDINGS[rule].calmMs);
  const next = Math.min(...ends);
  return Number.isFinite(next) ? next : null;
}

/** Lets findings begin, go on and end as readings say; what no reading is about is clearly over. */
export function advance(
  rules: AlertRules,
  state: AlertState,
  readings: readonly Reading[],
  nowMs: number,
): Evaluation {
  const bySubject = new Map(readings.map((reading) => [subjectOf(reading), reading]));
  const events: AlertEvent[] = [];
  const ongoing = new Map<string, Ongoing>();
  for (const [subject, finding] of Object.entries(state.ongoing)) {
    const reading = bySubject.get(subject);
    const next = rules[finding.rule].enabled ? goOn(finding, reading, nowMs) : null;
    if (next === null) events.push(endOf(finding, nowMs));
    else ongoing.set(subject, next);
  }
  for (const [subject, { rule, key, level, details, lastMs = nowMs }] of bySubject) {
    if (level !== "above" || Object.hasOwn(state.ongoing, subject)) continue;
    if (!rules[rule].enabled || !hasRoom(rule, ongoing)) continue;
    ongoing.set(subject, { rule, key, sinceMs: nowMs, lastMs, further: 0 });
    events.push({ atMs: nowMs, rule, key, phase: "started", details });
  }
  return { state: { ...state, ongoing: Object.fromEntries(ongoing) }, events };
}

function readAccount(rules: AlertRules, state: AlertState, nowMs: number): readonly Reading[] {
  return [
    readVolume(rules.high_volume, state, nowMs),
    readErrors(rules.high_error_rate, state, nowMs),
  ];
}

function readUse(key: string): Reading {
  return { rule: "unused_key", key, level: "over", details: {} };
}

function subjectOf({ rule, key }: Pick<Reading, "rule" | "key">): string {
  return FINDINGS[rule].of === "key" ? `${rule} ${key}` : rule;
}

/** The finding as it goes on, `null` when it is over. */
function goOn(finding: Ongoing, reading: Reading | undefined, nowMs: number): Ongoing | null {
  const { level = "below", lastMs = nowMs, found = 0 } = reading ?? {};
  switch (level) {
    case "above":
    case "between":
      return {
        ...finding,
        lastMs: Math.max(finding.lastMs, lastMs),
        further: finding.further + found,
      };
    case "below":
      return nowMs - finding.lastMs < FINDINGS[finding.rule].calmMs ? finding : null;
    case "over":
      return null;
  }
}

function endOf({ rule, key, sinceMs, further }: Ongoing, nowMs: number): AlertEvent {
  const since = new Date(sinceMs).toISOString();
  const details = further === 0 ? { since } : { since, further };
  return { atMs: nowMs, rule, key, phase: "ended", details };
}

function hasRoom(rule: RuleName, ongoing: ReadonlyMap<string, Ongoing>): boolean {
  if (FINDINGS[rule].of === "account") return true;
  const keys = [...ongoing.values()].filter((finding) => FINDINGS[finding.rule].of === "key");
  return keys.length < MAX_KEYS_ONGOING;
}

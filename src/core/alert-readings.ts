/**
 * What each alert rule reads from the use of an account's keys: whether its bound is exceeded, clearly not,
 * or neither. What that leads to is decided in `alert.ts`. Pure.
 */
import { SLOT_MS, type Answers, type Fullest, type OldText } from "./alert-digest.ts";
import type { AlertRules, RuleName } from "./alert-rules.ts";
import type { AlertDetails, AlertState } from "./alert-state.ts";
import { HOUR_MS } from "./usage.ts";

/** `between` begins nothing and ends nothing; `over` ends at once what goes on. */
export type Level = "above" | "between" | "below" | "over";

export interface Reading {
  readonly rule: RuleName;
  /** The key by which it was found, `null` where all keys together are read. */
  readonly key: string | null;
  readonly level: Level;
  readonly details: AlertDetails;
  /** Until when it cannot be over, epoch ms; the time of the reading where it is left out. */
  readonly lastMs?: number;
  /** How many were found, where there may be several. */
  readonly found?: number;
}

const DAYS_COMPARED = [1, 2, 3, 4, 5, 6, 7];
const HOURS_IN_DAY = 24;
/** Slots that an error rate is read from: the one that goes on and a quarter of an hour before. */
const SLOTS_READ = 4;
/** Clearly not exceeded is a bound below this part of it. */
const CLEARLY = 0.75;
/** Names that are told of many. */
const MAX_NAMES_TOLD = 10;

/** Reads the hour that goes on and the one before, of which something may be told late. */
export function readVolume(
  rule: AlertRules["high_volume"],
  state: AlertState,
  nowMs: number,
): Reading {
  const hour = Math.floor(nowMs / HOUR_MS);
  const read = [hour, hour - 1].map((each) => readHour(rule, state, each));
  const worst = read.find(({ level }) => level === "above");
  const { level, ...details } = worst ?? read.find((each) => each.level === "between") ?? QUIET;
  return { rule: "high_volume", key: null, level, details };
}

/** What an hour tells, and its level. */
type HourRead = AlertDetails & { readonly level: Level };

const QUIET: HourRead = { level: "below" };

function readHour(
  rule: AlertRules["high_volume"],
  { requests: byHour, sinceMs }: AlertState,
  hour: number,
): HourRead {
  const requests = byHour[hour] ?? 0;
  const compared = DAYS_COMPARED.map((days) => hour - days * HOURS_IN_DAY);
  const known = sinceMs !== null && Math.min(...compared) > Math.floor(sinceMs / HOUR_MS);
  const usual = known ? medianOf(compared.map((each) => byHour[each] ?? 0)) : null;
  const unusual = usual === null ? Infinity : Math.max(rule.minimum_requests, usual * rule.factor);
  const bound = Math.min(rule.requests_per_hour, unusual);
  const level = levelOf(requests > bound, requests, bound);
  return { level, hour: new Date(hour * HOUR_MS).toISOString(), requests, bound, usual };
}

/** Reads the errors among the answers of the last quarter of an hour. */
export function readErrors(
  rule: AlertRules["high_error_rate"],
  { answers: bySlot }: AlertState,
  nowMs: number,
): Reading {
  const slot = Math.floor(nowMs / SLOT_MS);
  const read = Array.from({ length: SLOTS_READ }, (_, ago) => bySlot[slot - ago] ?? NONE);
  const answers = read.reduce((sum, [all]) => sum + all, 0);
  const errors = read.reduce((sum, [, failed]) => sum + failed, 0);
  const percent = answers === 0 ? 0 : (errors / answers) * 100;
  const enough = answers >= rule.minimum_requests;
  const level = enough ? levelOf(percent >= rule.percent, percent, rule.percent) : "below";
  const details = { answers, errors, percent: Math.round(percent) };
  return { rule: "high_error_rate", key: null, level, details };
}

const NONE: Answers = [0, 0];

/** Reads names that were not seen before. */
export function readNewNames(
  rule: "new_ip" | "new_country",
  key: string,
  names: readonly string[],
): readonly Reading[] {
  if (names.length === 0) return [];
  const told = names.slice(0, MAX_NAMES_TOLD);
  const details: AlertDetails = rule === "new_ip" ? { ips: told } : { countries: told };
  return [{ rule, key, level: "above", details, found: names.length }];
}

/** Reads how full a key's fullest window was. */
export function readNearLimit(
  rule: AlertRules["near_limit"],
  key: string,
  fullest: Fullest | null,
): readonly Reading[] {
  if (fullest === null) return [];
  const { percent } = fullest;
  const level = levelOf(percent >= rule.percent, percent, rule.percent);
  return [{ rule: "near_limit", key, level, details: { ...fullest } }];
}

/** Reads whether a key's old text was used late in its grace. It cannot be used when that is over. */
export function readOldText(
  rule: AlertRules["old_text_used"],
  key: string,
  oldText: OldText | null,
): readonly Reading[] {
  if (oldText === null) return [];
  const { usedMs, sinceMs, untilMs } = oldText;
  const lateMs = untilMs - ((untilMs - sinceMs) * rule.last_percent) / 100;
  if (usedMs < lateMs) return [];
  const details = {
    used_at: new Date(usedMs).toISOString(),
    works_until: new Date(untilMs).toISOString(),
  };
  return [{ rule: "old_text_used", key, level: "above", details, lastMs: untilMs }];
}

function levelOf(exceeded: boolean, value: number, bound: number): Level {
  if (exceeded) return "above";
  return value > bound * CLEARLY ? "between" : "below";
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

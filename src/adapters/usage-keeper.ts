/**
 * The usage of one key in its object: the hour that goes on in memory, those before in storage. It never
 * asks for a write: it is saved with what else is written, and what is not saved by then is lost.
 */
import type { DecideCall, Decision } from "../core/decision.ts";
import {
  addToMinute,
  DAY_MS,
  HOUR_MS,
  MINUTE_MS,
  noteDecision,
  keepTops,
  startHour,
  sumMinutes,
  sumTops,
  type HourUsage,
  type OpenHour,
  type Seen,
  type Tops,
} from "../core/usage.ts";
import { packHour, unpackHour } from "../core/usage-pack.ts";
import { toBuckets, type Bucket, type UsageAsked, type UsageFound } from "../core/usage-query.ts";
import { logToConsole } from "./console-log.ts";
import { loadDays, loadHours, loadMinutes, saveDay, saveHour } from "./usage-tables.ts";

/** Names that are told of a span, of each kind. */
const NAMES_TOLD = 100;
const HOURS_IN_DAY = DAY_MS / HOUR_MS;

export interface UsageKeeper {
  /** Adds what a caller has seen of answers, as far as it can be told to the hour that goes on. */
  observe(seen: Seen, nowMs: number): void;
  /** Adds what was decided. */
  note(call: DecideCall, decision: Decision, nowMs: number): void;
  /** Whether there is something that was not saved yet. */
  readonly isUnsaved: boolean;
  /** Stores the hours that are over, and gives the one that goes on, to be stored by the caller. */
  save(nowMs: number): string;
  /** When it was saved last, as far as this object knows; 0 for never. */
  readonly savedAtMs: number;
  /** What is known of a span. */
  read(asked: UsageAsked): UsageFound;
}

/** The usage of a key whose tables are there; `stored` is the hour that went on. */
export function createUsageKeeper(
  storage: DurableObjectStorage,
  stored: string | null,
): UsageKeeper {
  const { sql } = storage;
  let current = unpackHour(stored);
  let over: readonly HourUsage[] = [];
  let isUnsaved = false;
  let savedAtMs = 0;

  /** The hour that goes on now. A clock that stepped back stays in the hour that it has reached. */
  function turn(nowMs: number): OpenHour {
    if (current === null) current = startHour(nowMs);
    else if (current.hour < Math.floor(nowMs / HOUR_MS)) {
      over = [...over, current];
      current = startHour(nowMs);
    }
    return current;
  }

  function memory(): readonly HourUsage[] {
    return current === null ? over : [...over, current];
  }

  /** Hours that cannot be stored are lost: the counts that are stored beside them must not be. */
  function saveOver(hours: readonly HourUsage[], goingOn: HourUsage): void {
    try {
      for (const finished of hours) {
        saveHour(sql, finished);
        const day = dayOf(finished.hour);
        if (day !== dayOf(goingOn.hour)) saveDay(sql, day);
      }
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown";
      logToConsole("warn", "usage_lost", { hours: hours.length, error: name });
    }
  }

  return {
    get isUnsaved() {
      return isUnsaved;
    },
    get savedAtMs() {
      return savedAtMs;
    },
    observe(seen, nowMs) {
      // An answer belongs to the hour of its request, which is over only when the next one comes.
      const hour = current?.hour ?? Number.NEGATIVE_INFINITY;
      const isEarlier = ({ minute }: Seen[number]): boolean =>
        Math.floor((minute * MINUTE_MS) / HOUR_MS) <= hour;
      current ??= startHour(nowMs);
      for (const each of seen) {
        const usage = isEarlier(each) ? current : turn(nowMs);
        addToMinute(usage, each.minute, each.tally);
      }
      isUnsaved ||= seen.length > 0;
    },
    note(call, decision, nowMs) {
      if (noteDecision(turn(nowMs), call, decision, nowMs)) isUnsaved = true;
    },
    save(nowMs) {
      const hour = turn(nowMs);
      saveOver(over, hour);
      over = [];
      isUnsaved = false;
      savedAtMs = nowMs;
      return packHour(hour);
    },
    read(asked) {
      return { buckets: readBuckets(sql, memory(), asked), tops: readTops(sql, memory(), asked) };
    },
  };
}

function dayOf(hour: number): number {
  return Math.floor(hour / HOURS_IN_DAY);
}

function readBuckets(
  sql: SqlStorage,
  memory: readonly HourUsage[],
  asked: UsageAsked,
): readonly Bucket[] {
  const [from, to] = hoursOf(asked);
  if (asked.interval === "minute") {
    const hours = [...loadMinutes(sql, from, to), ...memory.map(({ minutes }) => minutes)];
    return toBuckets(hours.flatMap(minutesToBuckets), asked);
  }
  const recent = memory.map((usage) => ({
    startMs: usage.hour * HOUR_MS,
    tally: sumMinutes(usage),
  }));
  const days = asked.interval === "day" ? loadDays(sql, dayOf(from), dayOf(to)) : [];
  const stored = loadHoursBeside(sql, days, from, to).map(({ number, tally }) => ({
    startMs: number * HOUR_MS,
    tally,
  }));
  const older = days.map(({ number, tally }) => ({ startMs: number * DAY_MS, tally }));
  return toBuckets([...older, ...stored, ...recent], asked);
}

function minutesToBuckets(minutes: HourUsage["minutes"]): readonly Bucket[] {
  return Object.entries(minutes).map(([minute, tally]) => ({
    startMs: Number(minute) * MINUTE_MS,
    tally,
  }));
}

function readTops(sql: SqlStorage, memory: readonly HourUsage[], asked: UsageAsked): Tops {
  const [from, to] = hoursOf(asked);
  const days = asked.interval === "day" ? loadDays(sql, dayOf(from), dayOf(to)) : [];
  const recent = memory.filter(({ hour }) => hour >= from && hour < to);
  const all = [...days, ...loadHoursBeside(sql, days, from, to), ...recent];
  return keepTops(sumTops(all.map(({ tops }) => tops)), NAMES_TOLD);
}

/** The hours whose day is none of those: all of them, or those of the last day with any use. */
function loadHoursBeside(
  sql: SqlStorage,
  days: readonly { readonly number: number }[],
  from: number,
  to: number,
): ReturnType<typeof loadHours> {
  const last = days.reduce((latest, { number }) => Math.max(latest, number), -1);
  return loadHours(sql, Math.max(from, (last + 1) * HOURS_IN_DAY), to);
}

function hoursOf({ fromMs, toMs }: UsageAsked): readonly [from: number, to: number] {
  return [Math.floor(fromMs / HOUR_MS), Math.ceil(toMs / HOUR_MS)];
}

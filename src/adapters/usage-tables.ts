/**
 * The SQL of a key's finished hours and days. Each table is a ring: a row has a slot, and what is too old
 * lies in the slot of what is new. So an hour costs two row writes, a day one more, and nothing is ever
 * deleted. The hour that goes on stands in the row of the counts.
 */
import { sumMinutes, sumTallies, sumTops, type HourUsage } from "../core/usage.ts";
import { packMinutes, packSpan, unpackMinutes, unpackSpan, type Span } from "../core/usage-pack.ts";

/** The tables; a part of the key's schema. */
export const USAGE_TABLES = `
  ALTER TABLE use ADD COLUMN usage TEXT;
  CREATE TABLE usage_minutes (slot INTEGER PRIMARY KEY, hour INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE TABLE usage_hours (slot INTEGER PRIMARY KEY, hour INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE TABLE usage_days (slot INTEGER PRIMARY KEY, day INTEGER NOT NULL, body TEXT NOT NULL);`;

/** Hours of which the minutes are kept, hours that are kept, and days. */
const MINUTE_SLOTS = 48;
const HOUR_SLOTS = 1440;
const DAY_SLOTS = 730;
const HOURS_IN_DAY = 24;

/** An hour or a day by its number since 1970. */
interface Numbered extends Span {
  readonly number: number;
}

/** Stores an hour that is over. */
export function saveHour(sql: SqlStorage, usage: HourUsage): void {
  const { hour, minutes, tops } = usage;
  const span = packSpan({ tally: sumMinutes(usage), tops });
  const slot = hour % MINUTE_SLOTS;
  sql.exec(
    "INSERT OR REPLACE INTO usage_minutes VALUES (?, ?, ?)",
    slot,
    hour,
    packMinutes(minutes),
  );
  sql.exec("INSERT OR REPLACE INTO usage_hours VALUES (?, ?, ?)", hour % HOUR_SLOTS, hour, span);
}

/** Stores a day that is over, once all its hours are stored. */
export function saveDay(sql: SqlStorage, day: number): void {
  const first = day * HOURS_IN_DAY;
  const hours = loadHours(sql, first, first + HOURS_IN_DAY);
  const tally = sumTallies(hours.map((each) => each.tally));
  const tops = sumTops(hours.map((each) => each.tops));
  const body = packSpan({ tally, tops });
  sql.exec("INSERT OR REPLACE INTO usage_days VALUES (?, ?, ?)", day % DAY_SLOTS, day, body);
}

/** The minutes of the hours from one to before another. */
export function loadMinutes(
  sql: SqlStorage,
  from: number,
  to: number,
): readonly HourUsage["minutes"][] {
  return sql
    .exec<{ body: string }>("SELECT body FROM usage_minutes WHERE hour >= ? AND hour < ?", from, to)
    .toArray()
    .map(({ body }) => unpackMinutes(body));
}

/** The hours from one to before another. */
export function loadHours(sql: SqlStorage, from: number, to: number): readonly Numbered[] {
  const query = "SELECT hour AS number, body FROM usage_hours WHERE hour >= ? AND hour < ?";
  return readSpans(sql, query, from, to);
}

/** The days from one to before another. The last day with any use may not be among them yet. */
export function loadDays(sql: SqlStorage, from: number, to: number): readonly Numbered[] {
  const query = "SELECT day AS number, body FROM usage_days WHERE day >= ? AND day < ?";
  return readSpans(sql, query, from, to);
}

function readSpans(sql: SqlStorage, query: string, from: number, to: number): readonly Numbered[] {
  return sql
    .exec<{ number: number; body: string }>(query, from, to)
    .toArray()
    .flatMap(({ number, body }) => {
      const span = unpackSpan(body);
      return span === null ? [] : [{ number, ...span }];
    });
}

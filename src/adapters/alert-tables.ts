/**
 * The SQL of an account's alerts: its rules and webhook, and what is known of the use of its keys, which is
 * one packed row. What the rules have found stands in a file of its own.
 */
import type { KnownKey } from "../core/alert-ages.ts";
import { completeRules, DEFAULT_RULES, type AlertRules } from "../core/alert-rules.ts";
import { UNTOLD, type AlertState } from "../core/alert-state.ts";
import type { Key } from "../core/record.ts";
import type { Webhook } from "../core/webhook.ts";
import { ALERT_EVENTS_TABLE } from "./alert-outbox.ts";

/** The tables; a part of the account's schema. From now on the use of its keys is known. */
export function createAlertTables(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE IF NOT EXISTS alert_settings (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
     CREATE TABLE IF NOT EXISTS alert_state (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
     ${ALERT_EVENTS_TABLE}
     CREATE TABLE IF NOT EXISTS key_activity (
       key_id TEXT PRIMARY KEY, active_at_ms INTEGER NOT NULL) WITHOUT ROWID;`,
  );
  saveKnown(sql, startKnowing(Date.now()));
}

/** An account's alerts as they are stored. */
export interface StoredSettings {
  readonly rules: AlertRules;
  readonly webhook: Webhook | null;
}

/** What is known of the use of an account's keys, and how far the daily pass over them is. */
export interface KnownUse {
  readonly state: AlertState;
  /** Since when it is known, epoch ms. */
  readonly knownSinceMs: number;
  /** When the last pass began, epoch ms. */
  readonly passedAtMs: number;
  /** The number of the key after which the pass goes on; `null` when none does. */
  readonly passAfter: number | null;
}

const DAY_MS = 86_400_000;

export function loadSettings(sql: SqlStorage): StoredSettings {
  const [row] = sql.exec<{ body: string }>("SELECT body FROM alert_settings").toArray();
  if (row === undefined) return { rules: DEFAULT_RULES, webhook: null };
  const settings = JSON.parse(row.body) as StoredSettings;
  return { ...settings, rules: completeRules(settings.rules) };
}

export function saveSettings(sql: SqlStorage, settings: StoredSettings): void {
  sql.exec("INSERT OR REPLACE INTO alert_settings VALUES (1, ?)", JSON.stringify(settings));
}

/** What is known. What cannot be read is taken for nothing: alerts never stand in the way. */
export function loadKnown(sql: SqlStorage): KnownUse {
  const [row] = sql.exec<{ body: string }>("SELECT body FROM alert_state").toArray();
  try {
    const known = JSON.parse(row?.body ?? "") as KnownUse;
    if (known.state.format === UNTOLD.format) return { ...known, state: dropUnknown(known.state) };
  } catch {
    // It begins anew below.
  }
  return startKnowing(Date.now());
}

/** What a rule of newer code has found is none of this code's. */
function dropUnknown(state: AlertState): AlertState {
  const known = Object.entries(state.ongoing).filter(([, { rule }]) =>
    Object.hasOwn(DEFAULT_RULES, rule),
  );
  return { ...state, ongoing: Object.fromEntries(known) };
}

function startKnowing(nowMs: number): KnownUse {
  return { state: UNTOLD, knownSinceMs: nowMs, passedAtMs: nowMs, passAfter: null };
}

export function saveKnown(sql: SqlStorage, known: KnownUse): void {
  sql.exec("INSERT OR REPLACE INTO alert_state VALUES (1, ?)", JSON.stringify(known));
}

/** Remembers when a key was used, to the day: it is written once a day at most. */
export function markActive(sql: SqlStorage, keyId: string, nowMs: number): void {
  sql.exec(
    `INSERT INTO key_activity VALUES (?1, ?2)
     ON CONFLICT DO UPDATE SET active_at_ms = ?2 WHERE active_at_ms <= ?2 - ?3`,
    keyId,
    nowMs,
    DAY_MS,
  );
}

type KeyRow = {
  readonly seq: number;
  readonly body: string;
  readonly active_at_ms: number | null;
};

const KNOWN_KEYS = `SELECT seq, body, active_at_ms FROM keys
  LEFT JOIN key_activity ON key_activity.key_id = keys.id`;

/** Unrevoked keys after a number, oldest first. */
export function listKnownKeys(
  sql: SqlStorage,
  after: number,
  limit: number,
): readonly (KnownKey & { readonly seq: number })[] {
  const query = `${KNOWN_KEYS} WHERE seq > ? AND state = 'live' AND revoked = 0 ORDER BY seq LIMIT ?`;
  return sql.exec<KeyRow>(query, after, limit).toArray().map(toKnownKey);
}

/** One key by its id, in whatever state. */
export function loadKnownKey(sql: SqlStorage, keyId: string): KnownKey | null {
  const [row] = sql.exec<KeyRow>(`${KNOWN_KEYS} WHERE id = ?`, keyId).toArray();
  return row === undefined ? null : toKnownKey(row);
}

function toKnownKey(row: KeyRow): KnownKey & { readonly seq: number } {
  return { seq: row.seq, key: JSON.parse(row.body) as Key, activeAtMs: row.active_at_ms };
}

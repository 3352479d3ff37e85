/**
 * The SQL of an account's alert events and of their delivery. An attempt is written before it is made, with
 * the time of the next one, so that a crash neither loses an event nor sends it without end.
 */
import type { AlertEvent } from "../core/alert.ts";
import type { AlertEventPage } from "../core/ports.ts";
import { MAX_ATTEMPTS, pauseAfter, type SentEvent } from "../core/webhook.ts";

/** The table; a part of the account's schema. */
export const ALERT_EVENTS_TABLE = `
  CREATE TABLE IF NOT EXISTS alert_events (
    seq INTEGER PRIMARY KEY, id TEXT NOT NULL, body TEXT NOT NULL, delivery TEXT NOT NULL,
    attempts INTEGER NOT NULL, due_ms INTEGER);
  CREATE INDEX IF NOT EXISTS alert_events_due ON alert_events (due_ms) WHERE delivery = 'pending';`;

export type Delivery = AlertEventPage["events"][number]["delivery"];

/** An event as it is stored. */
export type StoredEvent = SentEvent & { readonly seq: number; readonly delivery: Delivery };

/** An event that is to be sent, and how often that was tried, this time among them. */
export type DueEvent = StoredEvent & { readonly attempts: number };

const EVENTS_KEPT = 1000;

/** Adds events, each under an id of its own, to be delivered or not, and forgets the oldest. */
export function addEvents(
  sql: SqlStorage,
  events: readonly AlertEvent[],
  delivery: "pending" | "none",
): void {
  const insert = `INSERT INTO alert_events (id, body, delivery, attempts, due_ms)
    VALUES (?, ?, ?, 0, ?)`;
  for (const event of events) {
    const id = `evt_${crypto.randomUUID().replaceAll("-", "")}`;
    const dueMs = delivery === "pending" ? event.atMs : null;
    sql.exec(insert, id, JSON.stringify(event), delivery, dueMs);
  }
  if (events.length === 0) return;
  const forget = "DELETE FROM alert_events WHERE seq <= (SELECT max(seq) FROM alert_events) - ?";
  sql.exec(forget, EVENTS_KEPT);
}

/** Events below a number, newest first. */
export function listEvents(sql: SqlStorage, below: number, limit: number): readonly StoredEvent[] {
  return readEvents(sql, "WHERE seq < ? ORDER BY seq DESC LIMIT ?", below, limit);
}

/** When an attempt is due, epoch ms; `null` when none is. */
export function nextDueMs(sql: SqlStorage): number | null {
  const query = "SELECT min(due_ms) AS due FROM alert_events WHERE delivery = 'pending'";
  return sql.exec<{ due: number | null }>(query).one().due;
}

/** The events of which an attempt is due, oldest first. Those that had their last one are given up. */
export function takeDue(sql: SqlStorage, nowMs: number, limit: number): readonly DueEvent[] {
  const giveUp = `UPDATE alert_events SET delivery = 'failed', due_ms = NULL
    WHERE delivery = 'pending' AND due_ms <= ? AND attempts >= ?`;
  sql.exec(giveUp, nowMs, MAX_ATTEMPTS);
  const where = "WHERE delivery = 'pending' AND due_ms <= ? ORDER BY due_ms LIMIT ?";
  return readEvents(sql, where, nowMs, limit).map((event) => {
    const attempts = event.attempts + 1;
    const query = "UPDATE alert_events SET attempts = ?, due_ms = ? WHERE seq = ?";
    sql.exec(query, attempts, nowMs + pauseAfter(attempts), event.seq);
    return Object.assign(event, { attempts });
  });
}

/** Ends the delivery of an event, unless it was ended otherwise. */
export function settle(sql: SqlStorage, seq: number, delivery: Delivery): void {
  const query = `UPDATE alert_events SET delivery = ?, due_ms = NULL
    WHERE seq = ? AND delivery = 'pending'`;
  sql.exec(query, delivery, seq);
}

/** Ends the delivery of all events that wait for it. */
export function settleAll(sql: SqlStorage, delivery: Delivery): void {
  const query = "UPDATE alert_events SET delivery = ?, due_ms = NULL WHERE delivery = 'pending'";
  sql.exec(query, delivery);
}

function readEvents(
  sql: SqlStorage,
  where: string,
  ...bindings: readonly number[]
): readonly DueEvent[] {
  return sql
    .exec<{ seq: number; id: string; body: string; delivery: Delivery; attempts: number }>(
      `SELECT seq, id, body, delivery, attempts FROM alert_events ${where}`,
      ...bindings,
    )
    .toArray()
    .map(({ body, ...row }) => Object.assign(JSON.parse(body) as AlertEvent, row));
}

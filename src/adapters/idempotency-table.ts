/**
 * The SQL by which a repeated creation is recognised: the client's `Idempotency-Key`, a digest of what
 * it asked for, and what was made. Kept for a day.
 */
import type { Idempotency } from "../core/ports.ts";

const KEPT_MS = 86_400_000;

/** The table; a part of the account's schema. */
export const IDEMPOTENCY_TABLE = `CREATE TABLE idempotency (
  name TEXT PRIMARY KEY, digest TEXT NOT NULL, target TEXT NOT NULL, at_ms INTEGER NOT NULL)
  WITHOUT ROWID;`;

/** What was made under a name, if it was asked for in a day. */
export function findRepeated(
  storage: DurableObjectStorage,
  name: string,
  nowMs: number,
): { readonly digest: string; readonly target: string } | null {
  const query = "SELECT digest, target FROM idempotency WHERE name = ? AND at_ms > ?";
  const rows = storage.sql.exec<{ digest: string; target: string }>(query, name, nowMs - KEPT_MS);
  return rows.toArray()[0] ?? null;
}

/** Remembers what was made under a name, and forgets what is older than a day. */
export function rememberMade(
  storage: DurableObjectStorage,
  { name, digest }: Idempotency,
  target: string,
  nowMs: number,
): void {
  storage.sql.exec("DELETE FROM idempotency WHERE at_ms <= ?", nowMs - KEPT_MS);
  storage.sql.exec(
    "INSERT OR REPLACE INTO idempotency VALUES (?, ?, ?, ?)",
    name,
    digest,
    target,
    nowMs,
  );
}

/** Forgets a name whose creation has failed. */
export function forgetMade(storage: DurableObjectStorage, name: string): void {
  storage.sql.exec("DELETE FROM idempotency WHERE name = ?", name);
}

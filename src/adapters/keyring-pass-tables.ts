/**
 * The SQL of the directory's pass over all accounts, for the keyring: one row that says how far it is and
 * what the last one found, and the accounts that were begun or could not be reached.
 */
import type { Origination } from "../core/audit.ts";
import type { EntryNeeds } from "../core/entry-needs.ts";
import type { NeedsCount, Reencryption } from "../core/ports.ts";

/** The tables; a part of the directory's schema. */
export const KEYRING_TABLES = `
  CREATE TABLE keyring (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
  CREATE TABLE keyring_unfinished (account TEXT PRIMARY KEY, after_seq INTEGER NOT NULL) WITHOUT ROWID;`;

/** A pass that goes on: a count, or a re-encryption, which also counts. */
export interface Pass {
  readonly startedAtMs: number;
  readonly reencrypt: { readonly entry: string; readonly by: Origination } | null;
  /** The last account, in the order of creation, that was taken up. */
  readonly cursor: AccountPosition;
  readonly takenUp: number;
  /** Sums so far. */
  readonly needs: readonly EntryNeeds[];
  readonly reencrypted: number;
  readonly failed: number;
}

/** A place in the order of creation. */
export interface AccountPosition {
  readonly createdAtMs: number;
  readonly id: string;
}

/** All that is kept between two steps. */
export interface KeyringState {
  readonly pass: Pass | null;
  readonly count: NeedsCount | null;
  /** The last re-encryption that has ended. */
  readonly ended: Reencryption | null;
}

/** An account to visit, and after which of its keys. */
export interface Visit {
  readonly account: string;
  readonly after: number;
}

const NOTHING: KeyringState = { pass: null, count: null, ended: null };

export function loadState(storage: DurableObjectStorage): KeyringState {
  const row = storage.sql.exec<{ body: string }>("SELECT body FROM keyring").toArray()[0];
  return row === undefined ? NOTHING : (JSON.parse(row.body) as KeyringState);
}

export function saveState(storage: DurableObjectStorage, state: KeyringState): void {
  storage.sql.exec("INSERT OR REPLACE INTO keyring VALUES (1, ?)", JSON.stringify(state));
}

/** Accounts after a position, in the order of creation. */
export function listAccountsAfter(
  storage: DurableObjectStorage,
  { createdAtMs, id }: AccountPosition,
  limit: number,
): readonly AccountPosition[] {
  return storage.sql
    .exec<{ created_at_ms: number; id: string }>(
      `SELECT created_at_ms, id FROM accounts WHERE (created_at_ms, id) > (?, ?)
       ORDER BY created_at_ms, id LIMIT ?`,
      createdAtMs,
      id,
      limit,
    )
    .toArray()
    .map((row) => ({ createdAtMs: row.created_at_ms, id: row.id }));
}

export function countAccounts(storage: DurableObjectStorage): number {
  return storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM accounts").one().n;
}

/** Some unfinished accounts, drawn at random: those that fail for good must not starve the others. */
export function listUnfinished(storage: DurableObjectStorage, limit: number): readonly Visit[] {
  const query =
    "SELECT account, after_seq AS after FROM keyring_unfinished ORDER BY random() LIMIT ?";
  return storage.sql
    .exec<{ account: string; after: number }>(query, limit)
    .toArray()
    .map(({ account, after }) => ({ account, after }));
}

export function countUnfinished(storage: DurableObjectStorage): number {
  return storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM keyring_unfinished").one().n;
}

export function saveUnfinished(storage: DurableObjectStorage, { account, after }: Visit): void {
  storage.sql.exec("INSERT OR REPLACE INTO keyring_unfinished VALUES (?, ?)", account, after);
}

export function clearUnfinished(storage: DurableObjectStorage, account: string): void {
  storage.sql.exec("DELETE FROM keyring_unfinished WHERE account = ?", account);
}

export function clearAllUnfinished(storage: DurableObjectStorage): void {
  storage.sql.exec("DELETE FROM keyring_unfinished");
}

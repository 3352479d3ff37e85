/**
 * The SQL of an account's object: the account and its directory of keys. Tables start with the account,
 * so an unknown id leaves nothing behind. The outbox has a file of its own.
 */
import type { SealedKey } from "../core/entry-needs.ts";
import { isImportedHash } from "../core/imported.ts";
import type { Account, Key } from "../core/record.ts";
import { createAlertTables } from "./alert-tables.ts";
import { AUDIT_TABLE } from "./audit-log.ts";
import { IDEMPOTENCY_TABLE } from "./idempotency-table.ts";
import { migrate, readSchemaVersion, type Migrations } from "./migrate.ts";
import { SESSION_TABLE } from "./session-table.ts";
import { SHARED_TABLE } from "./shared-counts.ts";

const MIGRATIONS: Migrations = [
  `CREATE TABLE account (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
   CREATE TABLE keys (
     seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT NOT NULL,
     revoked INTEGER NOT NULL, body TEXT NOT NULL);
   CREATE TABLE behind (key_id TEXT PRIMARY KEY, step TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE spread (
     id INTEGER PRIMARY KEY, sweep_below INTEGER, directory INTEGER NOT NULL);
   INSERT INTO spread VALUES (1, NULL, 0);
   ${AUDIT_TABLE}
   ${IDEMPOTENCY_TABLE}`,
  SHARED_TABLE,
  // What is in KV of imported keys is written again, to know from then on which entry has sealed it.
  `ALTER TABLE keys ADD COLUMN sealed_by TEXT;
   INSERT OR IGNORE INTO behind
     SELECT id, 'kv' FROM keys WHERE state = 'live' AND body LIKE '%"hash":"sha256:%';`,
  // A page of an account's keys and how many are pending are read without passing over other rows.
  `CREATE INDEX keys_unrevoked ON keys (seq) WHERE state = 'live' AND revoked = 0;
   CREATE INDEX behind_object ON behind (key_id) WHERE step = 'object';
   ALTER TABLE spread ADD COLUMN sweep_left INTEGER NOT NULL DEFAULT 0;
   UPDATE spread SET sweep_left = (
     SELECT count(*) FROM keys WHERE seq < sweep_below AND state = 'live' AND revoked = 0)`,
  SESSION_TABLE,
  createAlertTables,
];

/** `creating` until the key's object has confirmed it; `abandoned` when it never did. */
export type KeyState = "creating" | "live" | "abandoned";

export interface KeyRow {
  readonly seq: number;
  readonly key: Key;
}

/** The account, `null` when it was never created. Writes nothing. */
export function loadAccount(storage: DurableObjectStorage): Account | null {
  if (readSchemaVersion(storage.sql) === 0) return null;
  migrate(storage, MIGRATIONS);
  const row = storage.sql.exec<{ body: string }>("SELECT body FROM account").toArray()[0];
  return row === undefined ? null : (JSON.parse(row.body) as Account);
}

/** Stores the account, creating the tables with it. */
export function saveAccount(storage: DurableObjectStorage, account: Account): void {
  migrate(storage, MIGRATIONS);
  storage.sql.exec("INSERT OR REPLACE INTO account VALUES (1, ?)", JSON.stringify(account));
}

export function insertKey(storage: DurableObjectStorage, key: Key): void {
  storage.sql.exec(
    "INSERT INTO keys (id, state, revoked, body) VALUES (?, 'creating', 0, ?)",
    key.id,
    JSON.stringify(key),
  );
}

export function saveKey(storage: DurableObjectStorage, key: Key): void {
  const revoked = key.revokedAtMs === null ? 0 : 1;
  storage.sql.exec(
    "UPDATE keys SET revoked = ?, body = ? WHERE id = ?",
    revoked,
    JSON.stringify(key),
    key.id,
  );
}

export function markKey(storage: DurableObjectStorage, keyId: string, state: KeyState): void {
  storage.sql.exec("UPDATE keys SET state = ? WHERE id = ?", state, keyId);
}

export function deleteKey(storage: DurableObjectStorage, keyId: string): void {
  storage.sql.exec("DELETE FROM keys WHERE id = ?", keyId);
}

export function hasKey(storage: DurableObjectStorage, keyId: string): boolean {
  return storage.sql.exec("SELECT 1 FROM keys WHERE id = ?", keyId).toArray().length > 0;
}

/** Whether an unrevoked key has the same imported text; others are drawn, and never the same. */
export function holdsImported(storage: DurableObjectStorage, key: Key): boolean {
  const hashes = key.texts.map(({ hash }) => hash).filter(isImportedHash);
  return hashes.some((hash) => {
    const query =
      "SELECT 1 FROM keys WHERE state = 'live' AND revoked = 0 AND instr(body, ?) > 0 LIMIT 1";
    return storage.sql.exec(query, `"hash":"${hash}"`).toArray().length > 0;
  });
}

/** How far the creation of this very key has come, `null` when it was not begun. */
export function stateOf(storage: DurableObjectStorage, key: Key): KeyState | null {
  const row = storage.sql
    .exec<{ state: KeyState; body: string }>("SELECT state, body FROM keys WHERE id = ?", key.id)
    .toArray()[0];
  if (row === undefined) return null;
  const begun = JSON.parse(row.body) as Key;
  return begun.texts.some(({ hash }) => hash === key.texts[0]?.hash) ? row.state : null;
}

export function loadKey(storage: DurableObjectStorage, keyId: string): Key | null {
  const row = storage.sql
    .exec<{ body: string }>("SELECT body FROM keys WHERE id = ? AND state = 'live'", keyId)
    .toArray()[0];
  return row === undefined ? null : (JSON.parse(row.body) as Key);
}

/** How many keys were ever made and shown. */
export function countKeys(storage: DurableObjectStorage): number {
  const query = "SELECT count(*) AS n FROM keys WHERE state = 'live'";
  return storage.sql.exec<{ n: number }>(query).one().n;
}

/** Live keys below a sequence number, newest first. */
export function listKeys(
  storage: DurableObjectStorage,
  below: number,
  limit: number,
  unrevokedOnly: boolean,
): readonly KeyRow[] {
  return storage.sql
    .exec<{ seq: number; body: string }>(
      `SELECT seq, body FROM keys WHERE seq < ? AND state = 'live'
       ${unrevokedOnly ? "AND revoked = 0" : ""} ORDER BY seq DESC LIMIT ?`,
      below,
      limit,
    )
    .toArray()
    .map(({ seq, body }) => ({ seq, key: JSON.parse(body) as Key }));
}

/** Unrevoked live keys after a sequence number, oldest first, with what sealed them in KV. */
export function listSealedKeys(
  storage: DurableObjectStorage,
  after: number,
  limit: number,
): readonly (KeyRow & SealedKey)[] {
  return storage.sql
    .exec<{ seq: number; body: string; sealed_by: string | null }>(
      `SELECT seq, body, sealed_by FROM keys WHERE seq > ? AND state = 'live' AND revoked = 0
       ORDER BY seq LIMIT ?`,
      after,
      limit,
    )
    .toArray()
    .map(({ seq, body, sealed_by }) => ({
      seq,
      key: JSON.parse(body) as Key,
      sealedBy: sealed_by,
    }));
}

/** Remembers which entry has sealed what is in KV of an imported key. */
export function saveSealedBy(storage: DurableObjectStorage, keyId: string, entry: string): void {
  const query = "UPDATE keys SET sealed_by = ?1 WHERE id = ?2 AND sealed_by IS NOT ?1";
  storage.sql.exec(query, entry, keyId);
}

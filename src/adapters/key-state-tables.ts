/**
 * The SQL of a key's object: its record and one packed row of what it counted. Tables start with the
 * first `install`, so an id that was never installed leaves nothing behind.
 */
import { UNUSED, type KeyUse } from "../core/decision.ts";
import { decodeRecord, type KeyRecord } from "../core/record.ts";
import { migrate, readSchemaVersion, type Migrations } from "./migrate.ts";
import { REPLAY_TABLE } from "./replay-table.ts";
import { USAGE_TABLES } from "./usage-tables.ts";

const MIGRATIONS: Migrations = [
  `CREATE TABLE record (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
   CREATE TABLE use (id INTEGER PRIMARY KEY, body TEXT NOT NULL);`,
  REPLAY_TABLE,
  USAGE_TABLES,
  "ALTER TABLE use ADD COLUMN digest TEXT",
];

/** Reads the record, `null` when none was ever installed. Throws when it cannot be read. */
export function loadRecord(storage: DurableObjectStorage): KeyRecord | null {
  if (readSchemaVersion(storage.sql) === 0) return null;
  migrate(storage, MIGRATIONS);
  const row = storage.sql.exec<{ body: string }>("SELECT body FROM record").toArray()[0];
  if (row === undefined) return null;
  const record = decodeRecord(row.body);
  if (record === null) throw new Error("the stored record has a format this code does not know");
  return record;
}

/** Reads what was counted. Call it only when there is a record. */
export function loadUse(storage: DurableObjectStorage): KeyUse {
  const row = storage.sql.exec<{ body: string }>("SELECT body FROM use").toArray()[0];
  return row === undefined ? UNUSED : (JSON.parse(row.body) as KeyUse);
}

/** Stores the record, creating the tables with the first one. */
export function saveRecord(storage: DurableObjectStorage, record: KeyRecord): void {
  migrate(storage, MIGRATIONS);
  storage.sql.exec("INSERT OR REPLACE INTO record VALUES (1, ?)", JSON.stringify(record));
}

/** Reads the packed usage of the hour that went on, `null` where there is none. */
export function loadUsage(storage: DurableObjectStorage): string | null {
  const rows = storage.sql.exec<{ usage: string | null }>("SELECT usage FROM use").toArray();
  return rows[0]?.usage ?? null;
}

/** Reads what the key's account has yet to be told, `null` where there is nothing. */
export function loadDigest(storage: DurableObjectStorage): string | null {
  const rows = storage.sql.exec<{ digest: string | null }>("SELECT digest FROM use").toArray();
  return rows[0]?.digest ?? null;
}

/**
 * Stores what was counted, the packed usage of the hour that goes on and what the account has yet to be
 * told: one row write.
 */
export function saveUse(
  storage: DurableObjectStorage,
  use: KeyUse,
  usage: string,
  digest: string,
): void {
  const query = "INSERT OR REPLACE INTO use VALUES (1, ?, ?, ?)";
  storage.sql.exec(query, JSON.stringify(use), usage, digest);
}

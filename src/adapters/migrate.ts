/**
 * Schema versions of an object's SQLite: forwards only, one transaction, each step once. An object
 * that a newer version of the code has written is refused and left as it is.
 */

/**
 * The steps of an object's schema in order, each in SQL or, where SQL cannot say it, in code; the
 * schema's version is how many were applied.
 */
export type Migrations = readonly (string | ((sql: SqlStorage) => void))[];

/** The version of what is stored, 0 when there is nothing. Writes nothing. */
export function readSchemaVersion(sql: SqlStorage): number {
  const tables = sql.exec("SELECT name FROM sqlite_master WHERE name = 'schema_version'").toArray();
  if (tables.length === 0) return 0;
  return Number(sql.exec("SELECT version FROM schema_version").one()["version"]);
}

/** Brings the schema to the version of `steps`. Throws when it is newer than that. */
export function migrate(storage: DurableObjectStorage, steps: Migrations): void {
  const version = readSchemaVersion(storage.sql);
  if (version > steps.length) {
    throw new Error(`stored schema ${version} is newer than this code's ${steps.length}`);
  }
  if (version === steps.length) return;
  storage.transactionSync(() => {
    if (version === 0) {
      storage.sql.exec("CREATE TABLE schema_version (id INTEGER PRIMARY KEY, version INTEGER)");
    }
    for (const step of steps.slice(version)) {
      if (typeof step === "string") storage.sql.exec(step);
      else step(storage.sql);
    }
    storage.sql.exec("INSERT OR REPLACE INTO schema_version VALUES (1, ?)", steps.length);
  });
}

/**
 * The SQL of the directory's requests that never reached a key: one row for each API and hour, kept for 60
 * days. An isolate tells its own once a minute at most, which is one row write.
 */
import { addStrays, type StrayHour, type Strays, type StraysFound } from "../core/strays.ts";
import { HOUR_MS } from "../core/usage.ts";

/** The table; a part of the directory's schema. */
export const STRAYS_TABLE = `CREATE TABLE strays (
  api TEXT NOT NULL, hour INTEGER NOT NULL, body TEXT NOT NULL,
  PRIMARY KEY (api, hour)) WITHOUT ROWID`;

const KEPT_HOURS = 60 * 24;
/** What one isolate may tell at once: more than any has APIs and hours. */
const MAX_TOLD = 1000;

/** Adds what an isolate has gathered. The first row of an hour removes those that are too old. */
export function saveStrays(storage: DurableObjectStorage, strays: Strays): void {
  const { sql } = storage;
  storage.transactionSync(() => {
    for (const { api, ...told } of strays.slice(0, MAX_TOLD)) {
      const known = loadHour(sql, api, told.hour);
      if (known === null) {
        sql.exec("DELETE FROM strays WHERE api = ? AND hour < ?", api, told.hour - KEPT_HOURS);
      }
      const sum = addStrays(known ?? { hour: told.hour, refused: {}, ips: {} }, told);
      sql.exec(
        "INSERT OR REPLACE INTO strays VALUES (?, ?, ?)",
        api,
        sum.hour,
        JSON.stringify(sum),
      );
    }
  });
}

/** The hours of an API in a span, in their order. */
export function loadStrays(
  sql: SqlStorage,
  api: string,
  fromMs: number,
  toMs: number,
): StraysFound {
  return sql
    .exec<{ body: string }>(
      "SELECT body FROM strays WHERE api = ? AND hour >= ? AND hour < ? ORDER BY hour",
      api,
      Math.floor(fromMs / HOUR_MS),
      Math.ceil(toMs / HOUR_MS),
    )
    .toArray()
    .map(({ body }) => JSON.parse(body) as StrayHour);
}

function loadHour(sql: SqlStorage, api: string, hour: number): StrayHour | null {
  const query = "SELECT body FROM strays WHERE api = ? AND hour = ?";
  const [row] = sql.exec<{ body: string }>(query, api, hour).toArray();
  return row === undefined ? null : (JSON.parse(row.body) as StrayHour);
}

/**
 * The SQL by which a key's object knows the signatures that it has admitted: the MAC of the message and
 * the request that came with it. A row is one billed write, and goes when its timestamp is out of date.
 */
import type { Replay } from "../core/decision.ts";

/** The table; a part of the key's schema. Ordered by time, so that what is over is found at its start. */
export const REPLAY_TABLE = `CREATE TABLE replay (
  until_ms INTEGER NOT NULL, id TEXT NOT NULL, request_id TEXT NOT NULL,
  PRIMARY KEY (until_ms, id)) WITHOUT ROWID;`;

/** Rows that are removed with each one that is added: more than one, so that the table shrinks. */
const REMOVED_AT_ONCE = 10;

/** Whether another request was admitted with the same signature. */
export function isReplayed(sql: SqlStorage, { id, untilMs }: Replay, requestId: string): boolean {
  const query = "SELECT request_id FROM replay WHERE until_ms = ? AND id = ?";
  const [row] = sql.exec<{ request_id: string }>(query, untilMs, id).toArray();
  return row !== undefined && row.request_id !== requestId;
}

/** Remembers the signature of an admitted request, and forgets some that are over. */
export function rememberReplay(
  sql: SqlStorage,
  { id, untilMs }: Replay,
  requestId: string,
  nowMs: number,
): void {
  sql.exec(
    `DELETE FROM replay WHERE (until_ms, id) IN
       (SELECT until_ms, id FROM replay WHERE until_ms < ? ORDER BY until_ms LIMIT ?)`,
    nowMs,
    REMOVED_AT_ONCE,
  );
  sql.exec("INSERT OR REPLACE INTO replay VALUES (?, ?, ?)", untilMs, id, requestId);
}

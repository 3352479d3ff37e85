/**
 * The SQL by which a key's object knows the signatures that it has admitted: the MAC of the message and
 * the request that came with it. A row is one billed write, and goes when its timestamp is out of date.
 */
import type { Replay } from "../core/decision.ts";

/** The table; a part of the key's schema. Ordered by time, so that what is over is found at its start. */
export const REPLAY_TABLE = `CREATE TABLE replay (
  until_ms INTEGER NOT NULL, id TEXT NOT NULL, request_id TEXT NOT NULL,
  PRIMARY KEY (until_ms, id)) WITHOUT ROWID;`;

/** So many rows are added before some that are over are removed: more of them, so that the table shrinks. */
const ADDED_BETWEEN = 16;
const REMOVED_AT_ONCE = 10 * ADDED_BETWEEN;

export interface ReplayTable {
  /** Whether another request was admitted with the same signature. */
  isReplayed(replay: Replay, requestId: string): boolean;
  /** Remembers the signature of an admitted request, and forgets some that are over now and then. */
  remember(replay: Replay, requestId: string, nowMs: number): void;
}

/** The signatures that stand in a key's storage. */
export function createReplayTable(sql: SqlStorage): ReplayTable {
  let added = 0;

  function removeOver(nowMs: number): void {
    sql.exec(
      `DELETE FROM replay WHERE (until_ms, id) IN
         (SELECT until_ms, id FROM replay WHERE until_ms < ? ORDER BY until_ms LIMIT ?)`,
      nowMs,
      REMOVED_AT_ONCE,
    );
  }

  return {
    isReplayed({ id, untilMs }, requestId) {
      const query = "SELECT request_id FROM replay WHERE until_ms = ? AND id = ?";
      const [row] = sql.exec<{ request_id: string }>(query, untilMs, id).toArray();
      return row !== undefined && row.request_id !== requestId;
    },
    remember({ id, untilMs }, requestId, nowMs) {
      if (added % ADDED_BETWEEN === 0) removeOver(nowMs);
      added += 1;
      sql.exec("INSERT OR REPLACE INTO replay VALUES (?, ?, ?)", untilMs, id, requestId);
    },
  };
}

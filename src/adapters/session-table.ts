/**
 * Sessions in an object's SQLite: the operator's in the directory, members' in their account. Dead rows
 * go when the next session is opened, and so do the oldest ones beyond 100.
 */
import { sessionEndsAtMs, useSession, type Session, type SessionCall } from "../core/session.ts";

export const SESSION_TABLE = `CREATE TABLE IF NOT EXISTS sessions (
  hash TEXT PRIMARY KEY, opened_at_ms INTEGER NOT NULL, seen_at_ms INTEGER NOT NULL,
  token_digest TEXT) WITHOUT ROWID;`;

const MAX_SESSIONS = 100;

type Row = {
  readonly hash: string;
  readonly opened_at_ms: number;
  readonly seen_at_ms: number;
  readonly token_digest: string | null;
};

/** Opens, uses or closes a session; answers with it, or with `null` where there is none (any more). */
export function serveSession(storage: DurableObjectStorage, call: SessionCall): Session | null {
  switch (call.kind) {
    case "open":
      return open(storage, call.session);
    case "use":
      return use(storage, call.hash, call.nowMs);
    case "close":
      storage.sql.exec("DELETE FROM sessions WHERE hash = ?", call.hash);
      return null;
  }
}

/** Ends all sessions. */
export function closeSessions(storage: DurableObjectStorage): void {
  storage.sql.exec("DELETE FROM sessions");
}

function open(storage: DurableObjectStorage, session: Session): Session {
  storage.transactionSync(() => {
    const rows = storage.sql.exec<Row>("SELECT * FROM sessions ORDER BY seen_at_ms DESC").toArray();
    const live = rows.map(toSession).filter((row) => sessionEndsAtMs(row) > session.openedAtMs);
    const kept = new Set(live.slice(0, MAX_SESSIONS - 1).map(({ hash }) => hash));
    for (const { hash } of rows) {
      if (!kept.has(hash)) storage.sql.exec("DELETE FROM sessions WHERE hash = ?", hash);
    }
    storage.sql.exec(
      "INSERT INTO sessions VALUES (?, ?, ?, ?)",
      session.hash,
      session.openedAtMs,
      session.seenAtMs,
      session.tokenDigest,
    );
  });
  return session;
}

function use(storage: DurableObjectStorage, hash: string, nowMs: number): Session | null {
  const row = storage.sql.exec<Row>("SELECT * FROM sessions WHERE hash = ?", hash).toArray()[0];
  if (row === undefined) return null;
  const session = toSession(row);
  if (sessionEndsAtMs(session) <= nowMs) return null;
  const used = useSession(session, nowMs);
  if (used !== session) {
    storage.sql.exec("UPDATE sessions SET seen_at_ms = ? WHERE hash = ?", used.seenAtMs, hash);
  }
  return used;
}

function toSession(row: Row): Session {
  return {
    hash: row.hash,
    openedAtMs: row.opened_at_ms,
    seenAtMs: row.seen_at_ms,
    tokenDigest: row.token_digest,
  };
}

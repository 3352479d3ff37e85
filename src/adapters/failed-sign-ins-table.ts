/** The SQL by which the directory counts attempts in vain to sign in, by address. Never more than so many. */
import { addFailure, FAILURES_WINDOW_MS, type FailedSignIns } from "../core/failed-sign-ins.ts";

/** The table; a part of the directory's schema. */
export const FAILED_SIGN_INS_TABLE = `CREATE TABLE failed_sign_ins (
    address TEXT PRIMARY KEY, opened_at_ms INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX failed_sign_ins_opened ON failed_sign_ins (opened_at_ms)`;

/** Addresses that are counted at once; of more, those whose minute began first are forgotten. */
const MAX_ADDRESSES = 2000;

/** Counts one more attempt of an address. */
export function countFailedSignIn(
  { sql }: DurableObjectStorage,
  address: string,
  nowMs: number,
): FailedSignIns {
  sql.exec("DELETE FROM failed_sign_ins WHERE opened_at_ms <= ?", nowMs - FAILURES_WINDOW_MS);
  const known = sql
    .exec<{ opened_at_ms: number; count: number }>(
      "SELECT opened_at_ms, count FROM failed_sign_ins WHERE address = ?",
      address,
    )
    .toArray()[0];
  const before =
    known === undefined ? null : { openedAtMs: known.opened_at_ms, count: known.count };
  const counted = addFailure(before, nowMs);
  if (known === undefined) makeRoom(sql);
  sql.exec(
    "INSERT OR REPLACE INTO failed_sign_ins VALUES (?, ?, ?)",
    address,
    counted.openedAtMs,
    counted.count,
  );
  return counted;
}

function makeRoom(sql: SqlStorage): void {
  const { known } = sql
    .exec<{ known: number }>("SELECT count(*) AS known FROM failed_sign_ins")
    .one();
  if (known < MAX_ADDRESSES) return;
  sql.exec(
    `DELETE FROM failed_sign_ins WHERE address IN (
       SELECT address FROM failed_sign_ins ORDER BY opened_at_ms LIMIT ?)`,
    Math.ceil(MAX_ADDRESSES / 10),
  );
}

/** Whether a text stands for a key, and whether that key and its account are in force. No I/O. */
import type { KeyRecord, KeyStatus } from "./record.ts";
import { keyStatus } from "./record.ts";
import { refuse, type Reason, type Refusal } from "./refusal.ts";

const REASON_OF_STATUS: Readonly<Record<Exclude<KeyStatus, "active">, Reason>> = {
  disabled: "disabled_key",
  expired: "expired_key",
  suspended: "suspended_account",
  revoked: "revoked_key",
};

/**
 * Judges the text with this hash: unknown when it does not stand in the record or the record is of
 * another API, revoked when its grace is over; then the key's and its account's status.
 */
export function authenticate(
  record: KeyRecord,
  api: string,
  textHash: string,
  nowMs: number,
): Refusal | null {
  const text = record.key.texts.find(({ hash }) => hash === textHash);
  if (text === undefined || record.api !== api) return refuse("unknown_key");
  // A text that ended with a rotation is over even where the clock is behind the one that ended it.
  const endedMs = Math.max(nowMs, record.key.rotatedAtMs ?? 0);
  if (text.untilMs !== null && text.untilMs <= endedMs) return refuse("revoked_key");
  const status = keyStatus(record, nowMs);
  return status === "active" ? null : refuse(REASON_OF_STATUS[status]);
}

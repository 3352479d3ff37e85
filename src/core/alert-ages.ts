/**
 * The alert rules about the ages of keys: unused for long, and due for rotation. They are judged once a
 * day by the account's own directory of keys; no key's object is asked. Pure.
 */
import { isTestEnvironment } from "./api.ts";
import type { AlertRules } from "./alert-rules.ts";
import type { Level, Reading } from "./alert-readings.ts";
import type { Key } from "./record.ts";
import { DAY_MS } from "./usage.ts";

/** A key of an account's directory, and when its use was last told there, epoch ms. */
export interface KnownKey {
  readonly key: Key;
  readonly activeAtMs: number | null;
}

/** Reads the ages of keys. Since `knownSinceMs` the directory is told of their use. */
export function readAges(
  rules: AlertRules,
  keys: readonly KnownKey[],
  knownSinceMs: number,
  nowMs: number,
): readonly Reading[] {
  return keys.flatMap((known) => [
    readUnused(rules.unused_key, known, knownSinceMs, nowMs),
    readRotation(rules.rotation_due, known.key, nowMs),
  ]);
}

function readUnused(
  { days }: AlertRules["unused_key"],
  { key, activeAtMs }: KnownKey,
  knownSinceMs: number,
  nowMs: number,
): Reading {
  const unusedSinceMs = Math.max(key.createdAtMs, activeAtMs ?? knownSinceMs);
  const lastUsed = activeAtMs === null ? null : new Date(activeAtMs).toISOString();
  const level = levelOf(key, unusedSinceMs + days * DAY_MS, nowMs);
  return { rule: "unused_key", key: key.id, level, details: { last_used: lastUsed, days } };
}

function readRotation(rule: AlertRules["rotation_due"], key: Key, nowMs: number): Reading {
  const days = isTestEnvironment(key.environment) ? rule.test_days : rule.days;
  const madeAtMs = key.rotatedAtMs ?? key.createdAtMs;
  const level = levelOf(key, madeAtMs + days * DAY_MS, nowMs);
  const details = { text_made_at: new Date(madeAtMs).toISOString(), days };
  return { rule: "rotation_due", key: key.id, level, details };
}

/** A key that does not work needs no care. */
function levelOf(key: Key, dueMs: number, nowMs: number): Level {
  const expired = key.expiresAtMs !== null && key.expiresAtMs <= nowMs;
  const works = key.enabled && key.revokedAtMs === null && !expired;
  return works && nowMs >= dueMs ? "above" : "over";
}

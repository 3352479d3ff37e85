/** What the audit log says of accounts and keys: the members that people set, never a text or hash. */
import { differenceOf, type AuditEntry } from "../core/audit.ts";
import type { Account, Key } from "../core/record.ts";

type Described = Readonly<Record<string, unknown>>;

/** The entry of a change from `before` (`null` for a creation) to `after`. */
export function entryOf(
  action: string,
  target: string,
  before: Described | null,
  after: Described,
): Pick<AuditEntry, "action" | "target" | "before" | "after"> {
  if (before === null) return { action, target, before: null, after };
  return { action, target, ...differenceOf(before, after) };
}

/** An account as the log shows it. */
export function describeAccount(account: Account): Described {
  const { api, name, email, company, role, plan, limits, suspendedAtMs, suspendedReason } = account;
  const { sharedLimits = null } = account;
  return {
    api,
    name,
    email,
    company,
    role,
    plan,
    limits,
    shared_limits: sharedLimits,
    suspended_at: formatInstant(suspendedAtMs),
    suspended_reason: suspendedReason,
  };
}

/** A key as the log shows it. */
export function describeKey(key: Key): Described {
  const { name, environment, prefix, last4, enabled, limits, permissions, metadata } = key;
  const { restrictions, signing = null } = key;
  const previous = key.texts[1];
  return {
    name,
    environment,
    prefix,
    last4,
    enabled,
    limits,
    permissions,
    restrictions,
    signing,
    metadata,
    expires_at: formatInstant(key.expiresAtMs),
    revoked_at: formatInstant(key.revokedAtMs),
    previous_text_until: formatInstant(previous?.untilMs ?? null),
  };
}

function formatInstant(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

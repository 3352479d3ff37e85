/**
 * Accounts and keys as the management routes show them: the members, their names and their order. No
 * key text and no hash is among them.
 */
import type { Api } from "../core/api.ts";
import type { KeyUse } from "../core/decision.ts";
import { keyStatus, type KeyRecord, type KeyStatus, type Plan } from "../core/record.ts";
import type { Limits } from "../core/window.ts";
import type { AccountState } from "./accounts.ts";
import { formatDateTime } from "./date-time.ts";

/** An account in an answer. `pending` is there while a change is not in force for all its keys. */
export interface AccountRepresentation {
  readonly id: string;
  readonly api: string;
  readonly name: string;
  readonly email: string | null;
  readonly company: string | null;
  readonly role: string | null;
  readonly plan: Plan;
  readonly limits: Limits | null;
  readonly status: "active" | "suspended";
  readonly suspended_reason: string | null;
  readonly created_at: string;
  readonly version: number;
  readonly pending?: number;
}

/** A key in an answer. */
export interface KeyRepresentation {
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly environment: string;
  readonly prefix: string;
  readonly last4: string;
  readonly status: KeyStatus;
  readonly created_at: string;
  readonly expires_at: string | null;
  readonly last_used: string | null;
  readonly request_count: number;
  /** In force for it: its own, else its account's, else its API's (`null` if that is gone). */
  readonly limits: Limits | null;
  readonly permissions: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly version: number;
}

/** Shows an account. */
export function formatAccount({ account, pending }: AccountState): AccountRepresentation {
  return {
    id: account.id,
    api: account.api,
    name: account.name,
    email: account.email,
    company: account.company,
    role: account.role,
    plan: account.plan,
    limits: account.limits,
    status: account.suspendedAtMs === null ? "active" : "suspended",
    suspended_reason: account.suspendedReason,
    created_at: formatDateTime(account.createdAtMs),
    version: account.version,
    ...(pending === 0 ? {} : { pending }),
  };
}

/** Shows a key as it is at `nowMs`. */
export function formatKey(
  record: KeyRecord,
  use: KeyUse,
  apis: readonly Api[],
  nowMs: number,
): KeyRepresentation {
  const { key } = record;
  const api = apis.find(({ name }) => name === record.api);
  return {
    id: key.id,
    account: record.account,
    name: key.name,
    environment: key.environment,
    prefix: key.prefix,
    last4: key.last4,
    status: keyStatus(record, nowMs),
    created_at: formatDateTime(key.createdAtMs),
    expires_at: formatDateTime(key.expiresAtMs),
    last_used: formatDateTime(use.lastUsedMs),
    request_count: use.requestCount,
    limits: record.limits ?? api?.limits ?? null,
    permissions: key.permissions,
    metadata: key.metadata,
    version: key.version,
  };
}

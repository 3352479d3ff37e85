/**
 * Accounts and keys as the management routes show them: the members, their names and their order. No
 * key text and no hash is among them.
 */
import type { Api } from "../core/api.ts";
import type { ChainedEntry } from "../core/audit.ts";
import type { KeyUse } from "../core/decision.ts";
import { keyStatus, type KeyRecord, type KeyStatus, type Plan } from "../core/record.ts";
import type { GivenRestrictions, Restrictions } from "../core/restrictions.ts";
import type { Principal } from "../core/principal.ts";
import { strictestSigning, type SigningMode } from "../core/signing.ts";
import { labelOf, type Limits, type WindowView } from "../core/window.ts";
import type { AccountState } from "./accounts.ts";
import type { Shown } from "./create-key.ts";
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
  readonly shared_limits: Limits | null;
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
  readonly restrictions: GivenRestrictions;
  /** In force for it: the stricter of its own and its API's. */
  readonly signing: SigningMode;
  readonly metadata: Readonly<Record<string, string>>;
  /** The text before the last rotation, while there is one: until when it works, and who still uses it. */
  readonly previous_key: {
    readonly expires_at: string | null;
    readonly last_used: string | null;
  } | null;
  readonly version: number;
}

/** An entry of the audit log in an answer. */
export interface AuditRepresentation {
  readonly id: number;
  readonly at: string | null;
  readonly actor: string;
  readonly action: string;
  readonly target: string;
  readonly before: object | null;
  readonly after: object | null;
  readonly request_id: string;
  readonly hash: string;
}

/** Shows an entry of the audit log. */
export function formatAuditEntry(entry: ChainedEntry): AuditRepresentation {
  return {
    id: entry.seq,
    at: formatDateTime(entry.atMs),
    actor: entry.actor,
    action: entry.action,
    target: entry.target,
    before: entry.before,
    after: entry.after,
    request_id: entry.requestId,
    hash: entry.hash,
  };
}

/** Shows entries as lines of JSON. */
export function formatLines(entries: AsyncIterable<ChainedEntry>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = entries[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(encoder.encode(`${JSON.stringify(formatAuditEntry(value))}\n`));
    },
  });
}

/** Shows a principal. */
export function formatPrincipal(principal: Principal): object {
  const { keyId, account, api, environment, permissions } = principal;
  return { key_id: keyId, account, api, environment, permissions };
}

/** Shows a key's windows by their names; `reset` in epoch seconds. */
export function formatWindows(windows: readonly WindowView[]): object {
  return Object.fromEntries(
    windows.map((window) => {
      const { limit, remaining, resetAtMs } = window;
      return [labelOf(window), { limit, remaining, reset: Math.ceil(resetAtMs / 1000) }];
    }),
  );
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
    shared_limits: account.sharedLimits ?? null,
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
    restrictions: formatRestrictions(key.restrictions),
    signing: strictestSigning(api?.signing ?? "off", key.signing ?? null),
    metadata: key.metadata,
    previous_key: formatPrevious(record, use),
    version: key.version,
  };
}

/** A key with what is shown of it this once, right behind its id. */
export function formatShown(
  { id, ...rest }: KeyRepresentation,
  { text, signingSecret }: Shown,
): object {
  return {
    id,
    ...(text === null ? {} : { key: text }),
    ...(signingSecret === null ? {} : { signing_secret: signingSecret }),
    ...rest,
  };
}

function formatPrevious({ key }: KeyRecord, use: KeyUse): KeyRepresentation["previous_key"] {
  const [, previous] = key.texts;
  if (previous === undefined) return null;
  return {
    expires_at: formatDateTime(previous.untilMs),
    last_used: formatDateTime(use.previousTextUsedMs),
  };
}

function formatRestrictions({ blockedIps, ...rules }: Restrictions): GivenRestrictions {
  return blockedIps === undefined ? rules : { ...rules, blocked_ips: blockedIps };
}

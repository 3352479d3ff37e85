/**
 * Makes a new key of an account. Its text is drawn here, handed to the caller once and kept nowhere:
 * what is stored is its keyed hash. A text whose key is not in force everywhere is never shown.
 */
import { defaultEnvironment, type Api } from "../core/api.ts";
import type { Accounts, Change, Idempotency } from "../core/ports.ts";
import type { Account, Key, KeyRecord } from "../core/record.ts";
import type { FieldError } from "../core/refusal.ts";
import { declineAccount, loadAccount } from "./accounts.ts";
import { describeFound } from "./describe-found.ts";
import { drawKeyText, type DrawPorts } from "./draw-key-text.ts";
import { decline, declineFields, succeed, type Outcome } from "./outcome.ts";
import type { KeyBody } from "./schemas.ts";
import { judgeGrants, type Scope } from "./scope.ts";
import { takeRestrictions } from "./take-restrictions.ts";

/** What this operation needs. */
export interface CreateKeyPorts extends DrawPorts {
  readonly apis: readonly Api[];
  readonly accounts: Accounts;
  readonly now: () => number;
}

/** A key that was just made, and its text where that may be shown; or what was made before. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly text: string | null;
  /** The request was sent before, and this is what it made then. */
  readonly repeated: boolean;
}

/** Every key may manage its account's keys unless its maker says otherwise. */
export const DEFAULT_PERMISSIONS = ["api-keys:read", "api-keys:write"];

const MAX_DRAWS = 5;

/** Makes a key; an id that is taken is drawn again, 5 times in all. */
export async function createKey(
  ports: CreateKeyPorts,
  scope: Scope,
  accountId: string,
  body: KeyBody,
  repeat: Idempotency | null,
): Promise<Outcome<NewKey>> {
  const owner = await loadOwner(ports, accountId);
  if (!owner.ok) return owner;
  const { account, api } = owner.value;
  const environment = body.environment ?? defaultEnvironment(api);
  const permissions = body.permissions ?? defaultPermissions(scope);
  const fields = [
    ...judgeEnvironment(api, environment),
    ...judgeExpiry(body.expires_at, ports.now()),
    ...judgeGrants(scope, account, api, { permissions, limits: body.limits ?? null }),
  ];
  if (fields.length > 0) return declineFields(...fields);
  const restrictions = takeRestrictions(api, body.restrictions);
  if (!restrictions.ok) return restrictions;

  for (let draws = 0; draws < MAX_DRAWS; draws += 1) {
    const { parsed, stored } = await drawKeyText(ports, api, environment);
    const key: Key = {
      id: parsed.id,
      name: body.name,
      environment,
      prefix: parsed.prefix,
      last4: parsed.text.slice(-4),
      createdAtMs: ports.now(),
      expiresAtMs: body.expires_at ?? null,
      enabled: true,
      revokedAtMs: null,
      limits: body.limits ?? null,
      permissions,
      restrictions: restrictions.value,
      metadata: body.metadata ?? {},
      texts: [stored],
      version: 1,
    };
    const change = await ports.accounts.createKey(accountId, key, scope.by, repeat);
    if (change.kind !== "taken") return settleKey(change, parsed.text);
  }
  return decline("unavailable");
}

/** The account that a key is made for, and its API's configuration. */
export async function loadOwner(
  ports: Pick<CreateKeyPorts, "accounts" | "apis">,
  accountId: string,
): Promise<Outcome<{ readonly account: Account; readonly api: Api }>> {
  const owner = await loadAccount(ports, accountId);
  if (!owner.ok) return owner;
  const { account } = owner.value;
  const api = ports.apis.find(({ name }) => name === account.api);
  if (api !== undefined) return succeed({ account, api });
  return decline("conflict", { message: "The API of this account is not configured any more." });
}

/** What a new key may do when its maker does not say: no more than the maker itself. */
function defaultPermissions({ permissions }: Scope): readonly string[] {
  if (permissions === null) return DEFAULT_PERMISSIONS;
  return DEFAULT_PERMISSIONS.filter((name) => permissions.includes(name));
}

/** What a creation came to; a key that is not in force everywhere yet is not shown. */
export function settleKey(change: Change<KeyRecord>, text: string | null): Outcome<NewKey> {
  switch (change.kind) {
    case "not_found":
      return declineAccount();
    case "conflict":
      return decline("conflict", { message: `The key was not made: ${change.message}.` });
    case "repeated":
      return succeed({ record: change.value, text: null, repeated: true });
    case "done":
      return change.pending === 0
        ? succeed({ record: change.value, text, repeated: false })
        : decline("unavailable");
  }
}

/** An environment that the API's keys do not have. */
export function judgeEnvironment({ key }: Api, environment: string): readonly FieldError[] {
  if (Object.hasOwn(key.environments, environment)) return [];
  const names = Object.keys(key.environments).join(", ");
  const message = `must be one of ${names}; found ${describeFound(environment)}`;
  return [{ field: "environment", message }];
}

/** An expiry that is over already. */
export function judgeExpiry(
  expiresAtMs: number | null | undefined,
  nowMs: number,
): readonly FieldError[] {
  if (expiresAtMs === undefined || expiresAtMs === null || expiresAtMs > nowMs) return [];
  return [{ field: "expires_at", message: "must be in the future" }];
}

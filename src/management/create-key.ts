/**
 * Makes a new key of an account. Its text is drawn here, handed to the caller once and kept nowhere:
 * what is stored is its keyed hash. A text whose key is not in force everywhere is never shown.
 */
import { defaultEnvironment, type Api } from "../core/api.ts";
import type { Accounts, Change, Idempotency } from "../core/ports.ts";
import type { Account, Key, KeyRecord, KeyTextHash } from "../core/record.ts";
import type { FieldError } from "../core/refusal.ts";
import { declineAccount, loadAccount } from "./accounts.ts";
import { describeFound } from "./describe-found.ts";
import { drawKeyText, type DrawPorts } from "./draw-key-text.ts";
import { decline, declineFields, succeed, type Outcome } from "./outcome.ts";
import type { KeyBody } from "./schemas.ts";
import { judgeGrants, type Scope } from "./scope.ts";
import { giveSecret, judgeSigning } from "./signing.ts";
import { takeRestrictions } from "./take-restrictions.ts";

/** What this operation needs. */
export interface CreateKeyPorts extends DrawPorts {
  readonly apis: readonly Api[];
  readonly accounts: Accounts;
  readonly now: () => number;
}

/** What is shown of a key once and never again; `null` where there is none. */
export interface Shown {
  readonly text: string | null;
  readonly signingSecret: string | null;
}

/** A key that was just made, and what may be shown of it; or what was made before. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly shown: Shown;
  /** The request was sent before, and this is what it made then. */
  readonly repeated: boolean;
}

/** Every key may manage its account's keys unless its maker says otherwise. */
export const DEFAULT_PERMISSIONS = ["api-keys:read", "api-keys:write"];

/** What is shown of a key that was made, or changed, before. */
export const NOTHING_SHOWN: Shown = { text: null, signingSecret: null };

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
  const { api } = owner.value;
  const members = takeMembers(ports, scope, owner.value, body);
  if (!members.ok) return members;
  return storeDrawn(ports, scope, owner.value, repeat, members.value, async ({ environment }) => {
    const { parsed, stored } = await drawKeyText(ports, api, environment);
    const { id, prefix, text } = parsed;
    return { id, prefix, last4: text.slice(-4), stored, text };
  });
}

/** The owner of a key that is made, and its API's configuration. */
export interface Owner {
  readonly account: Account;
  readonly api: Api;
}

/** What of a key is drawn or taken over, and its text where that may be shown. */
interface DrawnKey extends Pick<Key, "id" | "prefix" | "last4"> {
  readonly stored: KeyTextHash;
  readonly text: string | null;
}

type KeyMembers = Omit<Key, "id" | "prefix" | "last4" | "texts">;

/** The members of a key that a body gives, with their defaults; or what is wrong with them. */
export function takeMembers(
  { now }: Pick<CreateKeyPorts, "now">,
  scope: Scope,
  { account, api }: Owner,
  body: KeyBody,
): Outcome<KeyMembers> {
  const createdAtMs = now();
  const environment = body.environment ?? defaultEnvironment(api);
  const permissions = body.permissions ?? defaultPermissions(scope);
  const limits = body.limits ?? null;
  const fields = [
    ...judgeEnvironment(api, environment),
    ...judgeExpiry(body.expires_at, createdAtMs),
    ...judgeSigning(api, body.signing),
    ...judgeGrants(scope, account, api, { permissions, limits }),
  ];
  if (fields.length > 0) return declineFields(...fields);
  const restrictions = takeRestrictions(api, body.restrictions);
  if (!restrictions.ok) return restrictions;
  return succeed({
    name: body.name,
    environment,
    createdAtMs,
    expiresAtMs: body.expires_at ?? null,
    enabled: true,
    revokedAtMs: null,
    limits,
    permissions,
    restrictions: restrictions.value,
    signing: body.signing ?? null,
    metadata: body.metadata ?? {},
    version: 1,
  });
}

/** Stores a key with what `draw` gives it; an id that is taken is drawn again, 5 times in all. */
export async function storeDrawn(
  ports: DrawPorts & Pick<CreateKeyPorts, "accounts">,
  scope: Scope,
  { account, api }: Owner,
  repeat: Idempotency | null,
  members: KeyMembers,
  draw: (members: KeyMembers) => Promise<DrawnKey>,
): Promise<Outcome<NewKey>> {
  for (let draws = 0; draws < MAX_DRAWS; draws += 1) {
    const { text, stored: unsigned, ...drawn } = await draw(members);
    const signed = await giveSecret(ports, api, members.signing, drawn.id, unsigned);
    const key: Key = { ...members, ...drawn, texts: [signed.stored] };
    const change = await ports.accounts.createKey(account.id, key, scope.by, repeat);
    if (change.kind !== "taken") {
      return settle(change, { text, signingSecret: signed.signingSecret });
    }
  }
  return decline("unavailable");
}

/** The account that a key is made for, and its API's configuration. */
export async function loadOwner(
  ports: Pick<CreateKeyPorts, "accounts" | "apis">,
  accountId: string,
): Promise<Outcome<Owner>> {
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
function settle(change: Change<KeyRecord>, shown: Shown): Outcome<NewKey> {
  switch (change.kind) {
    case "not_found":
      return declineAccount();
    case "conflict":
      return decline("conflict", { message: `The key was not made: ${change.message}.` });
    case "repeated":
      return succeed({ record: change.value, shown: NOTHING_SHOWN, repeated: true });
    case "done":
      return change.pending === 0
        ? succeed({ record: change.value, shown, repeated: false })
        : decline("unavailable");
  }
}

function judgeEnvironment({ key }: Api, environment: string): readonly FieldError[] {
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

/**
 * The operations on accounts, whatever transports them. Nothing is asked of a port for an id that
 * cannot exist; what a port cannot answer, it throws (`Unavailable`).
 */
import type { Api } from "../core/api.ts";
import type { Origination } from "../core/audit.ts";
import { encodeBase64Url } from "../core/bytes.ts";
import type { Keyring } from "../core/keyring.ts";
import type {
  AccountPage,
  AccountPatch,
  Accounts,
  Change,
  Directory,
  Idempotency,
  Spread,
} from "../core/ports.ts";
import type { Account } from "../core/record.ts";
import { describeFound } from "./describe-found.ts";
import { decline, declineFields, succeed, type Outcome } from "./outcome.ts";
import {
  isAccountId,
  type AccountBody,
  type AccountPatchBody,
  type AccountsQuery,
} from "./schemas.ts";

/** What these operations need. */
export interface AccountPorts {
  readonly apis: readonly Api[];
  readonly accounts: Accounts;
  readonly directory: Directory;
  readonly now: () => number;
  readonly drawBytes: (length: number) => Uint8Array;
  readonly keyring: Keyring;
}

/** An account, for how many of its keys its last change is not in force yet, and whether it was made before. */
export type AccountState = { readonly account: Account; readonly repeated?: true } & Spread;

/** Makes an account of a configured API, under the given id or one that is drawn. */
export async function createAccount(
  ports: AccountPorts,
  by: Origination,
  body: AccountBody,
  repeat: Idempotency | null,
): Promise<Outcome<AccountState>> {
  if (!isConfigured(ports.apis, body.api)) return declineApi(ports.apis, body.api);
  const account: Account = {
    id: body.id ?? (await drawAccountId(ports, repeat)),
    api: body.api,
    name: body.name,
    email: body.email ?? null,
    company: body.company ?? null,
    role: body.role ?? null,
    plan: body.plan ?? "standard",
    limits: body.limits ?? null,
    sharedLimits: body.shared_limits ?? null,
    suspendedAtMs: null,
    suspendedReason: null,
    createdAtMs: ports.now(),
    version: 1,
  };
  return settle(await ports.accounts.create(account, by, repeat));
}

/** A page of the accounts of one API or of all, and of those that a text occurs in; newest first. */
export async function listAccounts(
  ports: AccountPorts,
  query: AccountsQuery,
): Promise<Outcome<AccountPage>> {
  const api = query.api ?? null;
  if (api !== null && !isConfigured(ports.apis, api)) return declineApi(ports.apis, api);
  const { limit, q = null, cursor = null } = query;
  return succeed(await ports.directory.list({ api, q, limit, cursor }));
}

/** One account as it is now. */
export async function loadAccount(
  { accounts }: Pick<AccountPorts, "accounts">,
  accountId: string,
): Promise<Outcome<AccountState>> {
  const state = isAccountId(accountId) ? await accounts.load(accountId) : null;
  return state === null ? declineAccount() : succeed(state);
}

/** Changes members of an account; changed limits spread to its keys. */
export async function patchAccount(
  { accounts }: Pick<AccountPorts, "accounts">,
  by: Origination,
  accountId: string,
  { shared_limits: sharedLimits, ...members }: AccountPatchBody,
): Promise<Outcome<AccountState>> {
  if (!isAccountId(accountId)) return declineAccount();
  const patch: AccountPatch = sharedLimits === undefined ? members : { ...members, sharedLimits };
  return settle(await accounts.patch(accountId, patch, by));
}

/** Suspends an account and with it all its keys; of a suspended one nothing changes. */
export async function suspendAccount(
  { accounts }: Pick<AccountPorts, "accounts">,
  by: Origination,
  accountId: string,
  reason: string | null,
): Promise<Outcome<AccountState>> {
  if (!isAccountId(accountId)) return declineAccount();
  return settle(await accounts.suspend(accountId, reason, by));
}

/** Ends an account's suspension; of an active one nothing changes. */
export async function reactivateAccount(
  { accounts }: Pick<AccountPorts, "accounts">,
  by: Origination,
  accountId: string,
): Promise<Outcome<AccountState>> {
  if (!isAccountId(accountId)) return declineAccount();
  return settle(await accounts.reactivate(accountId, by));
}

/** The refusal for an id that no account has. */
export function declineAccount(): Outcome<never> {
  return decline("not_found", { message: "There is no account with this id." });
}

/** A new id; for a request that may be sent again, the id that follows from its name. */
async function drawAccountId(
  { drawBytes, keyring }: AccountPorts,
  repeat: Idempotency | null,
): Promise<string> {
  if (repeat === null) return `acc_${encodeBase64Url(drawBytes(12))}`;
  return `acc_${(await keyring.hash(keyring.firstId, `account:${repeat.name}`)).slice(0, 16)}`;
}

function settle(change: Change<Account>): Outcome<AccountState> {
  switch (change.kind) {
    case "done":
      return succeed({ account: change.value, pending: change.pending });
    case "repeated":
      return succeed({ account: change.value, pending: 0, repeated: true });
    case "not_found":
      return declineAccount();
    case "conflict":
      return decline("conflict", { message: `The account was not made: ${change.message}.` });
  }
}

function isConfigured(apis: readonly Api[], name: string): boolean {
  return apis.some((api) => api.name === name);
}

/** The refusal for an API that is not configured. */
export function declineApi(apis: readonly Api[], found: string): Outcome<never> {
  const names = apis.map(({ name }) => name).join(", ");
  return declineFields({
    field: "api",
    message: `must be the name of a configured API (${names}); found ${describeFound(found)}`,
  });
}

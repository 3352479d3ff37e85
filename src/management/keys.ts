/**
 * The operations on keys that exist, whatever transports them. A key's account is its authority; the
 * key's object tells which account that is and how much the key was used.
 */
import { Unavailable, type Accounts, type KeyOwners, type KeyStates } from "../core/ports.ts";
import { composeRecord, keyStatus, type KeyRecord } from "../core/record.ts";
import { UNUSED, type KeyUse } from "../core/decision.ts";
import { isKeyId } from "../core/key-text.ts";
import { declineAccount } from "./accounts.ts";
import { decline, succeed, type Outcome } from "./outcome.ts";
import { isAccountId, type KeysQuery } from "./schemas.ts";
import type { Scope } from "./scope.ts";

/** What these operations need. */
export interface KeyPorts {
  readonly accounts: Accounts;
  readonly keyStates: KeyStates;
  readonly keyOwners: KeyOwners;
  readonly now: () => number;
}

/** A key and how much it was used. */
export interface KeyDetails {
  readonly record: KeyRecord;
  readonly use: KeyUse;
}

/** A page of an account's keys, newest first. */
export interface KeyDetailsPage {
  readonly keys: readonly KeyDetails[];
  readonly nextCursor: string | null;
}

/** A page of an account's keys; of the active ones alone it may be a shorter one. */
export async function listKeys(
  { accounts, keyStates, now }: KeyPorts,
  accountId: string,
  query: KeysQuery,
): Promise<Outcome<KeyDetailsPage>> {
  if (!isAccountId(accountId)) return declineAccount();
  const { status, limit } = query;
  const active = status === "active";
  const page = await accounts.listKeys(accountId, { active, limit, cursor: query.cursor ?? null });
  if (page === null) return declineAccount();
  const nowMs = now();
  const records = page.keys
    .map((key) => composeRecord(page.account, key))
    .filter((record) => !active || keyStatus(record, nowMs) === "active");
  const keys = await Promise.all(
    records.map(async (record) => {
      const described = await keyStates.describe(record.key.id);
      return { record, use: described?.use ?? UNUSED };
    }),
  );
  return succeed({ keys, nextCursor: page.nextCursor });
}

/** One key as its account knows it now. */
export async function loadKey(
  ports: KeyPorts,
  scope: Scope,
  keyId: string,
): Promise<Outcome<KeyDetails>> {
  const owner = await findOwner(ports, scope, keyId);
  const record = owner && (await ports.accounts.loadKey(owner.account, keyId));
  if (record === null) return declineKey();
  const use = owner?.use ?? (await ports.keyStates.describe(keyId))?.use ?? UNUSED;
  return succeed({ record, use });
}

/** How much a key was used; nothing where its object cannot be asked. */
export async function loadUse({ keyStates }: KeyPorts, keyId: string): Promise<KeyUse> {
  try {
    return (await keyStates.describe(keyId))?.use ?? UNUSED;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return UNUSED;
  }
}

/** The record of a key that is within the scope. One of another account is like one that is not. */
export async function loadRecord(
  ports: KeyPorts,
  scope: Scope,
  keyId: string,
): Promise<KeyRecord | null> {
  const owner = await findOwner(ports, scope, keyId);
  return owner && ports.accounts.loadKey(owner.account, keyId);
}

/** Whose account a key must be of, and its use where that came to light on the way. */
interface Owner {
  readonly account: string;
  readonly use: KeyUse | null;
}

/** The scope's own account; else the key's object says, or KV where the object cannot be reached. */
async function findOwner(
  { keyStates, keyOwners }: KeyPorts,
  scope: Scope,
  keyId: string,
): Promise<Owner | null> {
  if (!isKeyId(keyId)) return null;
  if (scope.account !== null) return { account: scope.account, use: null };
  try {
    const described = await keyStates.describe(keyId);
    return described && { account: described.record.account, use: described.use };
  } catch (error) {
    const account = error instanceof Unavailable ? await keyOwners.findAccount(keyId) : null;
    if (account === null) throw error;
    return { account, use: null };
  }
}

/** Refuses an id that names no key, or none that the caller may see. */
export function declineKey(): Outcome<never> {
  return decline("not_found", { message: "There is no API key with this id." });
}

/**
 * The operations on keys that exist, whatever transports them. A key's account is its authority; the
 * key's object tells which account that is and how much the key was used.
 */
import {
  Unavailable,
  type Accounts,
  type Change,
  type KeyOwners,
  type KeyStates,
} from "../core/ports.ts";
import { composeRecord, keyStatus, type KeyRecord } from "../core/record.ts";
import { UNUSED, type KeyUse } from "../core/decision.ts";
import { isKeyId } from "../core/key-text.ts";
import { declineAccount } from "./accounts.ts";
import { decline, succeed, type Outcome } from "./outcome.ts";
import { isAccountId, type KeysQuery } from "./schemas.ts";

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
  { accounts, keyStates }: KeyPorts,
  keyId: string,
): Promise<Outcome<KeyDetails>> {
  const described = isKeyId(keyId) ? await keyStates.describe(keyId) : null;
  if (described === null) return declineKey();
  const record = await accounts.loadKey(described.record.account, keyId);
  return record === null ? declineKey() : succeed({ record, use: described.use });
}

/**
 * Revokes a key for good; of a revoked one nothing changes. When its object cannot be reached the
 * refusal is `pending`: the revocation is stored and is retried until it is in force.
 */
export async function revokeKey(ports: KeyPorts, keyId: string): Promise<Outcome<KeyRecord>> {
  const accountId = isKeyId(keyId) ? await findOwner(ports, keyId) : null;
  if (accountId === null) return declineKey();
  return settle(await ports.accounts.revokeKey(accountId, keyId));
}

/** The account of a key: its object says, or KV where the object cannot be reached. */
async function findOwner(
  { keyStates, keyOwners }: KeyPorts,
  keyId: string,
): Promise<string | null> {
  try {
    return (await keyStates.describe(keyId))?.record.account ?? null;
  } catch (error) {
    const account = error instanceof Unavailable ? await keyOwners.findAccount(keyId) : null;
    if (account === null) throw error;
    return account;
  }
}

function settle(change: Change<KeyRecord>): Outcome<KeyRecord> {
  switch (change.kind) {
    case "not_found":
      return declineKey();
    case "conflict":
      return decline("conflict", { message: change.message });
    case "done":
      return change.pending === 0 ? succeed(change.value) : decline("unavailable", PENDING);
  }
}

const PENDING = {
  message: "The revocation is stored but not in force yet. It is retried until it is.",
  pending: true,
} as const;

function declineKey(): Outcome<never> {
  return decline("not_found", { message: "There is no API key with this id." });
}

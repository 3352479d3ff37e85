/**
 * The record: the stored form of a key, everything about it but its text. The key's object is its
 * authority, KV a cache of it. Also the account's part in it and the status that follows from both.
 */
import type { Restrictions } from "./restrictions.ts";
import type { SigningMode } from "./signing.ts";
import type { Limits } from "./window.ts";

/** The shape's version. A reader refuses one it does not know and leaves the stored bytes alone. */
export const RECORD_FORMAT = 1;

/** One text by which a key is known: its hash, and the keyring entry that made it. */
export interface KeyTextHash {
  /** HMAC-SHA-256 of the text, base64url; of an imported key `sha256:` and hex. */
  readonly hash: string;
  /** The keyring entry that made it, `null` of an imported key. */
  readonly entry: string | null;
  /** Until when this text works (the grace of a rotation), epoch ms; `null` without end. */
  readonly untilMs: number | null;
  /** The text itself, encrypted for the key's id, where the API says it can be recovered. */
  readonly encrypted?: string;
  /** The secret that signs requests made with this text, encrypted for `signingContext`. */
  readonly signingSecret?: string;
}

/** What an account knows of one of its keys. */
export interface Key {
  readonly id: string;
  readonly name: string;
  readonly environment: string;
  readonly prefix: string;
  readonly last4: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number | null;
  readonly enabled: boolean;
  readonly revokedAtMs: number | null;
  /** When its text was last replaced; absent in keys that never were, or by older code alone. */
  readonly rotatedAtMs?: number;
  /** The key's own limits, given as a whole; `null` inherits the account's or the API's. */
  readonly limits: Limits | null;
  readonly permissions: readonly string[];
  /** From where and for what it may be used; a rule that is absent restricts nothing. */
  readonly restrictions: Restrictions;
  /** What the key asks for beyond its API; absent in records of older code, which is `null`. */
  readonly signing?: SigningMode | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly texts: readonly KeyTextHash[];
  /** Rises with every change of the key. */
  readonly version: number;
}

export type Plan = "standard" | "business";

/** The owner of keys. */
export interface Account {
  readonly id: string;
  readonly api: string;
  readonly name: string;
  readonly email: string | null;
  readonly company: string | null;
  readonly role: string | null;
  readonly plan: Plan;
  /** The default for each of its keys; `null` inherits the API's. */
  readonly limits: Limits | null;
  /** Of all its keys together; absent in accounts of older code, which is `null`. */
  readonly sharedLimits?: Limits | null;
  readonly suspendedAtMs: number | null;
  readonly suspendedReason: string | null;
  readonly createdAtMs: number;
  /** Rises with every change of the account. */
  readonly version: number;
}

/** A key together with what its account says about it. */
export interface KeyRecord {
  readonly format: typeof RECORD_FORMAT;
  readonly key: Key;
  readonly account: string;
  readonly accountVersion: number;
  readonly api: string;
  readonly suspended: boolean;
  /** The key's limits or else its account's; `null` means the API's. */
  readonly limits: Limits | null;
  /** Whether the account counts the requests of all its keys together, too. */
  readonly shared?: boolean;
}

export type KeyStatus = "active" | "disabled" | "expired" | "suspended" | "revoked";

/** Puts a key and its account together into the form that is stored with the key. */
export function composeRecord(account: Account, key: Key): KeyRecord {
  return {
    format: RECORD_FORMAT,
    key,
    account: account.id,
    accountVersion: account.version,
    api: account.api,
    suspended: account.suspendedAtMs !== null,
    limits: key.limits ?? account.limits,
    shared: (account.sharedLimits ?? null) !== null,
  };
}

/** The version by which the edge and the object compare their records: any change changes it. */
export function versionOf(record: KeyRecord): string {
  return `${record.key.version}.${record.accountVersion}`;
}

/** Whether `candidate` may take the place of `current`: neither of its versions is older. */
export function supersedes(candidate: KeyRecord, current: KeyRecord): boolean {
  return (
    candidate.key.version >= current.key.version &&
    candidate.accountVersion >= current.accountVersion
  );
}

/** What a record takes in a cache, in KB of its text: rules and metadata are a client's to choose. */
export function weighRecord(record: KeyRecord): number {
  return Math.ceil(JSON.stringify(record).length / 1024);
}

/** The status at `nowMs`: of those that apply, the last in the order of `KeyStatus`. */
export function keyStatus(record: KeyRecord, nowMs: number): KeyStatus {
  const { key } = record;
  if (key.revokedAtMs !== null) return "revoked";
  if (record.suspended) return "suspended";
  if (key.expiresAtMs !== null && key.expiresAtMs <= nowMs) return "expired";
  return key.enabled ? "active" : "disabled";
}

/** Reads a stored record; `null` when it is not JSON or not of a format known here. */
export function decodeRecord(stored: string): KeyRecord | null {
  try {
    const record = JSON.parse(stored) as Partial<KeyRecord> | null;
    return record?.format === RECORD_FORMAT ? (record as KeyRecord) : null;
  } catch {
    return null;
  }
}

/**
 * What the stages and the management operations need of the outside world, as plain nouns.
 * `src/adapters` has one file for each; tests pass their own.
 */
import type { Api, Origin } from "./api.ts";
import type { DecideCall, Decision, KeyUse } from "./decision.ts";
import type { Account, Key, KeyRecord } from "./record.ts";

/** An outside thing could not be reached or did not answer in time: the answer is 503. */
export class Unavailable extends Error {
  readonly part: "kv" | "key_state" | "account" | "directory";

  constructor(part: Unavailable["part"], options?: ErrorOptions) {
    super(`${part} cannot be reached`, options);
    this.part = part;
  }
}

/** A stored record was altered, moved or written by other code: the answer is 503, never open. */
export class DamagedRecord extends Error {
  constructor() {
    super("a stored record does not verify or has an unknown format");
  }
}

/** KV: a cache of the keys' records under their text hashes. */
export interface KeyStore {
  /** The record under a hash, `null` when there is none. Throws `Unavailable` or `DamagedRecord`. */
  load(hash: string, entry: string): Promise<KeyRecord | null>;
}

/** Who owns a key, as KV knows it: enough where the key's own object cannot be asked. */
export interface KeyOwners {
  /** The account of a key, `null` when KV does not know. Throws `Unavailable`. */
  findAccount(keyId: string): Promise<string | null>;
}

/** A key's object. All methods throw `Unavailable` when it cannot be reached in time. */
export interface KeyStates {
  decide(keyId: string, api: Api, call: DecideCall): Promise<Decision>;
  /** The record and use of a key, `null` for an unknown id. Reads only. */
  describe(keyId: string): Promise<{ readonly record: KeyRecord; readonly use: KeyUse } | null>;
}

/** How far a change has come: in force for every key but `pending` of them. */
export interface Spread {
  readonly pending: number;
}

export type Change<T> =
  | ({ readonly kind: "done"; readonly value: T } & Spread)
  | { readonly kind: "not_found" }
  | { readonly kind: "conflict"; readonly message: string };

/** An account's page of keys, newest first. */
export interface KeyPage {
  readonly keys: readonly Key[];
  readonly nextCursor: string | null;
}

/** Members of an account that an operator may change. */
export type AccountPatch = Partial<
  Pick<Account, "name" | "email" | "company" | "role" | "plan" | "limits">
>;

/** An account's object. All methods throw `Unavailable` when it cannot be reached in time. */
export interface Accounts {
  create(account: Account): Promise<Change<Account>>;
  load(accountId: string): Promise<({ readonly account: Account } & Spread) | null>;
  patch(accountId: string, patch: AccountPatch): Promise<Change<Account>>;
  suspend(accountId: string, reason: string | null): Promise<Change<Account>>;
  reactivate(accountId: string): Promise<Change<Account>>;
  /** `conflict` means that the id is taken: draw another. */
  createKey(accountId: string, key: Key): Promise<Change<KeyRecord>>;
  loadKey(accountId: string, keyId: string): Promise<KeyRecord | null>;
  listKeys(
    accountId: string,
    query: { readonly active: boolean; readonly limit: number; readonly cursor: string | null },
  ): Promise<({ readonly account: Account } & KeyPage) | null>;
  revokeKey(accountId: string, keyId: string): Promise<Change<KeyRecord>>;
  /** Tells the account that KV lacks a key's record. */
  reportMissing(accountId: string, keyId: string): Promise<void>;
}

/** A page of accounts, newest first. */
export interface AccountPage {
  readonly accounts: readonly Account[];
  readonly nextCursor: string | null;
}

/** The deployment's list of accounts. */
export interface Directory {
  list(query: {
    readonly api: string | null;
    readonly limit: number;
    readonly cursor: string | null;
  }): Promise<AccountPage>;
}

/** Sends requests to origins. */
export interface Origins {
  /** Resolves with the origin's answer as it comes; rejects when there is none. */
  forward(origin: Origin, request: Request): Promise<Response>;
}

/** One structured log line. `fields` never hold a key text, hash, secret, token or body. */
export type Log = (
  level: "warn" | "error",
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>>,
) => void;

/**
 * What the stages and the management operations need of the outside world, as plain nouns.
 * `src/adapters` has one file for each; tests pass their own.
 */
import type { AlertRules } from "./alert-rules.ts";
import type { AlertEvent } from "./alert.ts";
import type { Api, Origin } from "./api.ts";
import type { AssertedRequest, PublicJwk } from "./assertion.ts";
import type { ChainedEntry, Origination } from "./audit.ts";
import type { DecideCall, Decision, KeyUse } from "./decision.ts";
import type { Deadline } from "./deadline.ts";
import type { EntryNeeds } from "./entry-needs.ts";
import type { FailedSignIns } from "./failed-sign-ins.ts";
import type { KeyChange } from "./key-change.ts";
import type { Account, Key, KeyRecord } from "./record.ts";
import type { Session, SessionCall, SessionHolder } from "./session.ts";
import type { Strays, StraysFound } from "./strays.ts";
import type { Seen } from "./usage.ts";
import type { UsageAsked, UsageFound } from "./usage-query.ts";
import type { Webhook } from "./webhook.ts";

/** An outside thing could not be reached or did not answer in time: the answer is 503. */
export class Unavailable extends Error {
  readonly part: "kv" | "key_state" | "account" | "directory" | "jwks";

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
  /** The record of a key that was imported for an API, `null` when there is none. Throws likewise. */
  loadImported(api: string, hash: string): Promise<KeyRecord | null>;
}

/** Who owns a key, as KV knows it: enough where the key's own object cannot be asked. */
export interface KeyOwners {
  /** The account of a key, `null` when KV does not know. Throws `Unavailable`. */
  findAccount(keyId: string): Promise<string | null>;
}

/** A key's object. All methods throw `Unavailable` when it cannot be reached in time. */
export interface KeyStates {
  /** Waits by the caller's deadline, which the caller ends. */
  decide(keyId: string, api: Api, call: DecideCall, deadline: Deadline): Promise<Decision>;
  /** The record and use of a key, `null` for an unknown id. Reads only. */
  describe(keyId: string): Promise<{ readonly record: KeyRecord; readonly use: KeyUse } | null>;
  /** Tells what was seen of answers, where no call comes soon that it could ride on. */
  observe(keyId: string, seen: Seen): Promise<void>;
  /** How a key was used, `null` for an unknown id. Reads only. */
  readUsage(keyId: string, asked: UsageAsked): Promise<UsageFound | null>;
}

/** How far a change has come: in force for every key but `pending` of them. */
export interface Spread {
  readonly pending: number;
}

/** `repeated`: the same creation was asked for before, and this is what it made. */
export type Change<T> =
  | ({ readonly kind: "done"; readonly value: T } & Spread)
  | { readonly kind: "repeated"; readonly value: T }
  | { readonly kind: "not_found" }
  | { readonly kind: "conflict"; readonly message: string };

/** An account's page of keys, newest first. */
export interface KeyPage {
  readonly keys: readonly Key[];
  readonly nextCursor: string | null;
}

/** Members of an account that an operator may change. */
export type AccountPatch = Partial<
  Pick<Account, "name" | "email" | "company" | "role" | "plan" | "limits" | "sharedLimits">
>;

/** An account's object. All methods throw `Unavailable` when it cannot be reached in time. */
export interface Accounts {
  create(account: Account, by: Origination, repeat: Idempotency | null): Promise<Change<Account>>;
  load(accountId: string): Promise<({ readonly account: Account } & Spread) | null>;
  patch(accountId: string, patch: AccountPatch, by: Origination): Promise<Change<Account>>;
  suspend(accountId: string, reason: string | null, by: Origination): Promise<Change<Account>>;
  reactivate(accountId: string, by: Origination): Promise<Change<Account>>;
  /** `taken` means that the id is: draw another. `conflict`: the name of the request is. */
  createKey(
    accountId: string,
    key: Key,
    by: Origination,
    repeat: Idempotency | null,
  ): Promise<Change<KeyRecord> | { readonly kind: "taken" }>;
  /** `conflict` means that the key is revoked and this change is none that it can have. */
  changeKey(
    accountId: string,
    keyId: string,
    change: KeyChange,
    by: Origination,
  ): Promise<Change<KeyRecord>>;
  loadKey(accountId: string, keyId: string): Promise<KeyRecord | null>;
  /** How many keys an account has ever had. */
  countKeys(accountId: string): Promise<number>;
  listKeys(
    accountId: string,
    query: { readonly active: boolean; readonly limit: number; readonly cursor: string | null },
  ): Promise<({ readonly account: Account } & KeyPage) | null>;
  /** Entries of the audit log, newest first, `null` for an unknown account. */
  listAudit(
    accountId: string,
    query: { readonly limit: number; readonly cursor: string | null },
  ): Promise<AuditPage | null>;
  verifyAudit(
    accountId: string,
  ): Promise<{ readonly entries: number; readonly brokenAt: number | null } | null>;
  /** Writes to the audit log that a key's text was shown again. */
  noteReveal(accountId: string, keyId: string, by: Origination): Promise<void>;
  /** How an account's alerts are set, `null` for an unknown account. */
  loadAlerts(accountId: string): Promise<AlertSettings | null>;
  /** Sets them anew as a whole. */
  saveAlerts(
    accountId: string,
    change: AlertChange,
    by: Origination,
  ): Promise<{ readonly settings: AlertSettings; readonly secretTaken: boolean } | null>;
  /** What the alert rules have found, newest first, `null` for an unknown account. */
  listAlertEvents(
    accountId: string,
    query: { readonly limit: number; readonly cursor: string | null },
  ): Promise<AlertEventPage | null>;
  /** Tells the account that KV lacks a key's record. */
  reportMissing(accountId: string, keyId: string): Promise<void>;
}

/** An account's alerts as they are set. */
export interface AlertSettings {
  readonly rules: AlertRules;
  readonly webhook: Omit<Webhook, "secret"> | null;
}

/** What to set. The new secret is taken where there is none yet, or `renewed` asks for it. */
export interface AlertChange {
  readonly rules: AlertRules;
  readonly webhook: (Omit<Webhook, "secretMadeAtMs"> & { readonly renewed: boolean }) | null;
}

/** A page of what an account's alert rules have found, newest first. */
export interface AlertEventPage {
  readonly events: readonly (AlertEvent & {
    readonly id: string;
    /** How far it is on its way to the webhook; `none`: there was none, `failed`: it was given up. */
    readonly delivery: "pending" | "delivered" | "failed" | "none";
  })[];
  readonly nextCursor: string | null;
}

/** A page of an account's audit log, newest first. */
export interface AuditPage {
  readonly entries: readonly ChainedEntry[];
  readonly nextCursor: string | null;
}

/** What a client calls its request, so that it may send it again, and a digest of the request. */
export interface Idempotency {
  readonly name: string;
  readonly digest: string;
}

/** A page of accounts, newest first. */
export interface AccountPage {
  readonly accounts: readonly Account[];
  readonly nextCursor: string | null;
}

/** Which accounts are asked for: those of an API, those that a text occurs in, or all. */
export interface AccountsAsked {
  readonly api: string | null;
  /** Part of an account's id, name, email or company, in any case. */
  readonly q: string | null;
  readonly limit: number;
  readonly cursor: string | null;
}

/** The last count of what needs each entry: nothing in it was read before `asOfMs`. */
export interface NeedsCount {
  readonly asOfMs: number;
  readonly needs: readonly EntryNeeds[];
}

/** A re-encryption under an entry that was asked for, and how far it is. */
export interface Reencryption {
  readonly entry: string;
  readonly startedAtMs: number;
  /** `null` while it goes on. */
  readonly finishedAtMs: number | null;
  /** Accounts there are, and those of which nothing is left to do. */
  readonly accounts: number;
  readonly accountsDone: number;
  /** Values that are under the entry now; after a crash perhaps some that were not counted. */
  readonly reencrypted: number;
  /** Values that could not be decrypted. They stay as they are. */
  readonly failed: number;
}

/** What is known of how the keyring is used. */
export interface KeyringUse {
  /** `null` until the first count has ended. */
  readonly count: NeedsCount | null;
  /** Whether a newer count is being made. */
  readonly counting: boolean;
  /** The last one, `null` when none was asked for. */
  readonly reencryption: Reencryption | null;
}

/** The deployment's list of accounts, and what goes through all of them. */
export interface Directory {
  list(asked: AccountsAsked): Promise<AccountPage>;
  /** What needs each entry. Starts a newer count where the last one is old. */
  readKeyring(): Promise<KeyringUse>;
  /** Brings everything encrypted under an entry, in the background, unless nothing is left to do. */
  reencrypt(entry: string, by: Origination): Promise<KeyringUse>;
  /** Adds refused requests of which no key is known. */
  noteStrays(strays: Strays): Promise<void>;
  /** What of them is known of an API, in a span of whole hours. */
  readStrays(api: string, fromMs: number, toMs: number): Promise<StraysFound>;
}

/** The deployment's count of attempts in vain to sign in. */
export interface SignInFailures {
  /** Counts one more of an address and tells how many there are. Throws `Unavailable`. */
  count(addressBlock: string): Promise<FailedSignIns>;
}

/** The tokens by which an account's members are known. */
export interface MemberTokens {
  /**
   * The account id that a token is for, `null` when it does not verify. Throws `Unavailable` when the
   * keys that could verify it cannot be reached.
   */
  verify(token: string): Promise<string | null>;
}

/** The sessions of the dashboard. Throws `Unavailable` when the object that keeps them cannot be reached. */
export interface Sessions {
  /** Opens, uses or closes a session; `null` where there is none (any more), or none may be. */
  call(holder: SessionHolder, call: SessionCall): Promise<Session | null>;
}

/** The built files of the dashboard. */
export interface DashboardFiles {
  /** The file of a path, `null` when there is none. */
  load(path: string): Promise<Response | null>;
}

/** Sends requests to origins. */
export interface Origins {
  /** Resolves with the origin's answer as it comes; rejects when there is none. */
  forward(origin: Origin, target: string | Request, init?: RequestInit): Promise<Response>;
}

/** Signs identity assertions for origins. */
export interface Assertions {
  /** The assertion of one request, in its compact form. */
  sign(request: AssertedRequest): Promise<string>;
  /** Every key that an assertion may be signed with. */
  listPublicKeys(): Promise<readonly PublicJwk[]>;
}

/** One structured log line. `fields` never hold a key text, hash, secret, token or body. */
export type Log = (
  level: "warn" | "error",
  event: string,
  fields: Readonly<Record<string, string | number | boolean | null>>,
) => void;

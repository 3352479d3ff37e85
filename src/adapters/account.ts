/**
 * `Account`: the object of one account, named by its id, and the authority over the account and its
 * directory of keys. A change is one transaction (row and outbox); the caller is answered when every
 * key's object concerned has confirmed it; KV follows; what failed is retried by the alarm.
 */
import { DurableObject } from "cloudflare:workers";
import type { DigestMessage } from "../core/alert-digest.ts";
import type { Origination } from "../core/audit.ts";
import { changeKey, type KeyChange } from "../core/key-change.ts";
import {
  type AccountPatch,
  type AlertChange,
  type AlertEventPage,
  type AlertSettings,
  type AuditPage,
  type Change,
  type Idempotency,
  type KeyPage,
} from "../core/ports.ts";
import {
  composeRecord,
  type Account as AccountRow,
  type Key,
  type KeyRecord,
} from "../core/record.ts";
import { SHARED_FORMAT, type SharedCall, type SharedTaken } from "../core/shared-limits.ts";
import type { Session, SessionCall } from "../core/session.ts";
import { createAccountAlerts, type AccountAlerts } from "./account-alerts.ts";
import { createAlarmClock } from "./alarm-clock.ts";
import { listEvents } from "./alert-outbox.ts";
import { changeSettings, showSettings, switchOffWebhook } from "./alert-settings.ts";
import { describeAccount, describeKey, entryOf } from "./audit-entry.ts";
import { createAuditLog, type AuditLog } from "./audit-log.ts";
import * as tables from "./account-tables.ts";
import { abandonKey, findRepeat, tryInstall } from "./creation.ts";
import { rememberMade } from "./idempotency-table.ts";
import * as outbox from "./outbox-tables.ts";
import {
  UNUSED_KEYRING,
  visitKeyring,
  type KeyringCall,
  type KeyringVisit,
} from "./account-keyring.ts";
import { createSpreadTargets, readKeyring } from "./account-targets.ts";
import { closeSessions, serveSession } from "./session-table.ts";
import { createSharedCounts, type SharedCounts } from "./shared-counts.ts";
import { createSpreader, type Spreader } from "./spreader.ts";
import { cutPage, startOf } from "./page.ts";
import { createSeldom } from "./seldom.ts";
import { createTurns, type Turns } from "./turns.ts";

const ID_TAKEN = { kind: "conflict", message: "its id is taken" } as const;

export class Account extends DurableObject {
  readonly #targets = createSpreadTargets(this.env);
  readonly #log: AuditLog = createAuditLog(this.ctx.storage);
  readonly #repeatable: Turns = createTurns();
  readonly #alarm = createAlarmClock(this.ctx.storage);
  readonly #shared: SharedCounts = createSharedCounts(this.ctx, this.#alarm);
  readonly #alerts: AccountAlerts = createAccountAlerts(this.ctx, this.#alarm, {
    keyring: readKeyring(this.env),
    allowsLoopback: this.env.WEBHOOKS_TO_LOOPBACK === true,
    switchOff: async (eventId) =>
      switchOffWebhook(this.#alerts, this.#log, this.#account?.id ?? "", eventId),
  });
  /** KV may go on answering a miss for a minute after a write: more writes would not end it. */
  readonly #rewrite = createSeldom(60_000, 1000);
  #account: AccountRow | null;
  readonly #spreader: Spreader = createSpreader(
    this.ctx,
    this.#targets,
    () => this.#account,
    this.#alarm,
  );

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#account = tables.loadAccount(ctx.storage);
    if (this.#account === null) return;
    void ctx.blockConcurrencyWhile(async () => {
      await this.#spreader.ensureAlarm();
      await this.#alerts.ensureAlarm();
    });
  }

  async create(
    account: AccountRow,
    by: Origination,
    repeat: Idempotency | null,
  ): Promise<Change<AccountRow>> {
    const { storage } = this.ctx;
    if (this.#account !== null) {
      // The same call again, after the object was lost with its answer.
      const [first] = this.#log.list(2, 1);
      if (first?.requestId === by.requestId) {
        return { kind: "done", value: this.#account, pending: 0 };
      }
      const repeated = findRepeat(this.ctx.storage, repeat, () => this.#account);
      return repeated.kind === "not_found" ? ID_TAKEN : repeated;
    }
    const created = await this.#log.commit(by, () => {
      if (this.#account !== null) return null;
      const write = (): void => {
        tables.saveAccount(storage, account);
        outbox.markDirectory(storage, true);
        if (repeat !== null) rememberMade(storage, repeat, account.id, account.createdAtMs);
      };
      const stored = (): void => void (this.#account = account);
      const entry = entryOf("account.create", account.id, null, describeAccount(account));
      return { entry, write, stored, value: account };
    });
    if (created === null) return this.create(account, by, repeat);
    await this.#spreader.spread();
    await this.#alerts.ensureAlarm();
    return { kind: "done", value: created, pending: 0 };
  }

  load(): { readonly account: AccountRow; readonly pending: number } | null {
    if (this.#account === null) return null;
    return { account: this.#account, pending: outbox.countPending(this.ctx.storage) };
  }

  patch(patch: AccountPatch, by: Origination): Promise<Change<AccountRow>> {
    const concernsKeys = patch.limits !== undefined || patch.sharedLimits !== undefined;
    return this.#change("account.patch", by, concernsKeys, (account) => ({ ...account, ...patch }));
  }

  suspend(reason: string | null, by: Origination): Promise<Change<AccountRow>> {
    return this.#change("account.suspend", by, true, (account) =>
      account.suspendedAtMs !== null
        ? account
        : { ...account, suspendedAtMs: Date.now(), suspendedReason: reason },
    );
  }

  reactivate(by: Origination): Promise<Change<AccountRow>> {
    return this.#change("account.reactivate", by, true, (account) =>
      account.suspendedAtMs === null
        ? account
        : { ...account, suspendedAtMs: null, suspendedReason: null },
    );
  }

  /** Makes a key; a request that may be repeated waits for those that were sent before it. */
  createKey(
    key: Key,
    by: Origination,
    repeat: Idempotency | null,
  ): Promise<Change<KeyRecord> | { readonly kind: "taken" }> {
    if (repeat === null) return this.#createKey(key, by, null);
    return this.#repeatable(() => this.#createKey(key, by, repeat));
  }

  /** Stores a key and installs it. A key whose object did not confirm is abandoned: never shown. */
  async #createKey(
    key: Key,
    by: Origination,
    repeat: Idempotency | null,
  ): Promise<Change<KeyRecord> | { readonly kind: "taken" }> {
    const { storage } = this.ctx;
    const account = this.#account;
    if (account === null) return { kind: "not_found" };
    const begun = tables.stateOf(storage, key);
    const made = begun === "live" ? this.loadKey(key.id) : null;
    // The same call again, after the object was lost with its answer.
    if (made !== null) return { kind: "done", value: made, pending: this.#pendingOf(key.id) };
    const repeated = findRepeat(this.ctx.storage, repeat, (keyId) => this.loadKey(keyId));
    if (repeated.kind !== "not_found") return repeated;
    if (begun === null && tables.hasKey(storage, key.id)) return { kind: "taken" };
    storage.transactionSync(() => {
      if (begun === null) tables.insertKey(storage, key);
      if (repeat !== null) rememberMade(storage, repeat, key.id, key.createdAtMs);
    });
    const installed = await tryInstall(this.#targets, composeRecord(account, key));
    if (installed !== "installed") return abandonKey(storage, key.id, repeat, installed);
    const record = await this.#log.commit(by, () => {
      const owner = this.#account ?? account;
      const write = (): void => {
        tables.markKey(storage, key.id, "live");
        // The account may have changed since the key was installed with what it said then.
        outbox.markBehind(storage, key.id, owner.version === account.version ? "kv" : "object");
      };
      const entry = entryOf("key.create", key.id, null, describeKey(key));
      return { entry, write, value: composeRecord(owner, key) };
    });
    await this.#spreader.spreadKey(key.id);
    if (record === null) throw new Error("a creation is always committed");
    return { kind: "done", value: record, pending: this.#pendingOf(key.id) };
  }

  loadKey(keyId: string): KeyRecord | null {
    const key = tables.loadKey(this.ctx.storage, keyId);
    return this.#account === null || key === null ? null : composeRecord(this.#account, key);
  }

  countKeys(): number {
    return this.#account === null ? 0 : tables.countKeys(this.ctx.storage);
  }

  listKeys(query: {
    readonly active: boolean;
    readonly limit: number;
    readonly cursor: string | null;
  }): ({ readonly account: AccountRow } & KeyPage) | null {
    if (this.#account === null) return null;
    const { active, limit, cursor } = query;
    const found = tables.listKeys(this.ctx.storage, startOf(cursor), limit + 1, active);
    const { rows, nextCursor } = cutPage(found, limit);
    return { account: this.#account, keys: rows.map(({ key }) => key), nextCursor };
  }

  /** Changes a key; `conflict` when it is revoked and the change is another than that. */
  async changeKey(keyId: string, change: KeyChange, by: Origination): Promise<Change<KeyRecord>> {
    const { storage } = this.ctx;
    if (this.#account === null) return { kind: "not_found" };
    let refused: "not_found" | "conflict" | null = null;
    await this.#log.commit(by, () => {
      const before = tables.loadKey(storage, keyId);
      const after = before === null ? null : changeKey(before, change, Date.now());
      if (before === null) refused = "not_found";
      else if (after === null) refused = "conflict";
      if (before === null || after === null || after === before) return null;
      const write = (): void => {
        tables.saveKey(storage, after);
        outbox.markBehind(storage, keyId, "object");
      };
      const action = `key.${change.kind}`;
      const entry = entryOf(action, keyId, describeKey(before), describeKey(after));
      return { entry, write, value: after };
    });
    if (refused === "not_found") return { kind: "not_found" };
    if (refused === "conflict") return { kind: "conflict", message: "the key is revoked" };
    await this.#spreader.spreadKey(keyId);
    const record = this.loadKey(keyId);
    if (record === null) return { kind: "not_found" };
    return { kind: "done", value: record, pending: this.#pendingOf(keyId) };
  }

  listAudit(query: { readonly limit: number; readonly cursor: string | null }): AuditPage | null {
    if (this.#account === null) return null;
    const found = this.#log.list(startOf(query.cursor), query.limit + 1);
    const { rows, nextCursor } = cutPage(found, query.limit);
    return { entries: rows, nextCursor };
  }

  loadAlerts(): AlertSettings | null {
    return this.#account === null ? null : showSettings(this.#alerts.settings);
  }

  /** Sets the alerts anew as a whole; tells whether the webhook's new secret was taken. */
  async saveAlerts(
    change: AlertChange,
    by: Origination,
  ): Promise<{ readonly settings: AlertSettings; readonly secretTaken: boolean } | null> {
    if (this.#account === null) return null;
    const { id } = this.#account;
    const secretTaken = await changeSettings(this.#alerts, this.#log, id, change, by);
    return { settings: showSettings(this.#alerts.settings), secretTaken };
  }

  listAlertEvents(query: {
    readonly limit: number;
    readonly cursor: string | null;
  }): AlertEventPage | null {
    if (this.#account === null) return null;
    const found = listEvents(this.ctx.storage.sql, startOf(query.cursor), query.limit + 1);
    const { rows, nextCursor } = cutPage(found, query.limit);
    return { events: rows, nextCursor };
  }

  async verifyAudit(): Promise<Awaited<ReturnType<AuditLog["verify"]>> | null> {
    return this.#account === null ? null : this.#log.verify();
  }

  /** Writes to the log that a key's text was shown again, which changes nothing else. */
  async noteReveal(keyId: string, by: Origination): Promise<void> {
    if (this.#account === null) return;
    const entry = { action: "key.reveal", target: keyId, before: null, after: null };
    await this.#log.commit(by, () => ({ entry, write: () => undefined, value: null }));
  }

  /** Takes from the limits that all keys share; 0 only reads. */
  takeShared({ format, cost }: SharedCall): SharedTaken {
    if (format !== SHARED_FORMAT) throw new Error("unknown call format");
    return this.#shared.take(this.#account?.sharedLimits ?? null, cost);
  }

  /** Gives back what `takeShared` took for a request that was not admitted. */
  returnShared({ format, cost }: SharedCall): SharedTaken {
    if (format !== SHARED_FORMAT) throw new Error("unknown call format");
    return this.#shared.giveBack(this.#account?.sharedLimits ?? null, cost);
  }

  /** Takes what a key's object has seen, for the alert rules. */
  async noteDigest(message: DigestMessage): Promise<void> {
    if (this.#account !== null) await this.#alerts.note(message);
  }

  /** Re-encrypts and counts a page of the keys for the directory, which goes through all accounts. */
  async visitKeyring(call: KeyringCall): Promise<KeyringVisit | null> {
    if (this.#account === null) return UNUSED_KEYRING;
    const { id } = this.#account;
    const spread = (): Promise<void> => this.#spreader.spread();
    const keyring = readKeyring(this.env);
    const { storage } = this.ctx;
    const alerts = this.#alerts;
    return visitKeyring({ id, storage, log: this.#log, keyring, spread, alerts }, call);
  }

  /** Writes a key's record to KV again, where it was found missing. */
  async reportMissing(keyId: string): Promise<void> {
    const { storage } = this.ctx;
    if (this.#account === null || tables.loadKey(storage, keyId) === null) return;
    if (outbox.stepOf(storage, keyId) !== null || !this.#rewrite(keyId, Date.now())) return;
    outbox.markBehind(storage, keyId, "kv");
    await this.#spreader.spreadKey(keyId);
  }

  /** Opens, uses or closes a session of a member. A suspended account has none. */
  session(call: SessionCall): Session | null {
    if (this.#account === null || this.#account.suspendedAtMs !== null) return null;
    return serveSession(this.ctx.storage, call);
  }

  override async alarm(): Promise<void> {
    this.#alarm.rang();
    await this.#spreader.retry();
    await this.#shared.rest();
    if (this.#account !== null) await this.#alerts.tick(this.#account.id);
  }

  async #change(
    action: string,
    by: Origination,
    concernsKeys: boolean,
    change: (account: AccountRow) => AccountRow,
  ): Promise<Change<AccountRow>> {
    const { storage } = this.ctx;
    if (this.#account === null) return { kind: "not_found" };
    await this.#log.commit(by, () => {
      const before = this.#account;
      const changed = before === null ? null : change(before);
      if (before === null || changed === null || changed === before) return null;
      const after = { ...changed, version: before.version + 1 };
      const write = (): void => {
        tables.saveAccount(storage, after);
        outbox.markDirectory(storage, true);
        if (concernsKeys) outbox.startSweep(storage);
        if (after.suspendedAtMs !== null) closeSessions(storage);
      };
      const stored = (): void => void (this.#account = after);
      const entry = entryOf(action, after.id, describeAccount(before), describeAccount(after));
      return { entry, write, stored, value: after };
    });
    await this.#spreader.spread();
    return { kind: "done", value: this.#account, pending: outbox.countPending(storage) };
  }

  #pendingOf(keyId: string): number {
    return outbox.stepOf(this.ctx.storage, keyId) === "object" ? 1 : 0;
  }
}

/**
 * `Account`: the object of one account, named by its id, and the authority over the account and its
 * directory of keys. A change is one transaction (row and outbox); the caller is answered when every
 * key's object concerned has confirmed it; KV follows; what failed is retried by the alarm.
 */
import { DurableObject } from "cloudflare:workers";
import type { DigestMessage } from "../core/alert-digest.ts";
import type { Origination } from "../core/audit.ts";
import type { KeyChange } from "../core/key-change.ts";
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
import type { Account as AccountRow, Key, KeyRecord } from "../core/record.ts";
import {
  SHARED_FORMAT,
  type SharedCall,
  type SharedReturn,
  type SharedTaken,
} from "../core/shared-limits.ts";
import type { Session, SessionCall } from "../core/session.ts";
import { createAccountAlerts, type AccountAlerts } from "./account-alerts.ts";
import {
  createAccountKeys,
  type AccountKeys,
  type Creation,
  type KeyQuery,
} from "./account-keys.ts";
import { createAlarmClock } from "./alarm-clock.ts";
import { listEvents } from "./alert-outbox.ts";
import { changeSettings, showSettings, switchOffWebhook } from "./alert-settings.ts";
import { describeAccount, entryOf } from "./audit-entry.ts";
import { createAuditLog, type AuditLog } from "./audit-log.ts";
import * as tables from "./account-tables.ts";
import { findRepeat } from "./creation.ts";
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

const ID_TAKEN = { kind: "conflict", message: "its id is taken" } as const;

export class Account extends DurableObject {
  readonly #targets = createSpreadTargets(this.env);
  readonly #log: AuditLog = createAuditLog(this.ctx.storage);
  readonly #alarm = createAlarmClock(this.ctx.storage);
  readonly #shared: SharedCounts = createSharedCounts(this.ctx, this.#alarm);
  readonly #alerts: AccountAlerts = createAccountAlerts(this.ctx, this.#alarm, {
    keyring: readKeyring(this.env),
    allowsLoopback: this.env.WEBHOOKS_TO_LOOPBACK === true,
    switchOff: async (eventId, url) =>
      switchOffWebhook(this.#alerts, this.#log, this.#account?.id ?? "", eventId, url),
  });
  #account: AccountRow | null;
  readonly #spreader: Spreader = createSpreader(
    this.ctx,
    this.#targets,
    () => this.#account,
    this.#alarm,
  );
  readonly #keys: AccountKeys = createAccountKeys({
    storage: this.ctx.storage,
    targets: this.#targets,
    log: this.#log,
    spreader: this.#spreader,
    account: () => this.#account,
  });

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

  createKey(key: Key, by: Origination, repeat: Idempotency | null): Promise<Creation> {
    return this.#keys.create(key, by, repeat);
  }

  loadKey(keyId: string): KeyRecord | null {
    return this.#keys.load(keyId);
  }

  countKeys(): number {
    return this.#account === null ? 0 : tables.countKeys(this.ctx.storage);
  }

  listKeys(query: KeyQuery): ({ readonly account: AccountRow } & KeyPage) | null {
    return this.#account && { account: this.#account, ...this.#keys.list(query) };
  }

  changeKey(keyId: string, change: KeyChange, by: Origination): Promise<Change<KeyRecord>> {
    return this.#keys.change(keyId, change, by);
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
  returnShared(returned: SharedReturn): SharedTaken {
    if (returned.format !== SHARED_FORMAT) throw new Error("unknown call format");
    return this.#shared.giveBack(this.#account?.sharedLimits ?? null, returned);
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

  reportMissing(keyId: string): Promise<void> {
    return this.#keys.rewrite(keyId);
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
}

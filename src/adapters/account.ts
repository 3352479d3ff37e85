/**
 * `Account`: the object of one account, named by its id, and the authority over the account and its
 * directory of keys. A change is one transaction (row and outbox); the caller is answered when every
 * key's object concerned has confirmed it; KV follows; what failed is retried by the alarm.
 */
import { DurableObject } from "cloudflare:workers";
import { Unavailable, type AccountPatch, type Change, type KeyPage } from "../core/ports.ts";
import {
  composeRecord,
  type Account as AccountRow,
  type Key,
  type KeyRecord,
} from "../core/record.ts";
import { spreadToDirectory, spreadToKv, spreadToObjects } from "./account-spread.ts";
import * as tables from "./account-tables.ts";
import * as outbox from "./outbox-tables.ts";
import { createSpreadTargets } from "./account-targets.ts";

/** Batches of keys that are told of an account's change before its caller is answered. */
const BATCHES_IN_CALL = 4;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;

export class Account extends DurableObject {
  readonly #targets = createSpreadTargets(this.env);
  #account: AccountRow | null;
  /** The last spreading that was started: there is never more than one at a time. */
  #spreading: Promise<void> = Promise.resolve();
  #failedAlarms = 0;

  constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
    super(ctx, env);
    this.#account = tables.loadAccount(ctx.storage);
    if (this.#account !== null && outbox.isBehind(ctx.storage)) {
      void ctx.blockConcurrencyWhile(() => this.#ensureAlarm());
    }
  }

  async create(account: AccountRow): Promise<Change<AccountRow>> {
    if (this.#account !== null) return { kind: "conflict", message: "the account id is taken" };
    this.ctx.storage.transactionSync(() => {
      tables.saveAccount(this.ctx.storage, account);
      outbox.markDirectory(this.ctx.storage, true);
    });
    this.#account = account;
    await this.#spread();
    return { kind: "done", value: account, pending: 0 };
  }

  load(): { readonly account: AccountRow; readonly pending: number } | null {
    if (this.#account === null) return null;
    return { account: this.#account, pending: outbox.countPending(this.ctx.storage) };
  }

  patch(patch: AccountPatch): Promise<Change<AccountRow>> {
    return this.#change((account) => ({ ...account, ...patch }), patch.limits !== undefined);
  }

  suspend(reason: string | null): Promise<Change<AccountRow>> {
    return this.#change(
      (account) =>
        account.suspendedAtMs !== null
          ? account
          : { ...account, suspendedAtMs: Date.now(), suspendedReason: reason },
      true,
    );
  }

  reactivate(): Promise<Change<AccountRow>> {
    return this.#change(
      (account) =>
        account.suspendedAtMs === null
          ? account
          : { ...account, suspendedAtMs: null, suspendedReason: null },
      true,
    );
  }

  /** Stores a key and installs it. A key whose object did not confirm is abandoned: never shown. */
  async createKey(key: Key): Promise<Change<KeyRecord>> {
    const { storage } = this.ctx;
    const account = this.#account;
    if (account === null) return { kind: "not_found" };
    if (tables.hasKey(storage, key.id)) return { kind: "conflict", message: "the id is taken" };
    tables.insertKey(storage, key);
    const record = composeRecord(account, key);
    const installed = await this.#install(record);
    if (installed === "taken") {
      tables.deleteKey(storage, key.id);
      return { kind: "conflict", message: "the id is taken" };
    }
    if (installed === "failed") {
      tables.markKey(storage, key.id, "abandoned");
      throw new Unavailable("key_state");
    }
    storage.transactionSync(() => {
      tables.markKey(storage, key.id, "live");
      const told = this.#account?.version === account.version;
      outbox.markBehind(storage, key.id, told ? "kv" : "object");
    });
    await this.#spread();
    return { kind: "done", value: record, pending: this.#pendingOf(key.id) };
  }

  loadKey(keyId: string): KeyRecord | null {
    const key = tables.loadKey(this.ctx.storage, keyId);
    return this.#account === null || key === null ? null : composeRecord(this.#account, key);
  }

  listKeys(query: {
    readonly active: boolean;
    readonly limit: number;
    readonly cursor: string | null;
  }): ({ readonly account: AccountRow } & KeyPage) | null {
    if (this.#account === null) return null;
    const below = query.cursor === null ? Number.MAX_SAFE_INTEGER : Number(query.cursor);
    const rows = tables.listKeys(this.ctx.storage, below, query.limit + 1, query.active);
    const page = rows.slice(0, query.limit);
    const nextCursor = rows.length > query.limit ? String(page.at(-1)?.seq) : null;
    return { account: this.#account, keys: page.map(({ key }) => key), nextCursor };
  }

  async revokeKey(keyId: string): Promise<Change<KeyRecord>> {
    const { storage } = this.ctx;
    const account = this.#account;
    const key = account === null ? null : tables.loadKey(storage, keyId);
    if (account === null || key === null) return { kind: "not_found" };
    const revoked =
      key.revokedAtMs === null
        ? { ...key, revokedAtMs: Date.now(), version: key.version + 1 }
        : key;
    if (revoked !== key) {
      storage.transactionSync(() => {
        tables.saveKey(storage, revoked);
        outbox.markBehind(storage, keyId, "object");
      });
    }
    await this.#spread();
    const value = composeRecord(account, revoked);
    return { kind: "done", value, pending: this.#pendingOf(keyId) };
  }

  /** Writes a key's record to KV again, where it was found missing. */
  async reportMissing(keyId: string): Promise<void> {
    const { storage } = this.ctx;
    if (this.#account === null || tables.loadKey(storage, keyId) === null) return;
    if (outbox.stepOf(storage, keyId) !== null) return;
    outbox.markBehind(storage, keyId, "kv");
    await this.#spread();
  }

  override async alarm(): Promise<void> {
    await this.#spread();
    this.#failedAlarms = outbox.isBehind(this.ctx.storage) ? this.#failedAlarms + 1 : 0;
    await this.#ensureAlarm();
  }

  async #change(
    change: (account: AccountRow) => AccountRow,
    concernsKeys: boolean,
  ): Promise<Change<AccountRow>> {
    const { storage } = this.ctx;
    const before = this.#account;
    if (before === null) return { kind: "not_found" };
    const changed = change(before);
    const after = changed === before ? before : { ...changed, version: before.version + 1 };
    if (after !== before) {
      storage.transactionSync(() => {
        tables.saveAccount(storage, after);
        outbox.markDirectory(storage, true);
        if (concernsKeys) outbox.startSweep(storage);
      });
      this.#account = after;
    }
    await this.#spread();
    return { kind: "done", value: after, pending: outbox.countPending(storage) };
  }

  async #install(record: KeyRecord): Promise<"installed" | "taken" | "failed"> {
    try {
      return await this.#targets.install(record);
    } catch {
      return "failed";
    }
  }

  #pendingOf(keyId: string): number {
    return outbox.stepOf(this.ctx.storage, keyId) === "object" ? 1 : 0;
  }

  /** Confirms changes with the keys' objects and the directory; KV follows without being waited for. */
  async #spread(): Promise<void> {
    if (!outbox.isBehind(this.ctx.storage)) return;
    await this.#ensureAlarm();
    await this.#inTurn(async () => {
      for (let batch = 0; batch < BATCHES_IN_CALL && this.#account !== null; batch += 1) {
        if (!(await spreadToObjects(this.ctx.storage, this.#account, this.#targets))) break;
      }
      if (this.#account === null) return;
      await spreadToDirectory(this.ctx.storage, this.#account, this.#targets);
    });
    this.ctx.waitUntil(
      this.#inTurn(async () => {
        if (this.#account === null) return;
        await spreadToKv(this.ctx.storage, this.#account, this.#targets);
      }),
    );
  }

  /** Runs a task after those before it, so that KV never gets an older record after a newer one. */
  #inTurn(task: () => Promise<void>): Promise<void> {
    const turn = this.#spreading.then(task);
    this.#spreading = turn.catch(() => undefined);
    return turn;
  }

  async #ensureAlarm(): Promise<void> {
    const { storage } = this.ctx;
    if (!outbox.isBehind(storage) || (await storage.getAlarm()) !== null) return;
    const delay = Math.min(FIRST_RETRY_MS * 2 ** this.#failedAlarms, LAST_RETRY_MS);
    await storage.setAlarm(Date.now() + delay);
  }
}

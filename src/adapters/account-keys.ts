/**
 * The keys of one account: how they are made, changed and found. A key is installed in its own object
 * before it is shown to anyone; a change is in the account's storage before it is anywhere else.
 */
import type { Origination } from "../core/audit.ts";
import { changeKey, type KeyChange } from "../core/key-change.ts";
import type { Change, Idempotency, KeyPage } from "../core/ports.ts";
import { composeRecord, type Account, type Key, type KeyRecord } from "../core/record.ts";
import * as tables from "./account-tables.ts";
import type { SpreadTargets } from "./account-spread.ts";
import { describeKey, entryOf } from "./audit-entry.ts";
import type { AuditLog } from "./audit-log.ts";
import { abandonKey, findRepeat, tryInstall } from "./creation.ts";
import { rememberMade } from "./idempotency-table.ts";
import * as outbox from "./outbox-tables.ts";
import { cutPage, startOf } from "./page.ts";
import { createSeldom } from "./seldom.ts";
import type { Spreader } from "./spreader.ts";
import { createTurns } from "./turns.ts";

/** What a creation comes to: `taken` where another key has the id. */
export type Creation = Change<KeyRecord> | { readonly kind: "taken" };

export interface AccountKeys {
  /** Makes a key; a request that may be repeated waits for those that were sent before it. */
  create(key: Key, by: Origination, repeat: Idempotency | null): Promise<Creation>;
  /** Changes a key; `conflict` when it is revoked and the change is another than that. */
  change(keyId: string, change: KeyChange, by: Origination): Promise<Change<KeyRecord>>;
  load(keyId: string): KeyRecord | null;
  list(query: KeyQuery): KeyPage;
  /** Writes a key's record to KV again, where it was found missing. */
  rewrite(keyId: string): Promise<void>;
}

/** Which keys to list. */
export interface KeyQuery {
  readonly active: boolean;
  readonly limit: number;
  readonly cursor: string | null;
}

/** What of the account its keys need. */
export interface KeysOwner {
  readonly storage: DurableObjectStorage;
  readonly targets: SpreadTargets;
  readonly log: AuditLog;
  readonly spreader: Spreader;
  /** The account as it is now, `null` while there is none. */
  readonly account: () => Account | null;
}

/** The keys in an account's storage. */
export function createAccountKeys(owner: KeysOwner): AccountKeys {
  const { storage, targets, log, spreader } = owner;
  const takeTurn = createTurns();
  /** KV may go on answering a miss for a minute after a write: more writes would not end it. */
  const mayRewrite = createSeldom(60_000, 1000);

  function load(keyId: string): KeyRecord | null {
    const account = owner.account();
    const key = tables.loadKey(storage, keyId);
    return account === null || key === null ? null : composeRecord(account, key);
  }

  function done(record: KeyRecord): Change<KeyRecord> {
    const pending = outbox.stepOf(storage, record.key.id) === "object" ? 1 : 0;
    return { kind: "done", value: record, pending };
  }

  /** Stores a key and installs it. A key whose object did not confirm is abandoned: never shown. */
  async function create(key: Key, by: Origination, repeat: Idempotency | null): Promise<Creation> {
    const account = owner.account();
    if (account === null) return { kind: "not_found" };
    const begun = tables.stateOf(storage, key);
    const made = begun === "live" ? load(key.id) : null;
    // The same call again, after the object was lost with its answer.
    if (made !== null) return done(made);
    const repeated = findRepeat(storage, repeat, load);
    if (repeated.kind !== "not_found") return repeated;
    if (begun === null && tables.hasKey(storage, key.id)) return { kind: "taken" };
    if (begun === null && tables.holdsImported(storage, key)) {
      return { kind: "conflict", message: "the account has an unrevoked key of this hash" };
    }
    storage.transactionSync(() => {
      if (begun === null) tables.insertKey(storage, key);
      if (repeat !== null) rememberMade(storage, repeat, key.id, key.createdAtMs);
    });
    const installed = await tryInstall(targets, composeRecord(account, key));
    if (installed !== "installed") return abandonKey(storage, key.id, repeat, installed);
    const record = await log.commit(by, () => {
      const now = owner.account() ?? account;
      const write = (): void => {
        tables.markKey(storage, key.id, "live");
        // The account may have changed since the key was installed with what it said then.
        outbox.markBehind(storage, key.id, now.version === account.version ? "kv" : "object");
      };
      const entry = entryOf("key.create", key.id, null, describeKey(key));
      return { entry, write, value: composeRecord(now, key) };
    });
    await spreader.spreadKey(key.id);
    if (record === null) throw new Error("a creation is always committed");
    return done(record);
  }

  return {
    load,
    create: (key, by, repeat) =>
      repeat === null ? create(key, by, null) : takeTurn(() => create(key, by, repeat)),
    async change(keyId, change, by) {
      if (owner.account() === null) return { kind: "not_found" };
      let refused: "not_found" | "conflict" | null = null;
      await log.commit(by, () => {
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
      await spreader.spreadKey(keyId);
      const record = load(keyId);
      return record === null ? { kind: "not_found" } : done(record);
    },
    list({ active, limit, cursor }) {
      const found = tables.listKeys(storage, startOf(cursor), limit + 1, active);
      const { rows, nextCursor } = cutPage(found, limit);
      return { keys: rows.map(({ key }) => key), nextCursor };
    },
    async rewrite(keyId) {
      if (owner.account() === null || tables.loadKey(storage, keyId) === null) return;
      if (outbox.stepOf(storage, keyId) !== null || !mayRewrite(keyId, Date.now())) return;
      outbox.markBehind(storage, keyId, "kv");
      await spreader.spreadKey(keyId);
    },
  };
}

/**
 * Brings an account's changes everywhere: each key's object first, KV second, the directory beside
 * them. Idempotent, in batches; what fails stays in the outbox for the next run.
 */
import { composeRecord, type Account, type KeyRecord } from "../core/record.ts";
import * as tables from "./account-tables.ts";
import * as outbox from "./outbox-tables.ts";
import type { InstallResult } from "./key-state.ts";

/** Where changes go. Each call rejects when its target cannot be reached. */
export interface SpreadTargets {
  install(record: KeyRecord): Promise<InstallResult>;
  /** Answers with the entry of the keyring that has sealed imported texts. */
  saveToKv(record: KeyRecord): Promise<string>;
  saveToDirectory(account: Account): Promise<void>;
}

/** Keys in one batch: with an object call each, far below a Worker's call limit. */
const BATCH = 100;

/** Installs the keys that wait for their object, one batch of single ones and one of a sweep. */
export async function spreadToObjects(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
): Promise<void> {
  await Promise.all(
    outbox.listBehind(storage, "object", BATCH).map(async (keyId) => {
      const key = tables.loadKey(storage, keyId);
      if (key === null) return outbox.clearBehind(storage, keyId);
      if (!(await succeeds(targets.install(composeRecord(account, key))))) return;
      if (isCurrent(storage, keyId, key.version)) outbox.markBehind(storage, keyId, "kv");
    }),
  );
  await sweep(storage, account, targets);
}

/** Tells one batch of keys that the account changed; those that cannot be reached wait singly. */
async function sweep(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
): Promise<void> {
  const below = outbox.loadSweep(storage);
  if (below === null) return;
  const batch = tables.listKeys(storage, below, BATCH, true);
  const confirmed = await Promise.all(
    batch.map(({ key }) => succeeds(targets.install(composeRecord(account, key)))),
  );
  // A later change of the account starts the sweep anew: this batch's outcome says nothing then.
  if (tables.loadAccount(storage)?.version !== account.version) return;
  const last = batch.at(-1)?.seq ?? null;
  storage.transactionSync(() => {
    for (const [index, { key }] of batch.entries()) {
      if (!isCurrent(storage, key.id, key.version)) continue;
      outbox.markBehind(storage, key.id, confirmed[index] === true ? "kv" : "object");
    }
    outbox.saveSweep(storage, batch.length < BATCH ? null : last);
  });
}

/** Writes one batch of records to KV. */
export async function spreadToKv(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
): Promise<void> {
  await Promise.all(
    outbox.listBehind(storage, "kv", BATCH).map(async (keyId) => {
      const key = tables.loadKey(storage, keyId);
      if (key !== null) {
        const sealedBy = await attempt(targets.saveToKv(composeRecord(account, key)));
        if (sealedBy === null || !isCurrent(storage, keyId, key.version)) return;
        const imported = key.texts.some(({ entry }) => entry === null);
        if (imported) tables.saveSealedBy(storage, keyId, sealedBy);
      }
      outbox.clearBehind(storage, keyId);
    }),
  );
}

/** Brings the account's row in the directory up to date. */
export async function spreadToDirectory(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
): Promise<void> {
  if (!outbox.isDirectoryBehind(storage)) return;
  const saved = await succeeds(targets.saveToDirectory(account));
  const current = tables.loadAccount(storage)?.version === account.version;
  if (saved && current) outbox.markDirectory(storage, false);
}

function isCurrent(storage: DurableObjectStorage, keyId: string, version: number): boolean {
  return tables.loadKey(storage, keyId)?.version === version;
}

async function succeeds(call: Promise<unknown>): Promise<boolean> {
  return (await attempt(call.then(() => true))) !== null;
}

/** What a call came to, `null` when it failed. */
async function attempt<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch {
    return null;
  }
}

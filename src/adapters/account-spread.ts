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
/** How many of them may be single ones: those that fail for good must not hold a sweep up. */
const MAX_SINGLE = 50;

/** Installs one batch of keys: those that wait for their object singly, then some of a sweep. */
export async function spreadToObjects(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
): Promise<void> {
  const single = outbox.listBehind(storage, "object", MAX_SINGLE);
  await Promise.all(single.map((keyId) => spreadKeyToObject(storage, account, targets, keyId)));
  await sweep(storage, account, targets, BATCH - single.length);
}

/** Installs one key, if it waits for that; `overtaken` by a change that came meanwhile. */
export async function spreadKeyToObject(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
  keyId: string,
): Promise<"overtaken" | "done" | "failed"> {
  if (outbox.stepOf(storage, keyId) !== "object") return "done";
  const key = tables.loadKey(storage, keyId);
  if (key === null) {
    outbox.clearBehind(storage, keyId);
    return "done";
  }
  if (!(await succeeds(targets.install(composeRecord(account, key))))) return "failed";
  if (!isCurrent(storage, keyId, key.version)) return "overtaken";
  outbox.markBehind(storage, keyId, "kv");
  return "done";
}

/** Tells a number of keys that the account changed; those that cannot be reached wait singly. */
async function sweep(
  storage: DurableObjectStorage,
  account: Account,
  targets: SpreadTargets,
  limit: number,
): Promise<void> {
  const below = outbox.loadSweep(storage);
  if (below === null) return;
  // One more than is told now: whether there is one says whether this batch is the last.
  const found = tables.listKeys(storage, below, limit + 1, true);
  const batch = found.slice(0, limit);
  const confirmed = await Promise.all(
    batch.map(({ key }) => succeeds(targets.install(composeRecord(account, key)))),
  );
  // A later change of the account starts the sweep anew: this batch's outcome says nothing then.
  if (!isCurrentAccount(storage, account)) return;
  const next = found.length > limit ? (batch.at(-1)?.seq ?? null) : null;
  storage.transactionSync(() => {
    for (const [index, { key }] of batch.entries()) {
      if (!isCurrent(storage, key.id, key.version)) continue;
      outbox.markBehind(storage, key.id, confirmed[index] === true ? "kv" : "object");
    }
    outbox.saveSweep(storage, next, batch.length);
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
        // The account may have changed meanwhile, and what was written says what it was before.
        if (!isCurrentAccount(storage, account)) return;
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
  if (saved && isCurrentAccount(storage, account)) outbox.markDirectory(storage, false);
}

function isCurrent(storage: DurableObjectStorage, keyId: string, version: number): boolean {
  return tables.loadKey(storage, keyId)?.version === version;
}

function isCurrentAccount(storage: DurableObjectStorage, { version }: Account): boolean {
  return tables.loadAccount(storage)?.version === version;
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

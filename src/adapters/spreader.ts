/**
 * Runs an account's outbox: now, when something was put there, and by the object's alarm until nothing
 * is left. Objects and the directory are waited for, KV is not; never more than one run at a time.
 */
import type { Account } from "../core/record.ts";
import {
  spreadToDirectory,
  spreadToKv,
  spreadToObjects,
  type SpreadTargets,
} from "./account-spread.ts";
import * as outbox from "./outbox-tables.ts";
import { createTurns } from "./turns.ts";

export interface Spreader {
  /** Confirms what is behind with the keys' objects and the directory; KV follows. */
  spread(): Promise<void>;
  /** Sees to it that the alarm comes while anything is behind. */
  ensureAlarm(): Promise<void>;
  /** What the alarm does. Never rejects for a target that cannot be reached. */
  retry(): Promise<void>;
}

/** Batches of keys that are told of an account's change before its caller is answered. */
const BATCHES_IN_CALL = 4;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;

/** The runner of one account object's outbox. */
export function createSpreader(
  ctx: DurableObjectState,
  targets: SpreadTargets,
  currentAccount: () => Account | null,
): Spreader {
  const { storage } = ctx;
  const takeTurn = createTurns();
  let failures = 0;

  /** Runs a task after those before it, so that KV never gets an older record after a newer one. */
  function inTurn(task: (account: Account) => Promise<void>): Promise<void> {
    return takeTurn(() => runWithAccount(task));
  }

  async function runWithAccount(task: (account: Account) => Promise<void>): Promise<void> {
    const account = currentAccount();
    if (account !== null) await task(account);
  }

  async function confirm(): Promise<void> {
    for (let batch = 0; batch < BATCHES_IN_CALL; batch += 1) {
      await inTurn((account) => spreadToObjects(storage, account, targets));
      if (outbox.loadSweep(storage) === null) break;
    }
    await inTurn((account) => spreadToDirectory(storage, account, targets));
  }

  function follow(): Promise<void> {
    return inTurn((account) => spreadToKv(storage, account, targets));
  }

  async function spread(): Promise<void> {
    if (currentAccount() === null || !outbox.isBehind(storage)) return;
    await ensureAlarm();
    await confirm();
    ctx.waitUntil(follow());
  }

  async function ensureAlarm(): Promise<void> {
    if (!outbox.isBehind(storage) || (await storage.getAlarm()) !== null) return;
    await storage.setAlarm(Date.now() + Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS));
  }

  async function retry(): Promise<void> {
    if (currentAccount() === null) return;
    const before = outbox.countBehind(storage);
    await confirm();
    await follow();
    const progress = outbox.loadSweep(storage) !== null || outbox.countBehind(storage) < before;
    // What makes progress is no failure: the next batches follow at once.
    if (outbox.isBehind(storage) && progress) {
      failures = 0;
      return storage.setAlarm(Date.now());
    }
    failures = outbox.isBehind(storage) ? failures + 1 : 0;
    await ensureAlarm();
  }

  return { spread, ensureAlarm, retry };
}

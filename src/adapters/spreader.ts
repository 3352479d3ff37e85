/**
 * Runs an account's outbox: now, when something was put there, and by the object's alarm until nothing
 * is left. Objects and the directory are waited for, KV is not; of each never more than one run at a time.
 */
import type { Account } from "../core/record.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import {
  spreadKeyToObject,
  spreadToDirectory,
  spreadToKv,
  spreadToObjects,
  type SpreadTargets,
} from "./account-spread.ts";
import { logToConsole } from "./console-log.ts";
import * as outbox from "./outbox-tables.ts";
import { createTurns, type Turns } from "./turns.ts";

export interface Spreader {
  /** Confirms what is behind with the keys' objects and the directory; KV follows. */
  spread(): Promise<void>;
  /** Confirms one key with its object, without waiting for others; those and KV follow. */
  spreadKey(keyId: string): Promise<void>;
  /** Sees to it that the alarm comes soon while anything is behind. */
  ensureAlarm(): Promise<void>;
  /** What the alarm does. Never rejects: the platform gives up on an alarm that goes on failing. */
  retry(): Promise<void>;
}

/** Batches of keys that are told of an account's change before its caller is answered. */
const BATCHES_IN_CALL = 4;
/** How often a change of a key waits for others of the same key that have overtaken it. */
const ATTEMPTS_IN_CALL = 5;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;

/** The runner of one account object's outbox. */
export function createSpreader(
  ctx: DurableObjectState,
  targets: SpreadTargets,
  currentAccount: () => Account | null,
  alarm: AlarmClock,
): Spreader {
  const { storage } = ctx;
  /** Runs one after another, so that KV never gets an older record after a newer one. */
  const kvTurn = createTurns();
  /** Turns of their own: while KV is slow, what has to be in force at once does not wait for it. */
  const objectTurn = createTurns();
  let failures = 0;

  function inTurn<T>(
    takeTurn: Turns,
    task: (account: Account) => Promise<T>,
  ): Promise<T | undefined> {
    return takeTurn(async () => {
      const account = currentAccount();
      return account === null ? undefined : task(account);
    });
  }

  async function confirm(): Promise<void> {
    for (let batch = 0; batch < BATCHES_IN_CALL; batch += 1) {
      await inTurn(objectTurn, (account) => spreadToObjects(storage, account, targets));
      if (outbox.loadSweep(storage) === null) break;
    }
    await inTurn(objectTurn, (account) => spreadToDirectory(storage, account, targets));
  }

  function follow(): Promise<void> {
    return inTurn(kvTurn, (account) => spreadToKv(storage, account, targets));
  }

  async function spread(): Promise<void> {
    if (currentAccount() === null || !outbox.isBehind(storage)) return;
    await ensureAlarm();
    await confirm();
    ctx.waitUntil(follow());
  }

  async function spreadKey(keyId: string): Promise<void> {
    if (currentAccount() === null || outbox.stepOf(storage, keyId) === null) return;
    await ensureAlarm();
    for (let attempt = 0; attempt < ATTEMPTS_IN_CALL; attempt += 1) {
      const outcome = await inTurn(objectTurn, (account) =>
        spreadKeyToObject(storage, account, targets, keyId),
      );
      // The change that has overtaken this one has its turn next, and is not told as this one's delay.
      if (outcome !== "overtaken") break;
    }
    ctx.waitUntil(follow());
  }

  /** A new change is not made to wait for an alarm that older failures have put off. */
  async function ensureAlarm(): Promise<void> {
    if (outbox.isBehind(storage)) await alarm.set(Date.now() + FIRST_RETRY_MS);
  }

  async function retry(): Promise<void> {
    if (currentAccount() === null) return;
    const before = outbox.countSteps(storage);
    try {
      await confirm();
      await follow();
    } catch (error) {
      const name = error instanceof Error ? error.name : "unknown";
      logToConsole("error", "account_spread_failed", { error: name });
    }
    // What makes progress is no failure: the next batches follow at once.
    failures = outbox.countSteps(storage) < before ? 0 : failures + 1;
    if (!outbox.isBehind(storage)) failures = 0;
    else await alarm.set(Date.now() + (failures === 0 ? 0 : delayAfter(failures)));
  }

  return { spread, spreadKey, ensureAlarm, retry };
}

function delayAfter(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
}

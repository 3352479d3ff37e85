/**
 * Goes through all accounts for the keyring, a batch in each alarm: counts what needs each entry, and
 * re-encrypts if asked to. How far it is stands in one row, so a crash repeats one batch at most, which
 * changes nothing twice. An account that cannot be reached holds up the end, not the others.
 */
import type { Origination } from "../core/audit.ts";
import { addNeeds, isLeftToReencrypt } from "../core/entry-needs.ts";
import type { KeyringUse, Reencryption } from "../core/ports.ts";
import type { KeyringCall, KeyringVisit } from "./account-keyring.ts";
import * as tables from "./keyring-pass-tables.ts";
import { createTurns } from "./turns.ts";

export interface KeyringPass {
  /** What is known; where it is old, a new count is begun, whose first batch is waited for. */
  read(): Promise<KeyringUse>;
  /** Begins a re-encryption, unless it goes on already or a count finds nothing left to do. */
  reencrypt(entry: string, by: Origination): Promise<KeyringUse>;
  /** Sees to it that the alarm comes while a pass goes on. */
  ensureAlarm(): Promise<void>;
  /** What the alarm does. Never rejects for an account that cannot be reached. */
  resume(): Promise<void>;
}

/** Visits an account's object. Rejects when it cannot be reached; `null`: it is not ready. */
export type VisitAccount = (accountId: string, call: KeyringCall) => Promise<KeyringVisit | null>;

/** Accounts in a batch. One that re-encrypts makes calls of its own, to dozens of keys. */
const COUNTED_ACCOUNTS = 100;
const REENCRYPTED_ACCOUNTS = 20;
/** How long a count that takes more than a batch is not made again. */
const COUNT_KEPT_MS = 60_000;
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 300_000;
const START: tables.AccountPosition = { createdAtMs: -1, id: "" };

/** The pass of the directory's object. */
export function createKeyringPass(
  { storage }: DurableObjectState,
  visitAccount: VisitAccount,
): KeyringPass {
  const inTurn = createTurns();
  let failures = 0;

  async function begin(reencrypt: tables.Pass["reencrypt"]): Promise<void> {
    const fresh = { cursor: START, takenUp: 0, needs: [], reencrypted: 0, failed: 0 };
    const pass = { startedAtMs: Date.now(), reencrypt, ...fresh };
    storage.transactionSync(() => {
      tables.clearAllUnfinished(storage);
      tables.saveState(storage, { ...tables.loadState(storage), pass });
    });
    failures = 0;
    await storage.setAlarm(Date.now() + (reencrypt === null ? FIRST_RETRY_MS : 0));
  }

  async function count(): Promise<void> {
    await begin(null);
    await step();
  }

  /** Visits one batch of accounts and stores what it came to. */
  async function step(): Promise<void> {
    const { pass } = tables.loadState(storage);
    if (pass === null) return;
    const size = pass.reencrypt === null ? COUNTED_ACCOUNTS : REENCRYPTED_ACCOUNTS;
    const again = tables.listUnfinished(storage, size / 2);
    const wanted = size - again.length;
    const taken = tables.listAccountsAfter(storage, pass.cursor, wanted);
    const visits = [...again, ...taken.map(({ id }) => ({ account: id, after: 0 }))];
    const made = await Promise.all(visits.map((visit) => attempt(visit, pass.reencrypt)));
    const progress = storage.transactionSync(() => {
      const sums = made.reduce(addVisit, pass);
      const cursor = taken.at(-1) ?? pass.cursor;
      const next = { ...sums, cursor, takenUp: pass.takenUp + taken.length };
      visits.forEach((visit, index) => note(visit, made[index] ?? null));
      save(next, taken.length < wanted);
      return visits.some(({ after }, index) => {
        const visit = made[index] ?? null;
        return visit !== null && visit.next !== after;
      });
    });
    await schedule(progress);
  }

  function note({ account, after }: tables.Visit, visit: KeyringVisit | null): void {
    const next = visit === null ? after : visit.next;
    if (next === null) tables.clearUnfinished(storage, account);
    else tables.saveUnfinished(storage, { account, after: next });
  }

  /** Ends a pass that was with every account. */
  function save(pass: tables.Pass, allTaken: boolean): void {
    const state = tables.loadState(storage);
    if (!allTaken || tables.countUnfinished(storage) > 0) {
      return tables.saveState(storage, { ...state, pass });
    }
    if (pass.takenUp !== tables.countAccounts(storage)) {
      // An account was listed before the place that the pass had reached: count them all again.
      const again = { ...pass, cursor: START, takenUp: 0, needs: [], failed: 0 };
      return tables.saveState(storage, { ...state, pass: again });
    }
    const ended = describe(pass, Date.now()) ?? state.ended;
    const { startedAtMs: asOfMs, needs } = pass;
    tables.saveState(storage, { pass: null, count: { asOfMs, needs }, ended });
  }

  async function schedule(progress: boolean): Promise<void> {
    if (tables.loadState(storage).pass === null) return storage.deleteAlarm();
    failures = progress ? 0 : failures + 1;
    const delayMs = Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
    await storage.setAlarm(Date.now() + (progress ? 0 : delayMs));
  }

  async function attempt(
    { account, after }: tables.Visit,
    reencrypt: tables.Pass["reencrypt"],
  ): Promise<KeyringVisit | null> {
    try {
      return await visitAccount(account, { after, reencrypt });
    } catch {
      return null;
    }
  }

  function describe(pass: tables.Pass | null, finishedAtMs: number | null): Reencryption | null {
    if (pass === null || pass.reencrypt === null) return null;
    const { startedAtMs, reencrypted, failed, takenUp } = pass;
    const accountsDone = takenUp - tables.countUnfinished(storage);
    const accounts = tables.countAccounts(storage);
    const { entry } = pass.reencrypt;
    return { entry, startedAtMs, finishedAtMs, accounts, accountsDone, reencrypted, failed };
  }

  function report(): KeyringUse {
    const { pass, count: last, ended } = tables.loadState(storage);
    return { count: last, counting: pass !== null, reencryption: describe(pass, null) ?? ended };
  }

  function isOld(): boolean {
    const { pass, count: last } = tables.loadState(storage);
    if (pass !== null) return false;
    if (last === null || tables.countAccounts(storage) <= COUNTED_ACCOUNTS) return true;
    return Date.now() - last.asOfMs >= COUNT_KEPT_MS;
  }

  return {
    async read() {
      if (isOld()) await inTurn(async () => (isOld() ? count() : undefined));
      return report();
    },
    async reencrypt(entry, by) {
      await inTurn(async () => {
        const { pass } = tables.loadState(storage);
        if (pass?.reencrypt?.entry === entry) return;
        if (pass === null) await count();
        const { pass: goesOn, count: made } = tables.loadState(storage);
        const nothingLeft = goesOn === null && !isLeftToReencrypt(made?.needs ?? [], entry);
        if (!nothingLeft) await begin({ entry, by });
      });
      return report();
    },
    async ensureAlarm() {
      if (tables.loadState(storage).pass === null || (await storage.getAlarm()) !== null) return;
      await storage.setAlarm(Date.now());
    },
    resume: () => inTurn(step),
  };
}

function addVisit(pass: tables.Pass, visit: KeyringVisit | null): tables.Pass {
  if (visit === null) return pass;
  return {
    ...pass,
    needs: addNeeds(pass.needs, visit.needs),
    reencrypted: pass.reencrypted + visit.reencrypted,
    failed: pass.failed + visit.failed,
  };
}

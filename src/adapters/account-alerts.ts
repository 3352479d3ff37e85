/**
 * The alerts of an account in its object: gathers what its keys' objects tell, judges the rules by it, and
 * keeps what they find. One packed row is written once a minute at most, with the events together; what
 * was told since may be lost with the object. Once in a day it goes over the account's keys for their ages.
 */
import { readAges } from "../core/alert-ages.ts";
import { DIGEST_FORMAT, type DigestMessage } from "../core/alert-digest.ts";
import { advance, evaluate, nextEndMs, type Evaluation } from "../core/alert.ts";
import type { Webhook } from "../core/webhook.ts";
import { earliest, type AlarmClock } from "./alarm-clock.ts";
import { createAlertDeliveries, type DeliveryPorts } from "./alert-deliveries.ts";
import * as outbox from "./alert-outbox.ts";
import * as tables from "./alert-tables.ts";
import { logToConsole } from "./console-log.ts";

export interface AccountAlerts {
  readonly settings: tables.StoredSettings;
  /**
   * Stores other settings, synchronously, as a part of the caller's transaction. Where events are not sent
   * any more, those that wait become `unsent`.
   */
  write(settings: tables.StoredSettings, unsent?: "none" | "failed"): void;
  /** Takes up settings that were stored. */
  take(settings: tables.StoredSettings): void;
  /** Takes what a key's object tells. */
  note(message: DigestMessage): Promise<void>;
  /** Sees to it that the alarm comes when there is something to do. */
  ensureAlarm(): Promise<void>;
  /** Judges by the time that has passed and sends what is due. Never rejects. */
  tick(accountId: string): Promise<void>;
}

/** How often what is known is written. */
const SAVE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Keys whose ages are judged in one alarm. */
const PASS_KEYS = 500;

/** The alerts in the storage of an account's object, whose tables are there when they are used. */
export function createAccountAlerts(
  ctx: DurableObjectState,
  alarm: AlarmClock,
  ports: DeliveryPorts,
): AccountAlerts {
  const { storage } = ctx;
  const { sql } = storage;
  let settings: tables.StoredSettings | null = null;
  let known: tables.KnownUse | null = null;
  let isUnsaved = false;
  let savedAtMs = 0;
  const deliveries = createAlertDeliveries(ctx, ports, findWebhook);

  function loadSettings(): tables.StoredSettings {
    settings ??= tables.loadSettings(sql);
    return settings;
  }

  /** Where to send, `null` for nowhere. */
  function findWebhook(): Webhook | null {
    const { webhook } = loadSettings();
    return webhook?.enabled === true ? webhook : null;
  }

  function loadKnown(): tables.KnownUse {
    known ??= tables.loadKnown(sql);
    return known;
  }

  /** Keeps what the rules came to; what they have found is stored at once, with all that is known. */
  function keep({ state, events }: Evaluation, nowMs: number): void {
    known = { ...loadKnown(), state };
    isUnsaved = true;
    const isFresh = nowMs >= savedAtMs && nowMs < savedAtMs + SAVE_MS;
    if (events.length > 0 || !isFresh) save(events, nowMs);
  }

  function save(events: Evaluation["events"], nowMs: number): void {
    const next = loadKnown();
    // What could not be stored is found again, so that it is told.
    known = null;
    storage.transactionSync(() => {
      tables.saveKnown(sql, next);
      outbox.addEvents(sql, events, findWebhook() === null ? "none" : "pending");
    });
    known = next;
    isUnsaved = false;
    savedAtMs = nowMs;
  }

  function dueAtMs(): number | null {
    const { state, passedAtMs, passAfter } = loadKnown();
    const passAtMs = passAfter === null ? passedAtMs + DAY_MS : Date.now();
    const saveAtMs = isUnsaved ? savedAtMs + SAVE_MS : null;
    return earliest(passAtMs, nextEndMs(state), saveAtMs, outbox.nextDueMs(sql));
  }

  function ensureAlarm(): Promise<void> {
    return alarm.set(dueAtMs());
  }

  /** Judges the ages of the next keys, and of those of which something was found, whatever became of them. */
  function pass(nowMs: number): void {
    const { rules } = loadSettings();
    const before = loadKnown();
    const { state, knownSinceMs, passAfter } = before;
    const isFirst = passAfter === null;
    const found = isFirst ? Object.values(state.ongoing).map(({ key }) => key) : [];
    const again = found.flatMap((key) =>
      key === null ? [] : (tables.loadKnownKey(sql, key) ?? []),
    );
    const page = tables.listKnownKeys(sql, passAfter ?? 0, PASS_KEYS);
    const readings = readAges(rules, [...again, ...page], knownSinceMs, nowMs);
    const judged = advance(rules, state, readings, nowMs);
    known = {
      ...before,
      state: judged.state,
      passedAtMs: isFirst ? nowMs : before.passedAtMs,
      passAfter: page.length < PASS_KEYS ? null : (page.at(-1)?.seq ?? null),
    };
    save(judged.events, nowMs);
  }

  function judge(nowMs: number): void {
    const { state, passedAtMs, passAfter } = loadKnown();
    const goesOn = Object.keys(state.ongoing).length > 0;
    if (goesOn) keep(evaluate(loadSettings().rules, state, null, nowMs), nowMs);
    if (passAfter !== null || nowMs >= passedAtMs + DAY_MS) pass(nowMs);
    if (isUnsaved && nowMs >= savedAtMs + SAVE_MS) save([], nowMs);
  }

  return {
    get settings() {
      return loadSettings();
    },
    write(next, unsent = "none") {
      tables.saveSettings(sql, next);
      if (next.webhook?.enabled !== true) outbox.settleAll(sql, unsent);
    },
    take(next) {
      settings = next;
    },
    async note(message) {
      if (message.format !== DIGEST_FORMAT) throw new Error("unknown message format");
      const nowMs = Date.now();
      const isUsed = Object.keys(message.digest.requests).length > 0;
      if (isUsed) tables.markActive(sql, message.key, nowMs);
      keep(evaluate(loadSettings().rules, loadKnown().state, message, nowMs), nowMs);
      await ensureAlarm();
    },
    ensureAlarm: () => logFailure(null, ensureAlarm),
    async tick(accountId) {
      // What cannot be judged holds up nothing that is to be sent, and neither of them the next alarm.
      for (const step of [judge, (nowMs: number) => deliveries.begin(accountId, nowMs)]) {
        await logFailure(accountId, () => step(Date.now()));
      }
      await logFailure(accountId, ensureAlarm);
    },
  };
}

/** Alerts never stand in the way of what else an account's object does. */
async function logFailure(
  accountId: string | null,
  work: () => void | Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    logToConsole("error", "alerts_failed", { account: accountId, error: name });
  }
}

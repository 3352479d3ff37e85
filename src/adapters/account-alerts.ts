/**
 * The alerts of an account in its object: gathers what its keys' objects tell, judges the rules by it, and
 * keeps what they find. One packed row is written once a minute at most, with the events together; what
 * was told since may be lost with the object. Once in a day it goes over the account's keys for their ages.
 */
import { readAges } from "../core/alert-ages.ts";
import { DIGEST_FORMAT, type DigestMessage } from "../core/alert-digest.ts";
import { advance, evaluate, nextEndMs, type Evaluation } from "../core/alert.ts";
import type { Origination } from "../core/audit.ts";
import type { AlertEventPage, AlertSettings } from "../core/ports.ts";
import { earliest, type AlarmClock } from "./alarm-clock.ts";
import * as tables from "./alert-tables.ts";
import { entryOf } from "./audit-entry.ts";
import type { AuditLog } from "./audit-log.ts";
import { logToConsole } from "./console-log.ts";
import { cutPage, startOf } from "./page.ts";

export interface AccountAlerts {
  /** Takes what a key's object tells. */
  note(message: DigestMessage): Promise<void>;
  readonly settings: AlertSettings;
  /** Sets the rules anew, with an entry of the audit log, and judges by them. */
  replace(accountId: string, settings: AlertSettings, by: Origination): Promise<void>;
  listEvents(query: { readonly limit: number; readonly cursor: string | null }): AlertEventPage;
  /** Sees to it that the alarm comes when there is something to do. */
  ensureAlarm(): Promise<void>;
  /** What the alarm does. Never rejects. */
  tick(): Promise<void>;
}

/** How often what is known is written. */
const SAVE_MS = 60_000;
const DAY_MS = 86_400_000;
/** Keys whose ages are judged in one alarm. */
const PASS_KEYS = 500;

/** The alerts in the storage of an account's object, whose tables are there when they are used. */
export function createAccountAlerts(
  storage: DurableObjectStorage,
  alarm: AlarmClock,
  log: AuditLog,
): AccountAlerts {
  const { sql } = storage;
  let settings: AlertSettings | null = null;
  let known: tables.KnownUse | null = null;
  let isUnsaved = false;
  let savedAtMs = 0;

  function loadSettings(): AlertSettings {
    settings ??= tables.loadSettings(sql);
    return settings;
  }

  function loadKnown(): tables.KnownUse {
    known ??= tables.loadKnown(sql);
    return known;
  }

  /** Keeps what the rules came to; what they have found is stored at once, with all that is known. */
  function keep({ state, events }: Evaluation, nowMs: number): void {
    const next = { ...loadKnown(), state };
    known = next;
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
      tables.addEvents(sql, events);
    });
    known = next;
    isUnsaved = false;
    savedAtMs = nowMs;
  }

  function dueAtMs(): number | null {
    const { state, passedAtMs, passAfter } = loadKnown();
    const passAtMs = passAfter === null ? passedAtMs + DAY_MS : Date.now();
    return earliest(passAtMs, nextEndMs(state), isUnsaved ? savedAtMs + SAVE_MS : null);
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

  function judge(): void {
    const nowMs = Date.now();
    const { state, passedAtMs, passAfter } = loadKnown();
    const goesOn = Object.keys(state.ongoing).length > 0;
    if (goesOn) keep(evaluate(loadSettings().rules, state, null, nowMs), nowMs);
    if (passAfter !== null || nowMs >= passedAtMs + DAY_MS) pass(nowMs);
    if (isUnsaved && nowMs >= savedAtMs + SAVE_MS) save([], nowMs);
  }

  return {
    async note(message) {
      if (message.format !== DIGEST_FORMAT) throw new Error("unknown message format");
      const nowMs = Date.now();
      tables.markActive(sql, message.key, nowMs);
      keep(evaluate(loadSettings().rules, loadKnown().state, message, nowMs), nowMs);
      await ensureAlarm();
    },
    get settings() {
      return loadSettings();
    },
    async replace(accountId, next, by) {
      await log.commit(by, () => {
        const [before, after] = [loadSettings(), next].map(describe);
        if (JSON.stringify(before) === JSON.stringify(after)) return null;
        const write = (): void => tables.saveSettings(sql, next);
        const stored = (): void => void (settings = next);
        const entry = entryOf("account.alerts", accountId, before ?? null, { ...after });
        return { entry, write, stored, value: null };
      });
      const nowMs = Date.now();
      keep(evaluate(next.rules, loadKnown().state, null, nowMs), nowMs);
      await ensureAlarm();
    },
    listEvents({ limit, cursor }) {
      const { rows, nextCursor } = cutPage(
        tables.listEvents(sql, startOf(cursor), limit + 1),
        limit,
      );
      return { events: rows, nextCursor };
    },
    ensureAlarm,
    async tick() {
      try {
        judge();
        await ensureAlarm();
      } catch (error) {
        const name = error instanceof Error ? error.name : "unknown";
        logToConsole("error", "alerts_failed", { error: name });
      }
    },
  };
}

/** Alerts as the audit log shows them. */
function describe({ rules }: AlertSettings): Readonly<Record<string, unknown>> {
  return { ...rules };
}

/**
 * Time that stands still until it is moved. Alarms of objects and timers of seconds wait here and fire
 * in order as it passes them; short timers, which are deadlines, stay real.
 */

/** An object that may have an alarm: its namespace's binding and its id. */
export interface AlarmTarget {
  readonly binding: string;
  readonly id: string;
  dueMs: number | null;
}

interface Timer {
  readonly dueMs: number;
  readonly run: () => void;
}

/** 2026-11-20T12:00:00Z */
let nowMs = 1_795_176_000_000;
const alarms = new Set<AlarmTarget>();
const timers = new Map<number, Timer>();
let lastTimer = 0;

/** Deadlines are shorter. */
const VIRTUAL_FROM_MS = 2000;
const WAITING_MS = 500;

/** The virtual time, epoch milliseconds. */
export function virtualNow(): number {
  return nowMs;
}

/** Sets or, with `null`, clears an object's alarm. */
export function scheduleAlarm(target: AlarmTarget, dueMs: number | null): void {
  target.dueMs = dueMs;
  if (dueMs === null) alarms.delete(target);
  else alarms.add(target);
}

/** Moves time forward, never back, and lets fire what was due until then. */
export async function advanceTo(
  toMs: number,
  fire: (alarm: AlarmTarget) => Promise<void>,
): Promise<void> {
  for (;;) {
    const alarm = earliest(alarms, toMs, ({ dueMs }) => dueMs);
    const timer = earliest(timers.entries(), toMs, ([, { dueMs }]) => dueMs);
    if (alarm === null && timer === null) break;
    if (timer !== null && (alarm === null || timer[1].dueMs <= (alarm.dueMs ?? 0))) {
      timers.delete(timer[0]);
      nowMs = Math.max(nowMs, timer[1].dueMs);
      timer[1].run();
      await new Promise<void>((resolve) => realSetTimeout(resolve, 1));
    } else if (alarm !== null) {
      nowMs = Math.max(nowMs, alarm.dueMs ?? 0);
      scheduleAlarm(alarm, null);
      await fire(alarm);
    }
  }
  nowMs = Math.max(nowMs, toMs);
}

const realSetTimeout = globalThis.setTimeout.bind(globalThis);
const realClearTimeout = globalThis.clearTimeout.bind(globalThis);

/** Puts long timers of the isolate under virtual time. */
export function replaceTimers(): void {
  Object.assign(globalThis, { setTimeout: setVirtual, clearTimeout: clearVirtual });
}

function setVirtual(run: () => void, delayMs = 0): unknown {
  if (delayMs < VIRTUAL_FROM_MS) return realSetTimeout(run, delayMs);
  lastTimer -= 1;
  const timer = lastTimer;
  timers.set(timer, { dueMs: nowMs + delayMs, run });
  keepWaiting(timer);
  return timer;
}

/** The runtime ends a request that waits for nothing it knows of, so a real timer waits along. */
function keepWaiting(timer: number): void {
  realSetTimeout(() => {
    if (timers.has(timer)) keepWaiting(timer);
  }, WAITING_MS);
}

function clearVirtual(id: number | null): void {
  if (typeof id !== "number" || !timers.delete(id)) realClearTimeout(id);
}

function earliest<T>(
  items: Iterable<T>,
  untilMs: number,
  dueOf: (item: T) => number | null,
): T | null {
  let found: T | null = null;
  let foundMs = untilMs;
  for (const item of items) {
    const dueMs = dueOf(item);
    if (dueMs !== null && dueMs <= foundMs) [found, foundMs] = [item, dueMs];
  }
  return found;
}

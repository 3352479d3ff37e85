/**
 * The counts of an account's `shared_limits` in its object: one row, written ahead in blocks like those of
 * a key. Nothing is stored for an account that shares no limits.
 */
import {
  returnShared,
  takeShared,
  type SharedReturn,
  type SharedTaken,
} from "../core/shared-limits.ts";
import type { Limits } from "../core/window.ts";
import type { Counts } from "../core/write-ahead.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import { createCounter, type Counter } from "../core/counter.ts";

/** The table; a part of the account's schema. */
export const SHARED_TABLE = "CREATE TABLE shared (id INTEGER PRIMARY KEY, body TEXT NOT NULL);";

export interface SharedCounts {
  /** Takes from every window or from none; 0 only reads. */
  take(limits: Limits | null, cost: number): SharedTaken;
  /** Gives back what was taken for a request that was not admitted. */
  giveBack(limits: Limits | null, returned: SharedReturn): SharedTaken;
  /** Gives back the rest of a block once nothing is admitted any more. */
  rest(): Promise<void>;
}

const NOTHING: Counts = { windows: [], requestCount: 0 };

/** The counts in an account's storage, whose tables are there. */
export function createSharedCounts(ctx: DurableObjectState, alarm: AlarmClock): SharedCounts {
  const { storage } = ctx;
  let counter: Counter<Counts> | null = null;

  function load(): Counter<Counts> {
    counter ??= createCounter(loadCounts(storage));
    return counter;
  }

  function store(mark: Counts | null): void {
    if (mark === null) return;
    storage.sql.exec("INSERT OR REPLACE INTO shared VALUES (1, ?)", JSON.stringify(mark));
  }

  return {
    take(limits, cost) {
      const nowMs = Date.now();
      const shared = load();
      const { counted } = shared;
      const { taken, counts } = takeShared(limits, counted, cost, nowMs);
      if (limits === null || cost === 0) return taken;
      if (taken.admitted) {
        shared.admit(counts, cost, limits, nowMs, store);
        const dueAtMs = shared.dueAtMs();
        if (alarm.needs(dueAtMs)) ctx.waitUntil(alarm.set(dueAtMs));
      } else if (counted.windows.some(({ openedAtMs }) => openedAtMs > nowMs)) {
        // The clock stepped back: the windows' new start must last.
        shared.settle(counts, store);
      }
      return taken;
    },
    giveBack(limits, returned) {
      const shared = load();
      shared.settle(returnShared(shared.counted, returned), store);
      return takeShared(limits, shared.counted, 0, Date.now()).taken;
    },
    async rest() {
      if (counter === null) return;
      counter.giveBack(Date.now(), store);
      await alarm.set(counter.dueAtMs());
    },
  };
}

function loadCounts(storage: DurableObjectStorage): Counts {
  const [row] = storage.sql.exec<{ body: string }>("SELECT body FROM shared").toArray();
  return row === undefined ? NOTHING : (JSON.parse(row.body) as Counts);
}

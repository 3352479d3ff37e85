/**
 * The counts of an object: exactly in memory, as a high-water mark in storage, brought together by one
 * alarm after the last admission. Nothing is kept in memory that storage has not been told before.
 */
import {
  blockSize,
  covers,
  markAhead,
  noteRecent,
  type Counts,
  type Recent,
} from "./write-ahead.ts";
import type { Limits } from "./window.ts";

/** After so long without an admission the rest of a block is given back. */
const IDLE_MS = 5000;
/** When the alarm comes, counted from an admission. */
const ALARM_MS = 8000;

export interface Counter<C extends Counts> {
  /** What was counted, exactly. */
  readonly counted: C;
  /** What is stored: never below what was counted. */
  readonly mark: C;
  /**
   * Counts an admission: `counted` is what it leads to, `cost` what it took. `write` stores a high-water
   * mark, or nothing for `null`, and runs in a transaction with what else it stores.
   */
  admit(counted: C, cost: number, limits: Limits, nowMs: number, write: Write<C>): void;
  /** Stores what was counted, exactly, as it is given. */
  settle(counted: C, write: Write<C>): void;
  /** When the unused rest must be looked after, epoch ms; `null` while nothing is unused. */
  dueAtMs(): number | null;
  /** Gives the unused rest back if nothing was admitted for a while; else `dueAtMs` has moved. */
  giveBack(nowMs: number, write: Write<C>): void;
}

type Write<C> = (mark: C | null) => void;

/** A counter that goes on from what is stored. */
export function createCounter<C extends Counts>(stored: C): Counter<C> {
  let counted = stored;
  let mark = stored;
  let recent: Recent = [];
  let lastAdmittedMs = 0;

  function settle(next: C, write: Write<C>): void {
    write(next);
    counted = next;
    mark = next;
  }

  return {
    get counted() {
      return counted;
    },
    get mark() {
      return mark;
    },
    admit(next, cost, limits, nowMs, write) {
      const latest = noteRecent(recent, cost, nowMs);
      const covered = covers(mark, next);
      const ahead = covered ? mark : markAhead(next, limits, blockSize(latest, limits) - cost);
      write(covered ? null : ahead);
      counted = next;
      mark = ahead;
      recent = latest;
      lastAdmittedMs = nowMs;
    },
    settle,
    dueAtMs: () => (covers(counted, mark) ? null : lastAdmittedMs + ALARM_MS),
    giveBack(nowMs, write) {
      const idleMs = nowMs - lastAdmittedMs;
      if (covers(counted, mark) || (idleMs >= 0 && idleMs < IDLE_MS)) return;
      settle(counted, write);
    },
  };
}

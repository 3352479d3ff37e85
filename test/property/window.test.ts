import * as fc from "fast-check";
import { expect, it } from "vitest";
import { retryAfterSeconds } from "../../src/core/rate-limit-headers.ts";
import {
  take,
  WINDOW_SECONDS,
  type Limits,
  type WindowCount,
  type WindowName,
} from "../../src/core/window.ts";
import { checkProperty } from "../support/check-property.ts";

/** One call of a schedule: the clock moves, perhaps the limits change, then `cost` is asked for. */
interface Step {
  readonly moveMs: number;
  readonly limits: Limits | null;
  readonly cost: number;
}

/** What the reference remembers of a call: all of them, nothing else. */
interface Call {
  readonly nowMs: number;
  readonly counted: number;
  readonly limits: Limits;
}

const NAMES: readonly WindowName[] = ["second", "minute", "hour", "day", "month"];
const START = 1_795_190_400_000;

const limitsArbitrary = fc
  .record(
    {
      second: fc.integer({ min: 1, max: 4 }),
      minute: fc.integer({ min: 1, max: 6 }),
      hour: fc.integer({ min: 1, max: 9 }),
      day: fc.integer({ min: 1, max: 12 }),
      month: fc.integer({ min: 1, max: 15 }),
    },
    { requiredKeys: [] },
  )
  .filter((limits) => Object.keys(limits).length > 0);

/** Moves around the ends of every window, where a mistake of one millisecond shows. */
const forward = fc.oneof(
  fc.integer({ min: 0, max: 1500 }),
  fc.constantFrom(999, 1000, 1001, 59_999, 60_000, 60_001, 3_599_999, 3_600_000, 86_400_000),
  fc.integer({ min: 0, max: 2_600_000_000 }),
);
const back = fc.oneof(
  fc.integer({ min: -5000, max: -1 }),
  fc.constantFrom(-1000, -60_000, -3_600_000, -86_400_000, -2_592_000_000),
);

function scheduleOf(moves: fc.Arbitrary<number>): fc.Arbitrary<readonly Step[]> {
  const limits = fc.option(limitsArbitrary, { freq: 6 });
  const cost = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 5 }));
  return fc.array(fc.record({ moveMs: moves, limits, cost }), { minLength: 1, maxLength: 40 });
}

const anyClock = scheduleOf(
  fc.oneof({ weight: 5, arbitrary: forward }, { weight: 1, arbitrary: back }),
);
const steadyClock = scheduleOf(forward);

/** What is used of a window, found by going through every call there ever was. */
function usedByReplay(name: WindowName, calls: readonly Call[], nowMs: number): number {
  const lengthMs = WINDOW_SECONDS[name] * 1000;
  let openedAtMs: number | null = null;
  let used = 0;
  for (const call of [...calls, { nowMs, counted: 0, limits: {} }]) {
    if (openedAtMs !== null && call.nowMs < openedAtMs) openedAtMs = call.nowMs;
    if (openedAtMs !== null && call.nowMs >= openedAtMs + lengthMs) [openedAtMs, used] = [null, 0];
    if (call.counted === 0 || call.limits[name] === undefined) continue;
    openedAtMs ??= call.nowMs;
    used += call.counted;
  }
  return used;
}

/** Runs a schedule and hands every call with what came out of it to `look`. */
function run(
  schedule: readonly Step[],
  firstLimits: Limits,
  look: (at: {
    readonly nowMs: number;
    readonly limits: Limits;
    readonly cost: number;
    readonly before: readonly WindowCount[];
    readonly taken: ReturnType<typeof take>;
  }) => void,
): void {
  let nowMs = START;
  let limits = firstLimits;
  let counts: readonly WindowCount[] = [];
  for (const step of schedule) {
    nowMs += step.moveMs;
    limits = step.limits ?? limits;
    const taken = take(limits, counts, step.cost, nowMs);
    look({ nowMs, limits, cost: step.cost, before: counts, taken });
    counts = taken.counts;
  }
}

it("take agrees with a replay of every call, whatever the clock and the limits do", () => {
  checkProperty(
    fc.property(anyClock, limitsArbitrary, (schedule, firstLimits) => {
      const calls: Call[] = [];
      run(schedule, firstLimits, ({ nowMs, limits, cost, taken }) => {
        const fits = NAMES.every((name) => {
          const limit = limits[name];
          return limit === undefined || usedByReplay(name, calls, nowMs) + cost <= limit;
        });
        expect(taken.admitted).toBe(cost === 0 || fits);
        calls.push({ nowMs, counted: taken.admitted ? cost : 0, limits });
        for (const { name, limit, remaining } of taken.views) {
          expect(remaining).toBe(Math.max(0, limit - usedByReplay(name, calls, nowMs)));
        }
      });
    }),
    300,
  );
});

it("never admits more than the limit between the opening of a window and its end", () => {
  checkProperty(
    fc.property(anyClock, limitsArbitrary, (schedule, limits) => {
      const steady = schedule.map((step) => ({ ...step, limits: null }));
      const sinceOpening = new Map<WindowName, number>();
      run(steady, limits, ({ cost, before, taken, nowMs }) => {
        for (const name of NAMES) {
          const old = before.find((count) => count.name === name);
          const ended = old !== undefined && nowMs >= old.openedAtMs + WINDOW_SECONDS[name] * 1000;
          if (ended) sinceOpening.set(name, 0);
          if (taken.admitted) sinceOpening.set(name, (sinceOpening.get(name) ?? 0) + cost);
          const limit = limits[name] ?? Infinity;
          expect(sinceOpening.get(name) ?? 0).toBeLessThanOrEqual(limit);
        }
      });
    }),
    300,
  );
});

it("a refused request changes no later verdict", () => {
  checkProperty(
    fc.property(steadyClock, limitsArbitrary, (schedule, firstLimits) => {
      let withoutRefused: readonly WindowCount[] = [];
      run(schedule, firstLimits, ({ nowMs, limits, cost, taken }) => {
        const again = take(limits, withoutRefused, cost, nowMs);
        expect(again.admitted).toBe(taken.admitted);
        expect(again.views).toEqual(taken.views);
        if (again.admitted && cost > 0) withoutRefused = again.counts;
      });
    }),
    300,
  );
});

it("a retry after Retry-After is admitted, and one second earlier it is not", () => {
  checkProperty(
    fc.property(anyClock, limitsArbitrary, (schedule, firstLimits) => {
      run(schedule, firstLimits, ({ nowMs, limits, cost, taken }) => {
        const possible = Object.values(limits).every((limit) => limit >= cost);
        if (taken.admitted || !possible) return;
        const waitMs = retryAfterSeconds(taken.views, cost, nowMs) * 1000;
        expect(take(limits, taken.counts, cost, nowMs + waitMs).admitted).toBe(true);
        expect(take(limits, taken.counts, cost, nowMs + waitMs - 1000).admitted).toBe(false);
      });
    }),
    300,
  );
});

it("a clock that stepped back keeps no window shut for longer than one length", () => {
  checkProperty(
    fc.property(anyClock, limitsArbitrary, back, (schedule, limits, stepMs) => {
      let nowMs = START;
      let counts: readonly WindowCount[] = [];
      for (const step of schedule) {
        nowMs += step.moveMs;
        counts = take(limits, counts, step.cost, nowMs).counts;
      }
      const stepped = nowMs + stepMs;
      const atStep = take(limits, counts, 0, stepped);
      const longestMs = Math.max(...atStep.views.map(({ name }) => WINDOW_SECONDS[name])) * 1000;
      for (const { resetAtMs, name } of atStep.views) {
        expect(resetAtMs).toBeLessThanOrEqual(stepped + WINDOW_SECONDS[name] * 1000);
      }
      expect(take(limits, atStep.counts, 1, stepped + longestMs).admitted).toBe(true);
    }),
    300,
  );
});

/**
 * A key's counting against a reference that knows every admission: thousands of random schedules of
 * requests, costs, pauses, clock steps, changed limits, quiet evictions and crashes.
 */
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createCounter, type Counter } from "../../src/core/counter.ts";
import { decide, UNUSED, type KeyUse } from "../../src/core/decision.ts";
import {
  take,
  WINDOW_SECONDS,
  type Limits,
  type WindowCount,
  type WindowName,
} from "../../src/core/window.ts";
import { checkProperty } from "../support/check-property.ts";
import { makeRecord } from "../support/records.ts";

type Step =
  | { readonly kind: "request"; readonly cost: number; readonly waitMs: number }
  | { readonly kind: "burst"; readonly requests: number }
  | { readonly kind: "pause"; readonly waitMs: number }
  | { readonly kind: "limits"; readonly limits: Limits }
  | { readonly kind: "eviction" }
  | { readonly kind: "crash" };

/** 10,000 schedules in all. */
const LONG = { timeout: 60_000 };
const START = 1_795_190_400_000;
const NAMES = Object.keys(WINDOW_SECONDS) as readonly WindowName[];

const limits = fc
  .record(
    {
      second: fc.integer({ min: 1, max: 40 }),
      minute: fc.integer({ min: 1, max: 200 }),
      hour: fc.integer({ min: 1, max: 400 }),
      day: fc.integer({ min: 1, max: 600 }),
      month: fc.integer({ min: 1, max: 800 }),
    },
    { requiredKeys: [] },
  )
  .filter((each) => Object.keys(each).length > 0);

function stepsOf(waits: fc.Arbitrary<number>): fc.Arbitrary<readonly Step[]> {
  const single = fc.record({
    kind: fc.constant("request" as const),
    cost: fc.oneof({ weight: 6, arbitrary: fc.constant(1) }, fc.integer({ min: 0, max: 9 })),
    waitMs: waits,
  });
  const burst = fc.record({
    kind: fc.constant("burst" as const),
    requests: fc.integer({ min: 2, max: 60 }),
  });
  const pause = fc.record({ kind: fc.constant("pause" as const), waitMs: waits });
  const change = fc.record({ kind: fc.constant("limits" as const), limits });
  return fc.array(
    fc.oneof(
      { weight: 6, arbitrary: single },
      { weight: 4, arbitrary: burst },
      { weight: 2, arbitrary: pause },
      { weight: 1, arbitrary: change },
      { weight: 1, arbitrary: fc.constant({ kind: "eviction" } as const) },
      { weight: 1, arbitrary: fc.constant({ kind: "crash" } as const) },
    ),
    { minLength: 1, maxLength: 30 },
  );
}

const steady = fc.oneof(
  fc.integer({ min: 0, max: 1500 }),
  fc.constantFrom(999, 1000, 4999, 5000, 8000, 59_999, 60_000, 3_600_000, 86_400_000),
);
const stepping = fc.oneof(
  { weight: 4, arbitrary: steady },
  { weight: 1, arbitrary: fc.integer({ min: -600_000, max: -1 }) },
);

/** One key under test, with what a perfect observer knows beside it. */
interface Run {
  nowMs: number;
  limits: Limits;
  stored: KeyUse;
  counter: Counter<KeyUse>;
  /** Everything that was admitted, counted without any limit. */
  seen: readonly WindowCount[];
  /** What crashes have taken from windows that are still open. */
  lost: Map<string, number>;
}

function store(run: Run, mark: KeyUse | null): void {
  if (mark !== null) run.stored = mark;
}

function request(run: Run, cost: number): void {
  const { nowMs, counter } = run;
  const call = {
    format: 2,
    textHash: "hash-1",
    version: "1.1",
    facts: {} as never,
    cost,
    apiLimits: run.limits,
    apiSigning: "optional",
    signature: { kind: "none" },
    requestId: "r",
  } as const;
  const record = makeRecord();
  const judged = { ...call, facts: { api: record.api } as never };
  const before = counter.counted;
  const { decision, use } = decide(record, before, judged, nowMs);
  const admitted = decision.outcome === "admitted";
  if (use !== null && admitted) {
    counter.admit(use, cost, run.limits, nowMs, (mark) => store(run, mark));
  } else if (use !== null) {
    counter.settle(use, (mark) => store(run, mark));
  }

  const observed = take({}, run.seen, 0, nowMs).counts;
  const room = NAMES.every((name) => {
    const limit = run.limits[name];
    const window = observed.find((each) => each.name === name);
    const used = window === undefined ? 0 : window.used + (run.lost.get(name) ?? 0);
    return limit === undefined || used + cost <= limit;
  });
  expect(admitted).toBe(cost === 0 || room);
  if (!admitted && use === null) expect(counter.counted).toBe(before);
  // A refusal changes nothing, unless the clock has stepped back before a window.
  const steppedBack = run.seen.some(({ openedAtMs }) => openedAtMs > nowMs);
  if (cost === 0 || (!admitted && !steppedBack)) return;
  for (const name of run.lost.keys()) {
    if (!observed.some((each) => each.name === name)) run.lost.delete(name);
  }
  if (!admitted) run.seen = observed;
  else {
    run.seen = add(observed, run.limits, cost, nowMs);
    // Whatever else is wrong: never more than the limit that admitted it.
    for (const { name, used } of run.seen) {
      expect(used).toBeLessThanOrEqual(run.limits[name] ?? Number.MAX_SAFE_INTEGER);
    }
  }
}

/** The observer's own addition: windows open with the first request counted in them. */
function add(
  open: readonly WindowCount[],
  limited: Limits,
  cost: number,
  nowMs: number,
): readonly WindowCount[] {
  return NAMES.flatMap((name) => {
    const window = open.find((each) => each.name === name);
    if (limited[name] === undefined) return window === undefined ? [] : [window];
    return [{ name, openedAtMs: window?.openedAtMs ?? nowMs, used: (window?.used ?? 0) + cost }];
  });
}

/** The object goes; after the alarm nothing is lost, in a crash the rest of a block is. */
function restart(run: Run, afterAlarm: boolean): void {
  if (afterAlarm) {
    run.nowMs += 8000;
    run.counter.giveBack(run.nowMs, (mark) => store(run, mark));
    expect(run.counter.dueAtMs()).toBeNull();
  }
  const { counted } = run.counter;
  for (const mark of run.stored.windows) {
    const window = counted.windows.find((each) => each.name === mark.name);
    const unused = mark.used - (window?.openedAtMs === mark.openedAtMs ? window.used : mark.used);
    if (unused === 0) continue;
    expect(afterAlarm).toBe(false);
    expect(unused).toBeLessThan(Math.max(1, ...Object.values(run.limits)));
    run.lost.set(mark.name, (run.lost.get(mark.name) ?? 0) + unused);
  }
  run.counter = createCounter(run.stored);
}

function play(steps: readonly Step[], first: Limits): void {
  const run: Run = {
    nowMs: START,
    limits: first,
    stored: UNUSED,
    counter: createCounter(UNUSED),
    seen: [],
    lost: new Map(),
  };
  for (const step of steps) {
    if (step.kind === "request") {
      run.nowMs += step.waitMs;
      request(run, step.cost);
    } else if (step.kind === "burst") {
      for (let sent = 0; sent < step.requests; sent += 1) request(run, 1);
    } else if (step.kind === "pause") run.nowMs += step.waitMs;
    else if (step.kind === "limits") run.limits = step.limits;
    else restart(run, step.kind === "eviction");
  }
}

it("admits what the reference admits, but for the rest of a block after a crash", LONG, () => {
  checkProperty(
    fc.property(stepsOf(steady), limits, (steps, first) => play(steps, first)),
    4000,
  );
});

it("does the same while the clock steps back and forth", LONG, () => {
  checkProperty(
    fc.property(stepsOf(stepping), limits, (steps, first) => play(steps, first)),
    1000,
  );
});

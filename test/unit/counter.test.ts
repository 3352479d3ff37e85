import { describe, expect, it } from "vitest";
import { createCounter, type Counter } from "../../src/core/counter.ts";
import type { Counts } from "../../src/core/write-ahead.ts";

const LIMITS = { minute: 100 };
const NOW_MS = 1_795_176_000_000;

function countsOf(used: number): Counts {
  return { windows: [{ name: "minute", openedAtMs: NOW_MS, used }], requestCount: used };
}

/** Admits one more request, and tells what was written for it. */
function admitOne(counter: Counter<Counts>, nowMs = NOW_MS): number | null {
  let written: number | null = null;
  const next = countsOf(counter.counted.requestCount + 1);
  counter.admit(next, 1, LIMITS, nowMs, (mark) => (written = mark?.requestCount ?? null));
  return written;
}

function full(): never {
  throw new Error("the disk is full");
}

describe("a counter", () => {
  it("writes each of the first requests, then a block that covers those to come", () => {
    const counter = createCounter(countsOf(0));
    const written = Array.from({ length: 10 }, () => admitOne(counter));
    expect(written).toEqual([1, 2, 3, 4, 9, null, null, null, null, 19]);
    expect([counter.counted.requestCount, counter.mark.requestCount]).toEqual([10, 19]);
  });

  it("has nothing to look after while all that is written was counted", () => {
    const counter = createCounter(countsOf(0));
    admitOne(counter);
    expect(counter.dueAtMs()).toBeNull();
  });

  it("looks after the rest of a block eight seconds after the last admission", () => {
    const counter = createCounter(countsOf(0));
    for (let i = 0; i < 6; i += 1) admitOne(counter, NOW_MS + i);
    expect(counter.dueAtMs()).toBe(NOW_MS + 5 + 8000);
  });

  it("gives the rest back once nothing was admitted for five seconds, and not before", () => {
    const counter = createCounter(countsOf(0));
    for (let i = 0; i < 6; i += 1) admitOne(counter);
    const written: (number | undefined)[] = [];
    const write = (mark: Counts | null): void => void written.push(mark?.requestCount);
    counter.giveBack(NOW_MS + 4999, write);
    expect([written, counter.mark.requestCount]).toEqual([[], 9]);
    counter.giveBack(NOW_MS + 5000, write);
    expect([written, counter.mark.requestCount]).toEqual([[6], 6]);
    counter.giveBack(NOW_MS + 9000, write);
    expect(written).toEqual([6]);
    expect(counter.dueAtMs()).toBeNull();
  });

  it("gives the rest back to a clock that has stepped back", () => {
    const counter = createCounter(countsOf(0));
    for (let i = 0; i < 6; i += 1) admitOne(counter);
    counter.giveBack(NOW_MS - 1, () => undefined);
    expect(counter.mark.requestCount).toBe(6);
  });

  it("has counted nothing that could not be written", () => {
    const counter = createCounter(countsOf(0));
    expect(() => counter.admit(countsOf(1), 1, LIMITS, NOW_MS, full)).toThrow("disk");
    expect(() => counter.settle(countsOf(1), full)).toThrow("disk");
    expect([counter.counted.requestCount, counter.mark.requestCount]).toEqual([0, 0]);
  });

  it("settles at exactly what it is given", () => {
    const counter = createCounter(countsOf(9));
    counter.settle(countsOf(3), () => undefined);
    expect([counter.counted, counter.mark]).toEqual([countsOf(3), countsOf(3)]);
  });
});

import { describe, expect, it } from "vitest";
import { take, untouched, violated, type WindowCount } from "../../src/core/window.ts";

const NOW = 1_795_190_400_000;

describe("an admitted request", () => {
  it("opens a window when it is the first one counted in it", () => {
    const { admitted, counts } = take({ minute: 2 }, [], 1, 5000);
    expect(admitted).toBe(true);
    expect(counts).toEqual([{ name: "minute", openedAtMs: 5000, used: 1 }]);
  });

  it("is counted in every limited window", () => {
    const { counts } = take({ second: 5, day: 9 }, [], 1, NOW);
    expect(counts).toEqual([
      { name: "second", openedAtMs: NOW, used: 1 },
      { name: "day", openedAtMs: NOW, used: 1 },
    ]);
  });

  it("does not move an open window", () => {
    const open: WindowCount[] = [{ name: "minute", openedAtMs: NOW - 59_999, used: 1 }];
    expect(take({ minute: 2 }, open, 1, NOW).counts).toEqual([
      { name: "minute", openedAtMs: NOW - 59_999, used: 2 },
    ]);
  });

  it("opens a new window at the very millisecond the old one ends", () => {
    const full: WindowCount[] = [{ name: "minute", openedAtMs: NOW - 60_000, used: 2 }];
    expect(take({ minute: 2 }, full, 1, NOW)).toMatchObject({
      admitted: true,
      counts: [{ name: "minute", openedAtMs: NOW, used: 1 }],
    });
  });

  it("may take the last of a window at once", () => {
    expect(take({ minute: 7 }, [], 7, NOW)).toMatchObject({
      admitted: true,
      views: [{ name: "minute", limit: 7, remaining: 0, resetAtMs: NOW + 60_000 }],
    });
  });

  it("keeps the count of a window that is not limited at the moment, and does not add to it", () => {
    const open: WindowCount[] = [{ name: "hour", openedAtMs: NOW - 1000, used: 8 }];
    expect(take({ minute: 2 }, open, 1, NOW).counts).toEqual([
      { name: "hour", openedAtMs: NOW - 1000, used: 8 },
      { name: "minute", openedAtMs: NOW, used: 1 },
    ]);
  });
});

describe("a refused request", () => {
  const full: WindowCount[] = [
    { name: "minute", openedAtMs: NOW - 10_000, used: 2 },
    { name: "hour", openedAtMs: NOW - 10_000, used: 2 },
  ];

  it("is refused until the last millisecond of a full window", () => {
    const open: WindowCount[] = [{ name: "minute", openedAtMs: NOW - 59_999, used: 2 }];
    expect(take({ minute: 2 }, open, 1, NOW).admitted).toBe(false);
  });

  it("is counted in no window, not even in those with something left", () => {
    const { admitted, counts } = take({ minute: 2, hour: 9 }, full, 1, NOW);
    expect(admitted).toBe(false);
    expect(counts).toEqual(full);
  });

  it("takes nothing when a batch is larger than what is left", () => {
    const { admitted, views } = take({ hour: 4 }, full, 3, NOW);
    expect(admitted).toBe(false);
    expect(views).toEqual([
      { name: "hour", limit: 4, remaining: 2, resetAtMs: NOW - 10_000 + 3_600_000 },
    ]);
  });

  it("is refused when the limit was lowered below what is used, with nothing remaining", () => {
    expect(take({ minute: 1 }, full, 1, NOW)).toMatchObject({
      admitted: false,
      views: [{ name: "minute", limit: 1, remaining: 0 }],
    });
  });

  it("is refused when one of two windows is full and names that one", () => {
    const { views } = take({ minute: 2, hour: 9 }, full, 1, NOW);
    expect(violated(views, 1).map(({ name }) => name)).toEqual(["minute"]);
  });
});

describe("a cost of nothing", () => {
  it("is admitted while a window is full, and changes nothing", () => {
    const full: WindowCount[] = [{ name: "minute", openedAtMs: NOW, used: 2 }];
    expect(take({ minute: 2 }, full, 0, NOW)).toMatchObject({ admitted: true, counts: full });
  });

  it("opens no window", () => {
    expect(take({ minute: 2 }, [], 0, NOW).counts).toEqual([]);
  });

  it("shows a window that is not open with its full limit and now plus its length", () => {
    expect(untouched({ minute: 100, month: 7 }, NOW)).toEqual([
      { name: "minute", limit: 100, remaining: 100, resetAtMs: NOW + 60_000 },
      { name: "month", limit: 7, remaining: 7, resetAtMs: NOW + 2_592_000_000 },
    ]);
  });
});

describe("a clock that stepped back", () => {
  it("keeps what was used and lets the window last one length from its new reading", () => {
    const full: WindowCount[] = [{ name: "minute", openedAtMs: NOW, used: 2 }];
    const anHourBack = NOW - 3_600_000;
    const { admitted, counts } = take({ minute: 2 }, full, 1, anHourBack);
    expect(admitted).toBe(false);
    expect(counts).toEqual([{ name: "minute", openedAtMs: anHourBack, used: 2 }]);
  });

  it("admits again one length after the first reading that was back", () => {
    const full: WindowCount[] = [{ name: "minute", openedAtMs: NOW, used: 2 }];
    const back = take({ minute: 2 }, full, 1, NOW - 3_600_000);
    expect(take({ minute: 2 }, back.counts, 1, NOW - 3_600_000 + 60_000).admitted).toBe(true);
  });
});

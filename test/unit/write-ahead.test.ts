import { describe, expect, it, test } from "vitest";
import {
  blockSize,
  covers,
  markAhead,
  noteRecent,
  type Counts,
  type Recent,
} from "../../src/core/write-ahead.ts";

const NOW = 1_795_190_400_000;

function recentOf(...seconds: readonly (readonly [at: number, cost: number])[]): Recent {
  let recent: Recent = [];
  for (const [at, cost] of seconds) recent = noteRecent(recent, cost, NOW + at * 1000);
  return recent;
}

function countsOf(used: number, requestCount = used, openedAtMs = NOW): Counts {
  return { windows: [{ name: "minute", openedAtMs, used }], requestCount };
}

describe("the admissions of the last seconds", () => {
  it("are kept by the second", () => {
    expect(recentOf([0, 1], [0.5, 3], [1, 1])).toEqual([
      { second: NOW / 1000, requests: 2, cost: 4 },
      { second: NOW / 1000 + 1, requests: 1, cost: 1 },
    ]);
  });

  it("are forgotten after five seconds", () => {
    expect(recentOf([0, 1], [4.9, 1])).toHaveLength(2);
    expect(recentOf([0, 1], [5, 1])).toHaveLength(1);
  });

  it("start anew when the clock steps back", () => {
    expect(recentOf([10, 1], [9, 1])).toEqual([{ second: NOW / 1000 + 9, requests: 1, cost: 1 }]);
  });
});

describe("a block", () => {
  const five = recentOf([0, 1], [0, 1], [1, 1], [2, 1], [3, 1]);

  test.each([
    [
      "of a quiet key is one admission",
      recentOf([0, 9], [0, 9], [1, 9], [2, 9]),
      { hour: 1000 },
      1,
    ],
    ["of a busy key is what came in the last seconds", five, { hour: 1000 }, 5],
    ["is at most a tenth of the limit", five, { hour: 49 }, 4],
    ["is at most a tenth of the smallest limit", five, { minute: 20, hour: 1000 }, 2],
    ["is never less than one", five, { minute: 5 }, 1],
    [
      "counts what requests cost",
      recentOf([0, 4], [0, 4], [0, 4], [0, 4], [0, 4]),
      { day: 900 },
      20,
    ],
  ])("%s", (_, recent, limits, size) => {
    expect(blockSize(recent, limits)).toBe(size);
  });
});

describe("a mark", () => {
  it("covers what is at or below it", () => {
    expect(covers(countsOf(5), countsOf(5))).toBe(true);
    expect(covers(countsOf(5), countsOf(4))).toBe(true);
    expect(covers(countsOf(5), countsOf(6))).toBe(false);
  });

  it("covers no window that opened at another time, and none that it does not have", () => {
    expect(covers(countsOf(5), countsOf(1, 1, NOW + 1))).toBe(false);
    expect(covers({ windows: [], requestCount: 9 }, countsOf(1))).toBe(false);
  });

  it("covers no more requests than it counted", () => {
    expect(covers(countsOf(5, 10), countsOf(1, 10))).toBe(true);
    expect(covers(countsOf(5, 10), countsOf(1, 11))).toBe(false);
  });

  it("is set ahead in every window and in the count of requests", () => {
    const counted: Counts = {
      windows: [
        { name: "minute", openedAtMs: NOW, used: 1 },
        { name: "hour", openedAtMs: NOW, used: 7 },
      ],
      requestCount: 70,
    };
    expect(markAhead(counted, { minute: 100, hour: 100 }, 4)).toEqual({
      windows: [
        { name: "minute", openedAtMs: NOW, used: 5 },
        { name: "hour", openedAtMs: NOW, used: 11 },
      ],
      requestCount: 74,
    });
  });

  it("is never set beyond a limit", () => {
    expect(markAhead(countsOf(98), { minute: 100 }, 4)).toEqual(countsOf(100));
    expect(markAhead(countsOf(100), { minute: 100 }, 4)).toEqual(countsOf(100));
  });

  it("stays where it is when a block has no rest", () => {
    expect(markAhead(countsOf(3), { minute: 100 }, 0)).toEqual(countsOf(3));
    expect(markAhead(countsOf(3), { minute: 100 }, -2)).toEqual(countsOf(3));
  });
});

import { describe, expect, it, test } from "vitest";
import type { DecideCall, Decision } from "../../src/core/decision.ts";
import { latencyRange, percentilesOf } from "../../src/core/latency.ts";
import {
  addToMinute,
  countAnswer,
  keepTop,
  NO_USE,
  noteDecision,
  startHour,
  sumMinutes,
  startTally,
  type Counts,
  type HourUsage,
  type Tally,
} from "../../src/core/usage.ts";
import { packHour, packSpan, unpackHour, unpackSpan } from "../../src/core/usage-pack.ts";
import { startOfBucket, toBuckets } from "../../src/core/usage-query.ts";
import { makeCall } from "../support/decide-call.ts";
import { makeRecord } from "../support/records.ts";

/** 2026-11-20T12:00:00Z */
const NOON_MS = 1_795_176_000_000;
const NOON = NOON_MS / 60_000;

function makeDecision(changes: Partial<Decision> = {}): Decision {
  return {
    format: 2,
    outcome: "admitted",
    reason: null,
    record: null,
    windows: [],
    nowMs: NOON_MS,
    ...changes,
  };
}

function note(call: Partial<DecideCall>, decision: Partial<Decision>): HourUsage {
  const usage = startHour(NOON_MS);
  noteDecision(usage, makeCall(call), makeDecision(decision), NOON_MS + 61_000);
  return usage;
}

describe("an admitted request", () => {
  it("is counted in its minute as its limits count it, with where it came from", () => {
    const { minutes, tops } = note({ cost: 5, country: "DE" }, {});
    expect(minutes).toEqual({ [NOON + 1]: { ...NO_USE, requests: 5 } });
    expect(tops).toEqual({
      endpoints: { "GET /v1/users": 5 },
      ips: { "203.0.113.7": 5 },
      countries: { DE: 5 },
    });
  });
});

test.each<[string, Partial<DecideCall>, Partial<Decision>, Counts]>([
  ["by the object", {}, { outcome: "refused", reason: "revoked_key" }, { revoked_key: 1 }],
  ["for its limits", {}, { outcome: "rate_limited" }, { rate_limited: 1 }],
  ["for what it costs", {}, { outcome: "too_costly" }, { invalid_request: 1 }],
  ["by the edge", { cost: 0, refused: "ip_not_allowed" }, {}, { ip_not_allowed: 1 }],
  [
    "by the edge with an old record, which decides nothing",
    { cost: 0, refused: "ip_not_allowed" },
    { record: makeRecord() },
    {},
  ],
  ["in a call that only reads", { cost: 0 }, { outcome: "refused", reason: "revoked_key" }, {}],
  ["for an old record, which is asked again", {}, { outcome: "stale" }, {}],
])("a request refused %s is counted by its reason", (_, call, decision, refused) => {
  const usage = note(call, decision);
  expect(sumMinutes(usage)).toEqual({ ...NO_USE, refused });
  expect(usage.tops).toEqual({ endpoints: {}, ips: {}, countries: {} });
});

function answered(
  ...answer: Parameters<typeof countAnswer> extends [unknown, ...infer A] ? A : never
): Tally {
  const tally = startTally();
  countAnswer(tally, ...answer);
  return tally;
}

describe("an answer", () => {
  it("is counted by the class of its status and the range of its time", () => {
    expect(answered(204, 42, null)).toEqual({
      requests: 0,
      refused: {},
      status: { "2xx": 1 },
      latency: { [latencyRange(42)]: 1 },
    });
  });

  it("to a request that was refused takes no time", () => {
    const { latency, refused } = answered(429, null, "rate_limited");
    expect([latency, refused]).toEqual([{}, { rate_limited: 1 }]);
  });

  it("of another hour is counted in the nearest minute", () => {
    const usage = startHour(NOON_MS);
    addToMinute(usage, NOON - 5, answered(200, 1, null));
    addToMinute(usage, NOON + 99, answered(200, 1, null));
    expect(Object.keys(usage.minutes)).toEqual([String(NOON), String(NOON + 59)]);
  });
});

/** What requests to these paths were for. */
function usageOf(paths: readonly string[]): Counts {
  const usage = startHour(NOON_MS);
  for (const path of paths)
    noteDecision(
      usage,
      makeCall({}, { endpoint: { method: "GET", pathname: path } }),
      makeDecision(),
      NOON_MS,
    );
  return usage.tops.endpoints;
}

describe("names beyond those that have a place", () => {
  const letters = "abcdefghijklmnopqrstuvwxyz".split("");
  const busy = letters.flatMap((a) => ["x", "y"].map((b) => `/${a}${b}`)).slice(0, 30);

  it("are no names that every object has", () => {
    const usage = startHour(NOON_MS);
    noteDecision(usage, makeCall({}, { ip: "constructor" }), makeDecision(), NOON_MS);
    expect(usage.tops.ips).toEqual({});
  });

  it("are `other` where all that have one have come again", () => {
    const counts = usageOf([...busy, ...busy, "/late"]);
    expect(Object.keys(counts)).toHaveLength(31);
    expect(counts["other"]).toBe(1);
  });

  it("take the place of what came once, so that what comes again is kept", () => {
    const flood = letters.flatMap((a) => letters.map((b) => `/flood/${a}${b}`));
    const counts = usageOf([...flood.slice(0, 200), "/busy", "/busy", ...flood.slice(200)]);
    expect(counts["GET /busy"]).toBe(2);
    expect(Object.values(counts).reduce((sum, count) => sum + count, 0)).toBe(678);
  });

  it("come last, whatever they sum up to", () => {
    const counts = keepTop({ other: 50, a: 1, b: 3, c: 2 }, 2);
    expect(Object.entries(counts)).toEqual([
      ["b", 3],
      ["c", 2],
      ["other", 51],
    ]);
  });
});

describe("percentiles", () => {
  it("are spread evenly within a range", () => {
    const counts = { [latencyRange(40)]: 100 };
    expect(percentilesOf(counts)).toEqual({ p50: 42.5, p95: 49.3, p99: 49.9 });
  });

  it("find the slow ones", () => {
    const counts = { [latencyRange(4)]: 98, [latencyRange(900)]: 2 };
    expect(percentilesOf(counts)).toEqual({ p50: 3.5, p95: 4.9, p99: 875 });
  });

  it("are unknown where nothing was measured, and at least the last bound beyond it", () => {
    expect(percentilesOf({})).toEqual({ p50: null, p95: null, p99: null });
    expect(percentilesOf({ [latencyRange(99_000)]: 1 }).p50).toBe(30_000);
  });
});

describe("what is stored", () => {
  it("is read as it was", () => {
    const usage = note({ country: "DE" }, {});
    expect(unpackHour(packHour(usage))).toEqual(usage);
  });

  test.each([[null], ["{}"], ["[99,1,[],[]]"], ["no JSON"]])(
    "is nothing where it is %s",
    (text) => {
      expect(unpackHour(text)).toBeNull();
    },
  );

  it("has ten names of each kind once the hour is over, and the rest", () => {
    const ips = Object.fromEntries(Array.from({ length: 15 }, (_, i) => [`10.0.0.${i}`, 15 - i]));
    const packed = packSpan({ tally: NO_USE, tops: { endpoints: {}, ips, countries: {} } });
    const kept = unpackSpan(packed)?.tops.ips ?? {};
    expect(Object.keys(kept)).toHaveLength(11);
    expect(kept["other"]).toBe(15);
  });
});

describe("buckets", () => {
  const one = { ...NO_USE, requests: 1 };

  it("begin at whole ones in UTC", () => {
    const day = new Date(startOfBucket(NOON_MS + 1, "day")).toISOString();
    expect(day).toBe("2026-11-20T00:00:00.000Z");
  });

  it("hold what is in the span, in the order of time", () => {
    const asked = {
      format: 1,
      fromMs: NOON_MS,
      toMs: NOON_MS + 7_200_000,
      interval: "hour",
    } as const;
    const found = [7_200_000, 3_660_000, 3_600_000, 0, -1].map((offset) => ({
      startMs: NOON_MS + offset,
      tally: one,
    }));
    const buckets = toBuckets(found, asked);
    expect(buckets.map(({ startMs, tally }) => [startMs - NOON_MS, tally.requests])).toEqual([
      [0, 1],
      [3_600_000, 2],
    ]);
  });
});

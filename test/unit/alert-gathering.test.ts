import { describe, expect, it, test } from "vitest";
import {
  gatherAnswers,
  gatherDecision,
  NOTHING_GATHERED,
  packGathering,
  startGathering,
  takeBack,
  tellAtMs,
  unpackGathering,
  type Gathering,
} from "../../src/core/alert-gathering.ts";
import type { DecideCall, Decision } from "../../src/core/decision.ts";
import { NO_USE } from "../../src/core/usage.ts";
import type { WindowView } from "../../src/core/window.ts";
import { makeCall } from "../support/decide-call.ts";

/** 2026-11-20T12:00:00Z */
const NOW = 1_795_176_000_000;
const HOUR = NOW / 3_600_000;
const SLOT = NOW / 300_000;
const MINUTE = NOW / 60_000;

function makeCallFrom(ip: string | null, changes: Partial<DecideCall> = {}): DecideCall {
  return makeCall(changes, { ip });
}

function view(name: WindowView["name"], limit: number, remaining: number): WindowView {
  return { name, limit, remaining, resetAtMs: NOW };
}

function decided(outcome: Decision["outcome"], windows: readonly WindowView[] = []): Decision {
  return { format: 2, outcome, reason: null, record: null, windows, nowMs: NOW };
}

/** What is left to tell after calls, each admitted. */
function gather(calls: readonly DecideCall[], before: Gathering = NOTHING_GATHERED): Gathering {
  return calls.reduce(
    (gathering, call) => gatherDecision(gathering, call, decided("admitted"), false, NOW),
    before,
  );
}

/** After these addresses were told. */
function told(...ips: readonly string[]): Gathering {
  return startGathering(gather(ips.map((ip) => makeCallFrom(ip))));
}

test.each([
  ["203.0.113.7", ["203.0.113.7"]],
  ["::ffff:203.0.113.7", ["203.0.113.7"]],
  ["2001:db8:0:1:ffff::9", ["2001:db8:0:1::/64"]],
  ["2001:DB8::1", ["2001:db8:0:0::/64"]],
  ["somewhere", []],
  ["__proto__", []],
  [null, []],
])("a request from %j is told to come from %j", (ip, ips) => {
  expect(gather([makeCallFrom(ip)]).digest.ips).toEqual(ips);
});

describe("what a key's object has seen", () => {
  it("is told with what it cost, by the hour", () => {
    const { digest } = gather([
      makeCallFrom(null, { cost: 5 }),
      makeCallFrom(null, { country: "DE" }),
    ]);
    expect([digest.requests, digest.countries]).toEqual([{ [HOUR]: 6 }, ["DE"]]);
  });

  test.each<[string, Decision["outcome"], number]>([
    ["was refused", "refused", 1],
    ["only read", "admitted", 0],
    ["is asked again", "stale", 1],
  ])("has nothing of a call that %s", (_, outcome, cost) => {
    const call = makeCallFrom("203.0.113.7", { cost });
    expect(gatherDecision(NOTHING_GATHERED, call, decided(outcome), false, NOW)).toBe(
      NOTHING_GATHERED,
    );
  });

  it("tells how full its fullest window was, but for those of a second", () => {
    const windows = [view("second", 10, 0), view("minute", 100, 20), view("hour", 1000, 500)];
    const call = makeCallFrom(null);
    const { digest } = gatherDecision(
      NOTHING_GATHERED,
      call,
      decided("admitted", windows),
      false,
      NOW,
    );
    expect(digest.fullest).toEqual({ window: "minute", percent: 80 });
    const empty = gatherDecision(
      { ...NOTHING_GATHERED, digest },
      call,
      decided("admitted", [view("hour", 1000, 990)]),
      false,
      NOW,
    );
    expect(empty.digest.fullest).toEqual({ window: "minute", percent: 80 });
  });

  it("tells that a limit was reached, and not where that came from", () => {
    const { digest } = gatherDecision(
      NOTHING_GATHERED,
      makeCallFrom("203.0.113.7"),
      decided("rate_limited", [view("minute", 100, 0)]),
      false,
      NOW,
    );
    expect(digest).toMatchObject({
      fullest: { window: "minute", percent: 100 },
      ips: [],
      requests: {},
    });
  });

  it("tells answers by five minutes, those of class 4xx and 5xx apart", () => {
    const seen = [
      { minute: MINUTE, tally: { ...NO_USE, status: { "2xx": 3, "4xx": 2 } } },
      { minute: MINUTE + 4, tally: { ...NO_USE, status: { "5xx": 1 } } },
      { minute: MINUTE + 5, tally: { ...NO_USE, status: { "3xx": 1 } } },
    ];
    const { digest } = gatherAnswers(NOTHING_GATHERED, seen, NOW);
    expect(digest.answers).toEqual({ [SLOT]: [6, 3], [SLOT + 1]: [1, 0] });
  });

  it("is bounded, however many addresses and hours there are", () => {
    const calls = Array.from({ length: 200 }, (_, index) => makeCallFrom(`10.0.0.${index}`));
    const { digest } = gather(calls);
    expect(digest.ips).toHaveLength(30);
    const weeks = Array.from({ length: 500 }, (_, hours) => NOW + hours * 3_600_000).reduce(
      (gathering, nowMs) =>
        gatherDecision(gathering, makeCallFrom(null), decided("admitted"), false, nowMs),
      NOTHING_GATHERED,
    );
    expect(Object.keys(weeks.digest.requests)).toHaveLength(48);
  });
});

describe("what was gathered", () => {
  const known = told("203.0.113.7");
  const call = makeCallFrom("203.0.113.7");

  it("is nothing to tell before there is something", () => {
    expect(tellAtMs(NOTHING_GATHERED)).toBeNull();
    expect(tellAtMs(known)).toBeNull();
  });

  it("is told after an hour where it is ordinary", () => {
    expect(tellAtMs(gather([call], known))).toBe(NOW + 3_600_000);
  });

  test.each<[string, Gathering]>([
    ["an address was not told before", gather([call, makeCallFrom("198.51.100.9")], known)],
    ["a country was not told before", gather([makeCallFrom(null, { country: "KP" })], known)],
    ["there were 100 requests", gather([makeCallFrom(null, { cost: 100 })], known)],
    [
      "there were ten errors",
      gatherAnswers(known, [{ minute: MINUTE, tally: { ...NO_USE, status: { "5xx": 10 } } }], NOW),
    ],
    ["the old text was used", gatherDecision(known, call, decided("admitted"), true, NOW)],
    [
      "a window was 70 percent full",
      gatherDecision(known, call, decided("admitted", [view("hour", 10, 3)]), false, NOW),
    ],
  ])("is told after five minutes where %s", (_, gathering) => {
    expect(tellAtMs(gathering)).toBe(NOW + 300_000);
  });

  it("is taken back when it could not be told, and waits anew", () => {
    const untold = gather([call], known);
    const meanwhile = gather(
      [makeCallFrom("198.51.100.9", { country: "KP" })],
      startGathering(untold),
    );
    const both = takeBack(meanwhile, untold, NOW + 1000);
    expect(both.digest).toMatchObject({
      requests: { [HOUR]: 2 },
      ips: ["203.0.113.7", "198.51.100.9"],
      countries: ["KP"],
    });
    expect(tellAtMs(both)).toBe(NOW + 301_000);
  });

  it("survives being stored", () => {
    const gathering = gather([call], known);
    expect(unpackGathering(packGathering(gathering))).toEqual(gathering);
  });

  test.each([[null], ["damaged"], ["[9,{}]"], ["[1]"]])("stored as %j is nothing", (stored) => {
    expect(unpackGathering(stored)).toEqual(NOTHING_GATHERED);
  });
});

it("a window that all keys of an account share is none that a key has filled", () => {
  const shared = { ...view("minute", 10, 0), shared: true as const };
  const full = decided("rate_limited", [view("hour", 100, 90), shared]);
  const { digest } = gatherDecision(NOTHING_GATHERED, makeCall(), full, false, NOW);
  expect(digest.fullest).toEqual({ window: "hour", percent: 10 });
});

import { describe, expect, it, test } from "vitest";
import { readAges } from "../../src/core/alert-ages.ts";
import {
  NOTHING_SEEN,
  type Digest,
  type DigestMessage,
  type OldText,
} from "../../src/core/alert-digest.ts";
import { completeRules, DEFAULT_RULES } from "../../src/core/alert-rules.ts";
import { UNTOLD, type AlertState } from "../../src/core/alert-state.ts";
import { advance, evaluate, nextEndMs } from "../../src/core/alert.ts";
import { makeKey } from "../support/records.ts";

/** 2026-11-20T12:00:00Z */
const NOW = 1_795_176_000_000;
const DAY = 86_400_000;
const HOUR = 3_600_000;

function message(
  digest: Partial<Digest>,
  oldText: OldText | null = null,
  key = "key_1",
): DigestMessage {
  return { format: 1, key, digest: { ...NOTHING_SEEN, ...digest }, oldText };
}

/** What is told of messages that come one after another, each at its time. */
function tell(
  messages: readonly (readonly [nowMs: number, message: DigestMessage | null])[],
  start: AlertState = UNTOLD,
): { readonly state: AlertState; readonly told: readonly string[] } {
  let state = start;
  const told: string[] = [];
  for (const [nowMs, each] of messages) {
    const judged = evaluate(DEFAULT_RULES, state, each, nowMs);
    state = judged.state;
    told.push(...judged.events.map(({ rule, key, phase }) => `${rule} ${key} ${phase}`));
  }
  return { state, told };
}

function full(key: string): DigestMessage {
  return message({ fullest: { window: "minute", percent: 100 } }, null, key);
}

function seenAt(ip: string): DigestMessage {
  return message({ ips: [ip] });
}

describe("the use of an old text", () => {
  const grace = { sinceMs: NOW, untilMs: NOW + 4 * HOUR };

  it("early in its grace is not told", () => {
    const early = message({}, { ...grace, usedMs: NOW + 3 * HOUR - 1 });
    expect(tell([[NOW + 3 * HOUR, early]]).told).toEqual([]);
  });

  it("late in its grace is told once, and is over with the grace", () => {
    const late = (plus: number): DigestMessage =>
      message({}, { ...grace, usedMs: NOW + 3 * HOUR + plus });
    const { state, told } = tell([
      [NOW + 3 * HOUR, late(0)],
      [NOW + 3.5 * HOUR, late(HOUR / 2)],
      [NOW + 4 * HOUR - 1, null],
    ]);
    expect(told).toEqual(["old_text_used key_1 started"]);
    expect(nextEndMs(state)).toBe(NOW + 4 * HOUR);
    expect(tell([[NOW + 4 * HOUR, null]], state).told).toEqual(["old_text_used key_1 ended"]);
  });
});

describe("findings about keys", () => {
  it("are told key by key", () => {
    expect(
      tell([
        [NOW, full("key_1")],
        [NOW, full("key_2")],
        [NOW, full("key_1")],
      ]).told,
    ).toEqual(["near_limit key_1 started", "near_limit key_2 started"]);
  });

  it("are 200 at most, and never keep out those about the account", () => {
    const { state, told } = tell(
      Array.from({ length: 250 }, (_, index) => [NOW, full(`key_${index}`)] as const),
    );
    expect(told).toHaveLength(200);
    const errors = message({ answers: { [NOW / 300_000]: [100, 100] } });
    expect(tell([[NOW, errors]], state).told).toEqual(["high_error_rate null started"]);
    const later = tell(
      [
        [NOW + HOUR, null],
        [NOW + HOUR, full("key_249")],
      ],
      state,
    );
    expect(later.told).toHaveLength(201);
    expect(later.told.at(-1)).toBe("near_limit key_249 started");
  });
});

describe("names", () => {
  it("that had no room make no unknown one new for as long as they would have been known", () => {
    const many = Array.from({ length: 40 }, (_, part) =>
      message({ ips: Array.from({ length: 30 }, (__, index) => `10.0.${part}.${index}`) }),
    );
    const learnt = tell(many.map((each) => [NOW, each]));
    expect(Object.keys(learnt.state.ips.days)).toHaveLength(1000);
    const unknown = tell([[NOW + 2 * DAY, seenAt("192.0.2.1")]], learnt.state);
    expect(unknown.told).toEqual([]);
    const later = tell([[NOW + 31 * DAY, seenAt("192.0.2.2")]], unknown.state);
    expect(later.told).toEqual(["new_ip key_1 started"]);
  });

  it("of JavaScript's own objects are names like others", () => {
    const learnt = tell([[NOW, message({ countries: ["DE"] })]]);
    const odd = message({ countries: ["__proto__", "constructor"] });
    const { state, told } = tell([[NOW + DAY, odd]], learnt.state);
    expect(told).toEqual(["new_country key_1 started"]);
    expect(Object.keys(state.countries.days)).toEqual(["DE", "__proto__", "constructor"]);
  });
});

describe("a rule that is switched off", () => {
  it("ends what it has found", () => {
    const { state } = tell([[NOW, message({ fullest: { window: "hour", percent: 95 } })]]);
    const rules = { ...DEFAULT_RULES, near_limit: { enabled: false, percent: 90 } };
    const { events } = evaluate(rules, state, null, NOW + 1);
    expect(events.map(({ rule, phase }) => [rule, phase])).toEqual([["near_limit", "ended"]]);
  });
});

it("a clock that steps back ends nothing and begins nothing", () => {
  const errors = message({ answers: { [NOW / 300_000]: [100, 100] } });
  const { state } = tell([[NOW, errors]]);
  expect(
    tell(
      [
        [NOW - DAY, null],
        [NOW, errors],
      ],
      state,
    ).told,
  ).toEqual([]);
});

it("what is known of months of use is bounded", () => {
  let state = UNTOLD;
  for (let hours = 0; hours < 2000; hours += 1) {
    const nowMs = NOW + hours * HOUR;
    const digest = {
      requests: { [nowMs / HOUR]: 1_000_000 },
      answers: { [nowMs / 300_000]: [1_000_000, 1] as const },
      ips: [`10.${hours % 7}.${hours % 250}.1`],
    };
    state = evaluate(DEFAULT_RULES, state, message(digest), nowMs).state;
  }
  expect(Object.keys(state.requests)).toHaveLength(192);
  expect(Object.keys(state.answers)).toHaveLength(12);
  expect(JSON.stringify(state).length).toBeLessThan(40_000);
});

it("rules that older code has stored are completed with defaults", () => {
  const stored = { near_limit: { enabled: false, percent: 50 } };
  expect(completeRules(stored)).toEqual({ ...DEFAULT_RULES, ...stored });
});

describe("the ages of keys", () => {
  /** What a day's pass tells of one key. */
  const judge = (
    changes: Parameters<typeof makeKey>[0],
    activeAtMs: number | null,
    state = UNTOLD,
    knownSinceMs = 0,
  ): { readonly state: AlertState; readonly told: readonly string[] } => {
    const known = { key: makeKey({ id: "key_1", ...changes }), activeAtMs };
    const readings = readAges(DEFAULT_RULES, [known], knownSinceMs, NOW);
    const judged = advance(DEFAULT_RULES, state, readings, NOW);
    const told = judged.events.map(({ rule, phase }) => `${rule} ${phase}`);
    return { state: judged.state, told };
  };

  test.each([
    ["production", 90, ["rotation_due started"]],
    ["live", 90, ["rotation_due started"]],
    ["staging", 90, ["rotation_due started"]],
    ["development", 90, []],
    ["development", 180, ["rotation_due started"]],
    ["test", 180, ["rotation_due started"]],
  ])("a text of %s that is %i days old: %j", (environment, days, told) => {
    const createdAtMs = NOW - days * DAY;
    expect(judge({ environment, createdAtMs }, NOW).told).toEqual(told);
    expect(judge({ environment, createdAtMs: createdAtMs + 1 }, NOW).told).toEqual([]);
  });

  it("a rotation makes the text young, and ends what was told", () => {
    const old = { createdAtMs: NOW - 100 * DAY };
    const { state, told } = judge(old, NOW);
    expect(told).toEqual(["rotation_due started"]);
    expect(judge(old, NOW, state).told).toEqual([]);
    expect(judge({ ...old, rotatedAtMs: NOW - DAY }, NOW, state).told).toEqual([
      "rotation_due ended",
    ]);
  });

  it("a key is unused 90 days after its last use", () => {
    const made = { createdAtMs: NOW - 100 * DAY, rotatedAtMs: NOW };
    expect(judge(made, NOW - 90 * DAY + 1).told).toEqual([]);
    expect(judge(made, NOW - 90 * DAY).told).toEqual(["unused_key started"]);
  });

  it("a key of which no use was ever told is unused 90 days after use began to be told", () => {
    const made = { createdAtMs: NOW - 400 * DAY, rotatedAtMs: NOW };
    expect(judge(made, null, UNTOLD, NOW - 89 * DAY).told).toEqual([]);
    expect(judge(made, null, UNTOLD, NOW - 90 * DAY).told).toEqual(["unused_key started"]);
  });

  it("a key that is used again is told at once", () => {
    const { state } = judge({ createdAtMs: NOW - 90 * DAY, rotatedAtMs: NOW }, null);
    const used = message({ requests: { [NOW / HOUR]: 1 } });
    expect(tell([[NOW + 1, used]], state).told).toEqual(["unused_key key_1 ended"]);
  });

  test.each([
    ["revoked", { revokedAtMs: NOW - 1 }],
    ["disabled", { enabled: false }],
    ["expired", { expiresAtMs: NOW }],
  ])("a key that is %s needs no care any more", (_, change) => {
    const old = { createdAtMs: NOW - 100 * DAY };
    const { state } = judge(old, null);
    expect(judge({ ...old, ...change }, null, state).told).toEqual([
      "unused_key ended",
      "rotation_due ended",
    ]);
    expect(judge({ ...old, ...change }, null).told).toEqual([]);
  });

  it("time alone ends none of these findings", () => {
    const { state } = judge({ createdAtMs: NOW - 100 * DAY }, null);
    expect(nextEndMs(state)).toBeNull();
    expect(tell([[NOW + 1000 * DAY, null]], state).told).toEqual([]);
  });
});

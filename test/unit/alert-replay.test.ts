/** Traffic of known shapes against the alert rules: exactly what is to be told, once. */
import { describe, expect, it } from "vitest";
import { DEFAULT_RULES } from "../../src/core/alert-rules.ts";
import { replay, replayEvents, type Traffic } from "../support/replay-alerts.ts";

/** Requests in five minutes by the hour of a working day, as an API in Europe sees them. */
const WORKING_DAY = [
  4, 3, 2, 2, 3, 6, 15, 40, 90, 120, 125, 118, 95, 110, 122, 119, 105, 80, 50, 30, 20, 14, 9, 6,
];

function workingDay(hours: number): number {
  return WORKING_DAY[Math.floor(hours) % 24] ?? 0;
}

/** Less than a tenth of it on Saturday and Sunday. */
function workingWeek(hours: number): number {
  const isWeekend = Math.floor(hours / 24) % 7 >= 5;
  return isWeekend ? Math.floor(workingDay(hours) / 12) : workingDay(hours);
}

/** Whether a moment lies in a span, in hours since the start. */
function within(hours: number, from: number, to: number): boolean {
  return hours >= from && hours < to;
}

/** A spike before a week is known. */
function earlySpike(hours: number): Traffic {
  return { requests: within(hours, 100, 101) ? 2000 : 50 };
}

/** 100 answers in five minutes, of which so many are errors for a time and one otherwise. */
function errorBurst(hours: number, from: number, to: number, errors: number): Traffic {
  return { requests: 100, errors: within(hours, from, to) ? errors : 1 };
}

const USUAL_IPS = ["203.0.113.7", "203.0.113.8"];

/** The usual addresses, and another one for five minutes every so many days. */
function rareIp(hours: number, days: number): Traffic {
  return { ips: hours % (days * 24) === 0 ? [...USUAL_IPS, "198.51.100.9"] : USUAL_IPS };
}

describe("volume", () => {
  it("of a weekly pattern is usual, on Mondays, too", () => {
    expect(replay(42, (hours) => ({ requests: workingWeek(hours) }))).toEqual([]);
  });

  it("of a spike is told once, when it begins to be one and when it is over", () => {
    const events = replayEvents(14, (hours) => ({
      requests: workingDay(hours) * (within(hours, 250, 252) ? 9 : 1),
    }));
    expect(events.map(({ rule, phase }) => `${rule} ${phase}`)).toEqual([
      "high_volume started",
      "high_volume ended",
    ]);
    const [started, ended] = events;
    // The hour has 4 times as many as usual before it is half over.
    expect(new Date(started?.atMs ?? 0).toISOString()).toBe("2026-12-03T10:29:59.999Z");
    expect(started?.details).toEqual({
      hour: "2026-12-03T10:00:00.000Z",
      requests: 6 * 9 * 125,
      bound: 4 * 12 * 125,
      usual: 12 * 125,
    });
    // Of the hours from 10 to 12; one in which nothing is unusual passes, and another.
    expect(new Date(ended?.atMs ?? 0).toISOString()).toBe("2026-12-03T13:59:59.999Z");
    expect(ended?.details).toEqual({ since: "2026-12-03T10:29:59.999Z" });
  });

  it("of a spike is not known in the first week, and only bounded", () => {
    expect(replay(6, earlySpike)).toEqual([]);
    const high_volume = { ...DEFAULT_RULES.high_volume, requests_per_hour: 10_000 };
    expect(replay(6, earlySpike, { ...DEFAULT_RULES, high_volume })).toEqual([
      "day 4 04:29 high_volume started",
      "day 4 06:59 high_volume ended",
    ]);
  });

  it("that grows slowly is told when it passes the bound, and not before", () => {
    const high_volume = { ...DEFAULT_RULES.high_volume, requests_per_hour: 12_000 };
    // A twelfth more each day: after 40 days 24 times as much.
    const told = replay(
      60,
      (hours) => ({ requests: Math.floor(50 * 1.0825 ** Math.floor(hours / 24)) }),
      { ...DEFAULT_RULES, high_volume },
    );
    expect(told).toEqual(["day 38 00:59 high_volume started"]);
  });

  it("of an account that is hardly used is not told", () => {
    expect(replay(20, (hours) => (hours % 7 === 0 ? { requests: 8 } : null))).toEqual([]);
  });

  it("that flaps by the hour is one finding", () => {
    const told = replay(16, (hours) => ({
      requests: within(hours, 240, 300) && Math.floor(hours) % 2 === 0 ? 600 : 50,
    }));
    expect(told).toEqual(["day 10 00:24 high_volume started", "day 12 12:59 high_volume ended"]);
  });
});

describe("addresses", () => {
  it("of the first day are learnt and not told", () => {
    const told = replay(5, (hours) => ({ ips: [USUAL_IPS[Math.floor(hours / 6) % 2] ?? ""] }));
    expect(told).toEqual([]);
  });

  it("that are new are told once, and over a day after the last one", () => {
    const events = replayEvents(6, (hours) => ({
      ips: within(hours, 60, 62) ? [...USUAL_IPS, "198.51.100.9"] : USUAL_IPS,
    }));
    expect(events.map(({ rule, phase, key }) => [rule, phase, key])).toEqual([
      ["new_ip", "started", "key_1"],
      ["new_ip", "ended", "key_1"],
    ]);
    expect(events[0]?.details).toEqual({ ips: ["198.51.100.9"] });
    expect((events[1]?.atMs ?? 0) - (events[0]?.atMs ?? 0)).toBe(24 * 3_600_000);
  });

  it("that are new all the time are one finding", () => {
    const events = replayEvents(6, (hours) => ({
      ips: within(hours, 48, 96) ? [`198.51.100.${Math.floor(hours * 2) % 250}`] : USUAL_IPS,
    }));
    expect(events.map(({ rule, phase }) => `${rule} ${phase}`)).toEqual([
      "new_ip started",
      "new_ip ended",
    ]);
    // Two an hour for two days, of which the first was told.
    expect(events[1]?.details).toMatchObject({ further: 95 });
  });

  it("that come back after more than 30 days are new, those that come back before are not", () => {
    expect(replay(61, (hours) => rareIp(hours, 30))).toEqual([]);
    expect(replay(34, (hours) => rareIp(hours, 32))).toEqual([
      "day 32 00:04 new_ip started",
      "day 33 00:04 new_ip ended",
    ]);
  });

  it("of another country are told beside the address", () => {
    const abroad = { ips: ["198.51.100.9"], countries: ["KP"] };
    expect(replay(3, (hours) => (hours === 30 ? abroad : {}))).toEqual([
      "day 1 06:04 new_ip started",
      "day 1 06:04 new_country started",
      "day 2 06:04 new_ip ended",
      "day 2 06:04 new_country ended",
    ]);
  });
});

describe("errors", () => {
  it("in a burst are told once, and over when half an hour was clearly without", () => {
    expect(replay(2, (hours) => errorBurst(hours, 20, 21, 60))).toEqual([
      "day 0 20:09 high_error_rate started",
      "day 0 21:39 high_error_rate ended",
    ]);
  });

  it("of few requests are not told", () => {
    expect(replay(2, (hours) => ({ requests: 5, errors: hours >= 20 ? 5 : 0 }))).toEqual([]);
  });

  it("that flap around the bound are one finding", () => {
    const told = replay(2, (hours) => ({
      requests: 100,
      errors: within(hours, 20, 30) && Math.floor(hours * 3) % 2 === 0 ? 40 : 2,
    }));
    expect(told).toEqual([
      "day 0 20:14 high_error_rate started",
      "day 1 06:19 high_error_rate ended",
    ]);
  });

  it("end when nothing is asked for any more", () => {
    expect(replay(2, (hours) => (hours < 21 ? errorBurst(hours, 20, 21, 60) : null))).toEqual([
      "day 0 20:09 high_error_rate started",
      "day 0 21:29 high_error_rate ended",
    ]);
  });
});

describe("a key near its limit", () => {
  it("is told once while it comes near it again and again", () => {
    const told = replay(2, (hours) => ({
      percentOfLimit: within(hours, 20, 26) && Math.floor(hours * 12) % 6 === 0 ? 95 : 40,
    }));
    expect(told).toEqual(["day 0 20:04 near_limit started", "day 1 02:34 near_limit ended"]);
  });
});

it("a rule that is switched off tells nothing", () => {
  const high_error_rate = { ...DEFAULT_RULES.high_error_rate, enabled: false };
  const rules = { ...DEFAULT_RULES, high_error_rate };
  expect(replay(1, () => ({ requests: 100, errors: 100 }), rules)).toEqual([]);
});

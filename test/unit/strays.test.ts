import { describe, expect, it } from "vitest";
import { addStrays, noteStray, type OpenStrays } from "../../src/core/strays.ts";

/** 2026-11-20T12:00:00Z */
const NOON_MS = 1_795_176_000_000;
const HOUR_MS = 3_600_000;
const NOON = NOON_MS / HOUR_MS;

describe("a request of which no key is known", () => {
  it("is counted by its reason and its address, in its API and hour", () => {
    const strays: OpenStrays[] = [];
    noteStray(strays, "a", "missing_credential", "203.0.113.7", NOON_MS);
    noteStray(strays, "a", "missing_credential", "203.0.113.8", NOON_MS + HOUR_MS - 1);
    noteStray(strays, "a", "unknown_key", "203.0.113.7", NOON_MS);
    expect(strays).toEqual([
      {
        api: "a",
        hour: NOON,
        refused: { missing_credential: 2, unknown_key: 1 },
        ips: { "203.0.113.7": 2, "203.0.113.8": 1 },
      },
    ]);
  });

  it("is told apart from those of other APIs and hours", () => {
    const strays: OpenStrays[] = [];
    noteStray(strays, "a", "unknown_key", null, NOON_MS);
    noteStray(strays, "b", "unknown_key", null, NOON_MS);
    noteStray(strays, "a", "unknown_key", null, NOON_MS + HOUR_MS);
    expect(strays.map(({ api, hour, refused, ips }) => [api, hour, refused, ips])).toEqual([
      ["a", NOON, { unknown_key: 1 }, {}],
      ["b", NOON, { unknown_key: 1 }, {}],
      ["a", NOON + 1, { unknown_key: 1 }, {}],
    ]);
  });

  it("is counted without an address that is none", () => {
    const strays: OpenStrays[] = [];
    noteStray(strays, "a", "unknown_key", "constructor", NOON_MS);
    expect(strays[0]?.ips).toEqual({});
  });

  it("has a place for twenty addresses; all further ones are counted together", () => {
    const strays: OpenStrays[] = [];
    for (let i = 0; i < 25; i += 1) noteStray(strays, "a", "unknown_key", `10.0.0.${i}`, NOON_MS);
    noteStray(strays, "a", "unknown_key", "10.0.0.3", NOON_MS);
    const ips = strays[0]?.ips ?? {};
    expect([Object.keys(ips).length, ips["other"], ips["10.0.0.3"]]).toEqual([21, 5, 2]);
  });
});

it("two sides of an hour add up, with the twenty addresses that came most", () => {
  const many = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`10.0.0.${i}`, 2]));
  const sum = addStrays(
    { hour: NOON, refused: { unknown_key: 40 }, ips: many },
    {
      hour: NOON,
      refused: { unknown_key: 5, missing_credential: 1 },
      ips: { "10.0.1.1": 5, "10.0.1.2": 1 },
    },
  );
  expect(sum.hour).toBe(NOON);
  expect(sum.refused).toEqual({ unknown_key: 45, missing_credential: 1 });
  expect([sum.ips["10.0.1.1"], sum.ips["10.0.1.2"], sum.ips["other"]]).toEqual([5, undefined, 3]);
});

import { describe, expect, it, test } from "vitest";
import { sessionEndsAtMs, useSession, type Session } from "../../src/core/session.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const SESSION: Session = { hash: "h", openedAtMs: 0, seenAtMs: 0, tokenDigest: null };

describe("a session", () => {
  it("ends half an hour after its last use", () => {
    expect(sessionEndsAtMs({ ...SESSION, seenAtMs: HOUR_MS })).toBe(HOUR_MS + 30 * MINUTE_MS);
  });

  it("ends twelve hours after it was opened, however much it is used", () => {
    expect(sessionEndsAtMs({ ...SESSION, seenAtMs: 11.9 * HOUR_MS })).toBe(12 * HOUR_MS);
  });
});

test.each([
  ["at once", 0, 0],
  ["within a minute", MINUTE_MS - 1, 0],
  ["after a minute", MINUTE_MS, MINUTE_MS],
])("a use %s is seen as of %i ms", (_, nowMs, seenAtMs) => {
  expect(useSession(SESSION, nowMs)).toEqual({ ...SESSION, seenAtMs });
});

it("a use that need not be written is the same session", () => {
  expect(useSession(SESSION, 1)).toBe(SESSION);
});

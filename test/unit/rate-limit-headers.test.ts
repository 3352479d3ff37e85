import { describe, expect, it } from "vitest";
import { formatRateLimitHeaders, retryAfterSeconds } from "../../src/core/rate-limit-headers.ts";
import type { WindowView } from "../../src/core/window.ts";

// 2026-11-20T16:00:00Z is 1795190400 in epoch seconds.
const NOW = 1_795_190_400_000;

function headersOf(views: readonly WindowView[], refusedCost?: number): Record<string, string> {
  return Object.fromEntries(formatRateLimitHeaders(views, NOW, refusedCost));
}

describe("an answer to a recognised key", () => {
  it("tells the window with the fewest left, and all of them in RateLimit", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 100, remaining: 95, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 1000, remaining: 870, resetAtMs: NOW + 1_911_000 },
    ];
    expect(headersOf(views)).toEqual({
      "X-RateLimit-Limit": "100",
      "X-RateLimit-Remaining": "95",
      "X-RateLimit-Reset": "1795190424",
      "RateLimit-Policy": '"minute";q=100;w=60, "hour";q=1000;w=3600',
      RateLimit: '"minute";r=95;t=24, "hour";r=870;t=1911',
    });
  });

  it("tells the hour when it has fewer left than the minute", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 100, remaining: 95, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 1000, remaining: 12, resetAtMs: NOW + 1_911_000 },
    ];
    expect(headersOf(views)).toMatchObject({
      "X-RateLimit-Limit": "1000",
      "X-RateLimit-Remaining": "12",
      "X-RateLimit-Reset": "1795192311",
    });
  });

  it("tells the window that opens last when two have the same left", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 10, remaining: 4, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 40, remaining: 4, resetAtMs: NOW + 90_000 },
      { name: "day", limit: 50, remaining: 4, resetAtMs: NOW + 60_000 },
    ];
    expect(headersOf(views)).toMatchObject({
      "X-RateLimit-Limit": "40",
      "X-RateLimit-Reset": "1795190490",
    });
  });

  it("rounds seconds up, so that nothing is promised too early", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 100, remaining: 95, resetAtMs: NOW + 23_001 },
    ];
    expect(headersOf(views)).toMatchObject({
      "X-RateLimit-Reset": "1795190424",
      RateLimit: '"minute";r=95;t=24',
    });
  });

  it("names the length of every window in seconds", () => {
    const views: WindowView[] = [
      { name: "second", limit: 1, remaining: 1, resetAtMs: NOW + 1000 },
      { name: "minute", limit: 2, remaining: 2, resetAtMs: NOW + 60_000 },
      { name: "hour", limit: 3, remaining: 3, resetAtMs: NOW + 3_600_000 },
      { name: "day", limit: 4, remaining: 4, resetAtMs: NOW + 86_400_000 },
      { name: "month", limit: 5, remaining: 5, resetAtMs: NOW + 2_592_000_000 },
    ];
    expect(headersOf(views)["RateLimit-Policy"]).toBe(
      '"second";q=1;w=1, "minute";q=2;w=60, "hour";q=3;w=3600, "day";q=4;w=86400, ' +
        '"month";q=5;w=2592000',
    );
  });

  it("has no rate-limit headers when nothing is limited", () => {
    expect(formatRateLimitHeaders([], NOW)).toEqual([]);
  });
});

describe("an answer 429", () => {
  it("tells a violated window although another one opens later", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 100, remaining: 0, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 1000, remaining: 870, resetAtMs: NOW + 1_911_000 },
    ];
    expect(headersOf(views, 1)).toMatchObject({
      "X-RateLimit-Limit": "100",
      "X-RateLimit-Remaining": "0",
      "X-RateLimit-Reset": "1795190424",
    });
  });

  it("tells the violated window that opens last, even when another has fewer left", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 10, remaining: 3, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 40, remaining: 4, resetAtMs: NOW + 1_911_000 },
      { name: "day", limit: 900, remaining: 800, resetAtMs: NOW + 80_000_000 },
    ];
    expect(headersOf(views, 5)).toMatchObject({
      "X-RateLimit-Limit": "40",
      "X-RateLimit-Remaining": "4",
      "X-RateLimit-Reset": "1795192311",
    });
  });

  it("tells the violated window with the fewest left when two open together", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 10, remaining: 3, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 40, remaining: 1, resetAtMs: NOW + 24_000 },
      { name: "day", limit: 90, remaining: 2, resetAtMs: NOW + 24_000 },
    ];
    expect(headersOf(views, 5)["X-RateLimit-Limit"]).toBe("40");
  });

  it("still lists every window in RateLimit", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 100, remaining: 0, resetAtMs: NOW + 24_000 },
      { name: "hour", limit: 1000, remaining: 870, resetAtMs: NOW + 1_911_000 },
    ];
    expect(headersOf(views, 1)["RateLimit"]).toBe('"minute";r=0;t=24, "hour";r=870;t=1911');
  });
});

describe("Retry-After", () => {
  it("is the time until the violated window opens, rounded up", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 100, remaining: 0, resetAtMs: NOW + 23_001 },
      { name: "hour", limit: 1000, remaining: 870, resetAtMs: NOW + 1_911_000 },
    ];
    expect(retryAfterSeconds(views, 1, NOW)).toBe(24);
  });

  it("waits for the last of several violated windows", () => {
    const views: WindowView[] = [
      { name: "hour", limit: 1000, remaining: 0, resetAtMs: NOW + 1_911_000 },
      { name: "day", limit: 9000, remaining: 0, resetAtMs: NOW + 40_000 },
    ];
    expect(retryAfterSeconds(views, 1, NOW)).toBe(1911);
  });

  it("counts a window as violated when it has less left than the request costs", () => {
    const views: WindowView[] = [
      { name: "minute", limit: 10, remaining: 4, resetAtMs: NOW + 24_000 },
    ];
    expect(retryAfterSeconds(views, 5, NOW)).toBe(24);
  });

  it("is at least 1, even when the window opens this very millisecond", () => {
    const views: WindowView[] = [{ name: "second", limit: 1, remaining: 0, resetAtMs: NOW }];
    expect(retryAfterSeconds(views, 1, NOW)).toBe(1);
  });
});

import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/core/decision.ts";
import { joinShared, returnShared, takeShared } from "../../src/core/shared-limits.ts";
import type { WindowView } from "../../src/core/window.ts";

const NOW = 1_795_190_400_000;
const NOTHING = { windows: [], requestCount: 0 };

function decisionOf(changes: Partial<Decision> = {}): Decision {
  return {
    format: 2,
    outcome: "admitted",
    reason: null,
    record: null,
    windows: [{ name: "minute", limit: 9, remaining: 8, resetAtMs: NOW + 60_000 }],
    nowMs: NOW,
    ...changes,
  };
}

function sharedView(limit: number, remaining: number, nowMs = NOW): WindowView {
  return { name: "hour", limit, remaining, resetAtMs: nowMs + 3_600_000, shared: true };
}

describe("what an account takes", () => {
  it("is taken from every window and told as shared", () => {
    const { taken, counts } = takeShared({ hour: 10 }, NOTHING, 3, NOW);
    expect(taken).toEqual({
      format: 1,
      admitted: true,
      windows: [sharedView(10, 7)],
      nowMs: NOW,
    });
    expect(counts).toEqual({
      windows: [{ name: "hour", openedAtMs: NOW, used: 3 }],
      requestCount: 3,
    });
  });

  it("is nothing when a window has less left", () => {
    const { counts } = takeShared({ hour: 10 }, NOTHING, 8, NOW);
    const refused = takeShared({ hour: 10 }, counts, 3, NOW);
    expect(refused.taken.admitted).toBe(false);
    expect(refused.counts).toEqual(counts);
  });

  it("is nothing, and admitted, once it shares no limits", () => {
    expect(takeShared(null, NOTHING, 3, NOW).taken).toMatchObject({ admitted: true, windows: [] });
  });
});

describe("what an account gives back", () => {
  it("is free again, and a window that nothing else opened is closed", () => {
    const { counts } = takeShared({ hour: 10 }, NOTHING, 3, NOW);
    const returned = { format: 1, resetsAtMs: [NOW + 3_600_000] } as const;
    expect(returnShared(counts, { ...returned, cost: 1 })).toEqual({
      windows: [{ name: "hour", openedAtMs: NOW, used: 2 }],
      requestCount: 2,
    });
    expect(returnShared(counts, { ...returned, cost: 3 })).toEqual(NOTHING);
  });

  it("is taken from no window that has opened since", () => {
    const { counts } = takeShared({ second: 1, hour: 10 }, NOTHING, 1, NOW);
    const later = takeShared({ second: 1, hour: 10 }, counts, 1, NOW + 1000).counts;
    const resetsAtMs = [NOW + 1000, NOW + 3_600_000];
    expect(returnShared(later, { format: 1, cost: 1, resetsAtMs }).windows).toEqual(
      expect.arrayContaining([
        { name: "second", openedAtMs: NOW + 1000, used: 1 },
        { name: "hour", openedAtMs: NOW, used: 1 },
      ]),
    );
  });

  it("is taken from what is open where older code does not say from which windows it came", () => {
    const { counts } = takeShared({ hour: 10 }, NOTHING, 3, NOW);
    expect(returnShared(counts, { format: 1, cost: 3 })).toEqual(NOTHING);
  });
});

describe("a key's decision beside its account's", () => {
  const taken = { format: 1, admitted: true, windows: [sharedView(10, 7)], nowMs: NOW } as const;

  it("tells the windows of both", () => {
    const { outcome, windows } = joinShared(decisionOf(), taken, 1);
    expect(outcome).toBe("admitted");
    expect(windows).toEqual([...decisionOf().windows, sharedView(10, 7)]);
  });

  it("tells the account's windows by the key's clock", () => {
    const ahead = { ...taken, windows: [sharedView(10, 7, NOW + 2000)], nowMs: NOW + 2000 };
    expect(joinShared(decisionOf(), ahead, 1).windows[1]).toEqual(sharedView(10, 7));
  });

  it("is a refusal when the account has too little left", () => {
    const refused = { ...taken, admitted: false, windows: [sharedView(10, 0)] };
    expect(joinShared(decisionOf(), refused, 1).outcome).toBe("rate_limited");
  });

  it("says that the account never has so much", () => {
    const refused = { ...taken, admitted: false, windows: [sharedView(10, 10)] };
    expect(joinShared(decisionOf(), refused, 11).outcome).toBe("too_costly");
  });

  it("stays the key's own refusal", () => {
    const decision = decisionOf({ outcome: "refused", reason: "revoked_key" });
    expect(joinShared(decision, taken, 1)).toMatchObject({
      outcome: "refused",
      reason: "revoked_key",
    });
  });
});

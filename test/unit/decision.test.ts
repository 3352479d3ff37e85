import { describe, expect, it, test } from "vitest";
import { decide, UNUSED, type DecideCall, type KeyUse } from "../../src/core/decision.ts";
import { makeRecord } from "../support/records.ts";

const NOW = 1_795_190_400_000;

/** The call of an edge that judged with version 1 of the key and of the account. */
const FACTS = {
  api: "deframe",
  environments: ["production"],
  permissions: [],
  ip: null,
  ipBlocked: false,
  referer: null,
  origin: null,
  endpoint: { method: "GET", pathname: "/" },
};

function callOf(changes: Partial<DecideCall> = {}): DecideCall {
  return {
    format: 2,
    textHash: "hash-1",
    version: "1.1",
    facts: FACTS,
    cost: 1,
    apiLimits: { minute: 100 },
    apiSigning: "optional",
    signature: { kind: "none" },
    requestId: "req_1",
    ...changes,
  };
}

function usedUp(openedAtMs: number, used: number): KeyUse {
  return {
    windows: [{ name: "minute", openedAtMs, used }],
    requestCount: 40,
    lastUsedMs: 1,
    previousTextUsedMs: null,
  };
}

describe("an admitted request", () => {
  it("is counted, and the use is there to be stored", () => {
    const { decision, use } = decide(makeRecord(), UNUSED, callOf(), NOW);
    expect(decision).toMatchObject({ outcome: "admitted", reason: null });
    expect(use).toEqual({
      windows: [{ name: "minute", openedAtMs: NOW, used: 1 }],
      requestCount: 1,
      lastUsedMs: NOW,
      previousTextUsedMs: null,
    });
  });

  it("tells the counts after it", () => {
    const { decision } = decide(makeRecord(), usedUp(NOW - 1000, 3), callOf({ cost: 4 }), NOW);
    expect(decision.windows).toEqual([
      { name: "minute", limit: 100, remaining: 93, resetAtMs: NOW + 59_000 },
    ]);
  });

  it("of a batch takes what it costs, also from the count of requests", () => {
    const { use } = decide(makeRecord(), usedUp(NOW, 3), callOf({ cost: 4 }), NOW);
    expect(use).toMatchObject({ windows: [{ used: 7 }], requestCount: 44 });
  });

  it("does not hand a record back to an edge that has the current one", () => {
    expect(decide(makeRecord(), UNUSED, callOf(), NOW).decision.record).toBeNull();
  });

  it("with a cost of 0 only reads", () => {
    const { decision, use } = decide(makeRecord(), usedUp(NOW, 100), callOf({ cost: 0 }), NOW);
    expect(decision).toMatchObject({ outcome: "admitted", windows: [{ remaining: 0 }] });
    expect(use).toBeNull();
  });
});

describe("a text that does not stand in the record", () => {
  test.each([
    ["of another hash", makeRecord(), callOf({ textHash: "hash-2" })],
    ["of no hash", makeRecord(), callOf({ textHash: "" })],
    ["of a key without texts", makeRecord({}, { texts: [] }), callOf()],
    ["of another API", makeRecord({ api: "example" }), callOf({ version: null })],
  ])("is unknown and learns nothing of the key: %s", (_, record, call) => {
    expect(decide(record, usedUp(NOW, 3), call, NOW)).toEqual({
      decision: {
        format: 2,
        outcome: "unknown",
        reason: "unknown_key",
        record: null,
        windows: [],
        nowMs: NOW,
      },
      use: null,
    });
  });

  it("is unknown even when the key is revoked", () => {
    const record = makeRecord({}, { revokedAtMs: NOW });
    const { decision } = decide(record, UNUSED, callOf({ textHash: "hash-2" }), NOW);
    expect(decision.reason).toBe("unknown_key");
  });
});

describe("a key that is not in force", () => {
  test.each([
    ["revoked_key", {}, { revokedAtMs: NOW - 1 }],
    ["expired_key", {}, { expiresAtMs: NOW }],
    ["disabled_key", {}, { enabled: false }],
    ["suspended_account", { suspended: true }, {}],
    ["suspended_account", { suspended: true }, { enabled: false, expiresAtMs: NOW }],
    ["revoked_key", { suspended: true }, { revokedAtMs: NOW }],
  ])("is refused as %s, costs nothing and tells its counts", (reason, changes, keyChanges) => {
    const record = makeRecord(changes, keyChanges);
    const { decision, use } = decide(record, usedUp(NOW, 3), callOf(), NOW);
    expect(decision).toMatchObject({
      outcome: "refused",
      reason,
      windows: [{ name: "minute", limit: 100, remaining: 97 }],
    });
    expect(use).toBeNull();
  });

  it("still worked one millisecond before it expired", () => {
    const record = makeRecord({}, { expiresAtMs: NOW + 1 });
    expect(decide(record, UNUSED, callOf(), NOW).decision.outcome).toBe("admitted");
  });

  it("is refused for itself even when its window is full", () => {
    const record = makeRecord({}, { revokedAtMs: NOW });
    const { decision } = decide(record, usedUp(NOW, 100), callOf(), NOW);
    expect(decision).toMatchObject({ outcome: "refused", reason: "revoked_key" });
  });
});

describe("a rotated key", () => {
  const rotated = makeRecord(
    {},
    {
      texts: [
        { hash: "hash-2", entry: "a", untilMs: null },
        { hash: "hash-1", entry: "a", untilMs: NOW },
      ],
    },
  );

  it("is known by its old text until the last millisecond of the grace", () => {
    expect(decide(rotated, UNUSED, callOf(), NOW - 1).decision.outcome).toBe("admitted");
  });

  it("answers its old text with revoked_key at the very millisecond the grace ends", () => {
    expect(decide(rotated, UNUSED, callOf(), NOW).decision).toMatchObject({
      outcome: "refused",
      reason: "revoked_key",
    });
  });

  it("is known by its new text alone at once after no grace, where the clock is behind, too", () => {
    const key = { ...rotated.key, rotatedAtMs: NOW };
    const { decision } = decide({ ...rotated, key }, UNUSED, callOf(), NOW - 200);
    expect(decision.reason).toBe("revoked_key");
  });

  it("is known by its new text", () => {
    const call = callOf({ textHash: "hash-2" });
    expect(decide(rotated, UNUSED, call, NOW).decision.outcome).toBe("admitted");
  });
});

describe("an edge whose record is not the current one", () => {
  const elsewhere = { ...FACTS, environments: ["staging"] };

  test.each([null, "0.1", "1.0", "2.1", ""])("is handed the record back: %j", (version) => {
    const { decision } = decide(makeRecord(), UNUSED, callOf({ version }), NOW);
    expect(decision).toMatchObject({ outcome: "admitted", record: makeRecord() });
  });

  it("leaves the restrictions to the object, which refuses at no cost", () => {
    const call = callOf({ version: "0.1", facts: elsewhere });
    const { decision, use } = decide(makeRecord(), UNUSED, call, NOW);
    expect(decision).toMatchObject({
      outcome: "refused",
      reason: "environment_mismatch",
      record: makeRecord(),
      windows: [{ remaining: 100 }],
    });
    expect(use).toBeNull();
  });

  it("is handed the record with a refusal for the key's status, too", () => {
    const record = makeRecord({}, { revokedAtMs: NOW, version: 2 });
    expect(decide(record, UNUSED, callOf(), NOW).decision).toMatchObject({
      reason: "revoked_key",
      record,
    });
  });

  it("is the only one whose restrictions are judged here", () => {
    const call = callOf({ facts: elsewhere });
    expect(decide(makeRecord(), UNUSED, call, NOW).decision.outcome).toBe("admitted");
  });
});

describe("a key over its limit", () => {
  it("is refused, and nothing is stored", () => {
    const { decision, use } = decide(makeRecord(), usedUp(NOW - 1000, 100), callOf(), NOW);
    expect(decision).toMatchObject({
      outcome: "rate_limited",
      windows: [{ name: "minute", limit: 100, remaining: 0, resetAtMs: NOW + 59_000 }],
    });
    expect(use).toBeNull();
  });

  it("is refused a batch that does not fit now but could later", () => {
    const { decision } = decide(makeRecord(), usedUp(NOW, 98), callOf({ cost: 3 }), NOW);
    expect(decision.outcome).toBe("rate_limited");
  });

  it("is refused a batch of the whole limit until its window is over", () => {
    const { decision } = decide(makeRecord(), usedUp(NOW, 1), callOf({ cost: 100 }), NOW);
    expect(decision.outcome).toBe("rate_limited");
  });

  it("is told that a batch larger than the whole limit costs too much", () => {
    const { decision, use } = decide(makeRecord(), UNUSED, callOf({ cost: 101 }), NOW);
    expect(decision.outcome).toBe("too_costly");
    expect(use).toBeNull();
  });

  it("is told so when one of two windows is too small, though another is merely full", () => {
    const record = makeRecord({ limits: { second: 5, minute: 100 } });
    const { decision } = decide(record, usedUp(NOW, 98), callOf({ cost: 6 }), NOW);
    expect(decision.outcome).toBe("too_costly");
  });

  it("is admitted again one length after the clock stepped back, whatever came in between", () => {
    const anHourBack = NOW - 3_600_000;
    const full = usedUp(NOW, 100);
    const first = decide(makeRecord(), full, callOf(), anHourBack);
    const afterFirst = first.use ?? full;
    const second = decide(makeRecord(), afterFirst, callOf(), anHourBack + 59_999);
    const afterSecond = second.use ?? afterFirst;
    const third = decide(makeRecord(), afterSecond, callOf(), anHourBack + 60_000);
    expect([first, second, third].map(({ decision }) => decision.outcome)).toEqual([
      "rate_limited",
      "rate_limited",
      "admitted",
    ]);
  });

  it("is not seen as used by a refusal after the clock stepped back", () => {
    const { use } = decide(makeRecord(), usedUp(NOW, 100), callOf(), NOW - 5000);
    expect(use).toMatchObject({ requestCount: 40, lastUsedMs: 1 });
  });
});

describe("the limits of a decision", () => {
  it("are the record's, as a whole, when it has any", () => {
    const record = makeRecord({ limits: { hour: 7 } });
    expect(decide(record, UNUSED, callOf(), NOW).decision.windows).toMatchObject([
      { name: "hour", limit: 7, remaining: 6 },
    ]);
  });

  it("are the API's when the record has none", () => {
    const call = callOf({ apiLimits: { second: 3, minute: 9 } });
    expect(decide(makeRecord(), UNUSED, call, NOW).decision.windows).toMatchObject([
      { name: "second", limit: 3, remaining: 2 },
      { name: "minute", limit: 9, remaining: 8 },
    ]);
  });
});

describe("a signed request", () => {
  const verified = { kind: "verified", replay: { id: "mac-1", untilMs: NOW + 600_000 } } as const;

  it("is admitted once its signature was verified with the current record", () => {
    const { decision } = decide(makeRecord(), UNUSED, callOf({ signature: verified }), NOW);
    expect(decision.outcome).toBe("admitted");
  });

  it.each([["unverified"], ["verified"]] as const)(
    "is sent back with the current record, uncounted, when it was %s with an older one",
    (kind) => {
      const signature = kind === "verified" ? verified : { kind };
      const record = makeRecord({}, { version: 2 });
      const { decision, use } = decide(record, UNUSED, callOf({ signature }), NOW);
      expect(decision.outcome).toBe("stale");
      expect(decision.record).toBe(record);
      expect(use).toBeNull();
    },
  );

  it("is counted at once where the current record judges no signatures", () => {
    const call = callOf({ version: null, apiSigning: "off", signature: { kind: "unverified" } });
    expect(decide(makeRecord(), UNUSED, call, NOW).decision.outcome).toBe("admitted");
  });

  it("is refused and costs nothing when another request had the same signature", () => {
    const { decision, use } = decide(
      makeRecord(),
      UNUSED,
      callOf({ signature: verified }),
      NOW,
      true,
    );
    expect(decision).toMatchObject({ outcome: "refused", reason: "replayed_signature" });
    expect(use).toBeNull();
  });

  it("is told that its key is revoked before it is told to be a replay", () => {
    const record = makeRecord({}, { revokedAtMs: 1 });
    const { decision } = decide(record, UNUSED, callOf({ signature: verified }), NOW, true);
    expect(decision.reason).toBe("revoked_key");
  });
});

describe("an unsigned request whose edge has an older record", () => {
  const unsigned = callOf({ version: null });

  it("is refused where the key asks for signatures now", () => {
    const record = makeRecord({}, { signing: "required" });
    const { decision, use } = decide(record, UNUSED, unsigned, NOW);
    expect(decision).toMatchObject({ outcome: "refused", reason: "missing_signature" });
    expect(use).toBeNull();
  });

  it("is refused where the API asks for signatures, whatever the key asks for", () => {
    const record = makeRecord({}, { signing: "optional" });
    const { decision } = decide(record, UNUSED, { ...unsigned, apiSigning: "required" }, NOW);
    expect(decision.reason).toBe("missing_signature");
  });

  it("is told of a restriction before it is told to sign", () => {
    const record = makeRecord({}, { signing: "required", restrictions: { ips: ["203.0.113.7"] } });
    expect(decide(record, UNUSED, unsigned, NOW).decision.reason).toBe("ip_not_allowed");
  });

  it("is admitted when it needs no signature, as where a key is only judged", () => {
    const record = makeRecord({}, { signing: "required" });
    const call = callOf({ version: null, signature: { kind: "waived" } });
    expect(decide(record, UNUSED, call, NOW).decision.outcome).toBe("admitted");
  });
});

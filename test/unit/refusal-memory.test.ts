import { describe, expect, it } from "vitest";
import type { Decision } from "../../src/core/decision.ts";
import { createRefusalMemory } from "../../src/gateway/refusal-memory.ts";
import { makeRecord } from "../support/records.ts";

const NOW = 1_795_190_400_000;
const RECORD = makeRecord();

/** Refused by an object whose clock is a second behind, until its window opens. */
function refusalOf(openInMs: number): Decision {
  return {
    format: 2,
    outcome: "rate_limited",
    reason: null,
    record: RECORD,
    windows: [{ name: "minute", limit: 5, remaining: 1, resetAtMs: NOW - 1000 + openInMs }],
    nowMs: NOW - 1000,
  };
}

function memoryOf(decision: Decision, cost = 2) {
  const memory = createRefusalMemory(10);
  memory.note("hash-1", RECORD, cost, decision, NOW);
  return memory;
}

describe("a refusal for the limits", () => {
  it("is remembered, with the object's clock running on", () => {
    const found = memoryOf(refusalOf(60_000)).find("hash-1", RECORD, 2, NOW + 1500);
    expect(found).toEqual({ ...refusalOf(60_000), record: null, nowMs: NOW + 500 });
  });

  it("is remembered for five seconds, then one request asks again while the others wait", () => {
    const memory = memoryOf(refusalOf(60_000));
    expect(memory.find("hash-1", RECORD, 2, NOW + 4999)).toMatchObject({ outcome: "rate_limited" });
    expect(memory.find("hash-1", RECORD, 2, NOW + 5000)).toBeNull();
    expect(memory.find("hash-1", RECORD, 2, NOW + 5000)).toBe("asking");
    expect(memory.find("hash-1", RECORD, 2, NOW + 5249)).toBe("asking");
    expect(memory.find("hash-1", RECORD, 2, NOW + 5250)).toBeNull();
  });

  it("is no reason to wait any more once it was not confirmed", () => {
    const memory = memoryOf(refusalOf(60_000));
    expect(memory.find("hash-1", RECORD, 2, NOW + 5000)).toBeNull();
    memory.note("hash-1", RECORD, 2, { ...refusalOf(60_000), outcome: "admitted" }, NOW + 5000);
    expect(memory.find("hash-1", RECORD, 2, NOW + 5001)).toBeNull();
  });

  it("is forgotten when its window opens", () => {
    const memory = memoryOf(refusalOf(1200));
    expect(memory.find("hash-1", RECORD, 2, NOW + 1199)).not.toBeNull();
    expect(memory.find("hash-1", RECORD, 2, NOW + 1200)).toBeNull();
  });

  it("stands for an equal or a higher cost, not for a lower one", () => {
    const memory = memoryOf(refusalOf(60_000));
    expect(memory.find("hash-1", RECORD, 3, NOW)).not.toBeNull();
    expect(memory.find("hash-1", RECORD, 1, NOW)).toBeNull();
  });

  it("stands for the record that it was made with", () => {
    const changed = makeRecord({}, { version: 2 });
    expect(memoryOf(refusalOf(60_000)).find("hash-1", changed, 2, NOW)).toBeNull();
  });

  it("stands for one key text", () => {
    expect(memoryOf(refusalOf(60_000)).find("hash-2", RECORD, 2, NOW)).toBeNull();
  });

  it("is not trusted when the clock has stepped back behind it", () => {
    expect(memoryOf(refusalOf(60_000)).find("hash-1", RECORD, 2, NOW - 1)).toBeNull();
  });
});

describe("what is no refusal for the limits", () => {
  it.each(["admitted", "refused", "too_costly"] as const)("is not remembered: %s", (outcome) => {
    const memory = memoryOf({ ...refusalOf(60_000), outcome });
    expect(memory.find("hash-1", RECORD, 2, NOW)).toBeNull();
  });
});

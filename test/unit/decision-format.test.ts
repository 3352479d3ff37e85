/** F45: what edges and objects of different code make of each other's words. */
import { describe, expect, it, test } from "vitest";
import { decide, unknownDecision, UNUSED, type Decision } from "../../src/core/decision.ts";
import { readDecision, readCall, type DecideCall1 } from "../../src/core/decision-format.ts";
import { makeRecord } from "../support/records.ts";

const NOW = 1_795_190_400_000;

/** A call as edges made it before requests could be signed, with the object's own record. */
const OLD_CALL: DecideCall1 = {
  format: 1,
  textHash: "hash-1",
  version: "1.1",
  facts: {
    api: "deframe",
    environments: ["production"],
    permissions: [],
    ip: null,
    ipBlocked: false,
    referer: null,
    origin: null,
    endpoint: { method: "GET", pathname: "/" },
  },
  cost: 1,
  apiLimits: { minute: 100 },
  requestId: "req_1",
};

describe("F45 a call of an edge that knows no signatures", () => {
  test.each([null, "off", "optional"] as const)(
    "is decided and counted where the key's own rule is %s",
    (signing) => {
      const record = makeRecord({}, signing === null ? {} : { signing });
      const { decision, use } = decide(record, UNUSED, readCall(OLD_CALL), NOW);
      expect([decision.outcome, use?.requestCount]).toEqual(["admitted", 1]);
    },
  );

  test.each(["1.1", "1.0", null])(
    "is refused, uncounted, for a key that has to sign, with version %s of its record",
    (version) => {
      const record = makeRecord({}, { signing: "required" });
      const call = readCall({ ...OLD_CALL, version });
      const { decision, use } = decide(record, UNUSED, call, NOW);
      expect(decision).toMatchObject({ outcome: "refused", reason: "missing_signature" });
      expect(use).toBeNull();
    },
  );
});

test.each([0, 3, "2", undefined, null])("F45 a call of format %s is not decided", (format) => {
  expect(() => readCall({ ...OLD_CALL, format: format as 1 })).toThrow("unknown call format");
});

const ADMITTED: Decision = { ...unknownDecision(NOW), outcome: "admitted", reason: null };

test.each([
  { name: "of format 1", answer: { ...ADMITTED, format: 1 as 2 } },
  { name: "of a format to come", answer: { ...ADMITTED, format: 3 as 2 } },
  { name: "without a format", answer: { outcome: "admitted" } as const },
  { name: "null", answer: null },
  { name: "nothing", answer: undefined },
])("F45 an answer that is $name is no decision", ({ answer }) => {
  expect(() => readDecision(answer)).toThrow("unknown answer format");
});

it("F45 an answer of the present format is a decision", () => {
  expect(readDecision(ADMITTED)).toBe(ADMITTED);
});

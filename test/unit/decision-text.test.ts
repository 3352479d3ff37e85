import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DECIDE_FORMAT, type DecideCall, type Decision } from "../../src/core/decision.ts";
import { readCall, readDecision, sendCall, sendDecision } from "../../src/core/decision-format.ts";
import { decodeCall, decodeDecision, encodeCall } from "../../src/core/decision-text.ts";
import { checkProperty } from "../support/check-property.ts";
import { makeRecord } from "../support/records.ts";

const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll("\n", ""));
const name = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const names = fc.uniqueArray(name, { maxLength: 4 });
const counts = fc.dictionary(name, fc.nat(1e9), { noNullPrototype: true });
const time = fc.nat(1_795_176_000_000);
const windowName = fc.constantFrom("second", "minute", "hour", "day", "month");
const tally = fc.record({ requests: fc.nat(), refused: counts, status: counts, latency: counts });
const replay = fc.record({ id: name, untilMs: time });

const calls: fc.Arbitrary<DecideCall> = fc.record(
  {
    format: fc.constant(DECIDE_FORMAT),
    textHash: name,
    version: fc.option(name),
    facts: fc.record({
      ip: fc.option(line),
      ipBlocked: fc.boolean(),
      referer: fc.option(line),
      origin: fc.option(line),
      endpoint: fc.record({ method: name, pathname: line }),
      api: name,
      environments: names,
      permissions: names,
    }),
    cost: fc.nat(1000),
    apiLimits: fc.dictionary(windowName, fc.nat(), { noNullPrototype: true }),
    apiSigning: fc.constantFrom("off", "optional", "required"),
    signature: fc.oneof(
      fc.record({ kind: fc.constantFrom("none", "unverified", "waived", "unasked") }),
      fc.record({ kind: fc.constant("verified"), replay: fc.option(replay) }),
    ),
    requestId: name,
    refused: fc.constantFrom("ip_not_allowed", "revoked_key"),
    country: fc.constantFrom("DE", "T1"),
    seen: fc.array(fc.record({ minute: fc.nat(), tally }), { minLength: 1, maxLength: 3 }),
  },
  {
    requiredKeys: [
      "format",
      "textHash",
      "version",
      "facts",
      "cost",
      "apiLimits",
      "apiSigning",
      "signature",
      "requestId",
    ],
  },
);

const decisions: fc.Arbitrary<Decision> = fc.record(
  {
    format: fc.constant(DECIDE_FORMAT),
    outcome: fc.constantFrom("admitted", "stale", "unknown", "refused", "rate_limited"),
    reason: fc.option(fc.constantFrom("revoked_key", "expired_key")),
    record: fc.option(line.map((text) => makeRecord({}, { name: `${text}\n${text}` }))),
    windows: fc.array(
      fc.record(
        {
          name: windowName,
          limit: fc.nat(),
          remaining: fc.nat(),
          resetAtMs: time,
          shared: fc.constant(true),
        },
        { requiredKeys: ["name", "limit", "remaining", "resetAtMs"] },
      ),
      { maxLength: 5 },
    ),
    nowMs: time,
    restsLater: fc.constant(true),
  },
  { requiredKeys: ["format", "outcome", "reason", "record", "windows", "nowMs"] },
);

it("gives a call and its answer back as they were", () => {
  checkProperty(
    fc.property(calls, decisions, (call, decision) => {
      const sent = sendCall(call);
      expect(sent).toBeTypeOf("string");
      expect(readCall(sent)).toEqual(call);
      expect(readDecision(sendDecision(decision, sent))).toEqual(decision);
    }),
    1000,
  );
});

describe("a call with a line break in what a client chose", () => {
  const [call] = fc.sample(calls, 1);

  it.each(["pathname", "method"] as const)("travels as an object: %s", (member) => {
    if (call === undefined) throw new Error("no call was drawn");
    const endpoint = { ...call.facts.endpoint, [member]: "/\n0" };
    const broken = { ...call, facts: { ...call.facts, endpoint } };
    expect(encodeCall(broken)).toBeNull();
    expect(readCall(sendCall(broken))).toEqual(broken);
  });

  it.each(["ip", "referer", "origin"] as const)("travels as an object: %s", (member) => {
    if (call === undefined) throw new Error("no call was drawn");
    const broken = { ...call, facts: { ...call.facts, [member]: "a\nb" } };
    expect(encodeCall(broken)).toBeNull();
  });
});

it("tells nothing from an empty text", () => {
  const [call] = fc.sample(calls, 1);
  if (call === undefined) throw new Error("no call was drawn");
  const facts = { ...call.facts, ip: "", referer: "", origin: null };
  expect(readCall(sendCall({ ...call, facts })).facts).toEqual(facts);
});

it("F45 refuses texts of another version", () => {
  expect(() => decodeCall("4\nhash")).toThrow("unknown call format");
  expect(() => decodeDecision("2\nadmitted")).toThrow("unknown answer format");
  expect(() => decodeDecision("")).toThrow("unknown answer format");
});

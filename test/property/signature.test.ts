import * as fc from "fast-check";
import { expect, it } from "vitest";
import {
  importSigningSecret,
  readSignature,
  verifySignature,
  type SignatureVerdict,
} from "../../src/core/signature.ts";
import { explainSignature } from "../../src/core/signed-message.ts";
import { checkAsyncProperty, checkProperty } from "../support/check-property.ts";
import { signMessage, signRequest, toBytes, toHex } from "../support/sign-request.ts";

const SECRET = "a-signing-secret-of-the-tests";
const NOW = 1_795_190_400_000;
const RUNS = 1500;

const secret = await importSigningSecret(SECRET);

const method = fc.constantFrom("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS");
const timestamp = fc.integer({ min: NOW - 300_000, max: NOW + 300_000 }).map(String);
const json = fc
  .oneof(
    fc.jsonValue(),
    fc.array(fc.oneof(timestamp, timestamp.map(Number), fc.jsonValue())),
    fc.dictionary(timestamp, fc.oneof(timestamp, timestamp.map(Number), fc.jsonValue())),
  )
  .filter((value) => typeof value !== "number");
const body = fc.oneof(
  fc.constant(""),
  fc
    .tuple(json, fc.constantFrom(0, 2))
    .map(([value, indent]) => JSON.stringify(value, null, indent)),
);
const pathWithQuery = fc
  .array(fc.oneof(fc.string({ unit: "binary", maxLength: 8 }), timestamp), { maxLength: 4 })
  .map((pieces) => {
    const { pathname, search } = new URL(`https://api.example.test/${pieces.join("/")}`);
    return pathname + search;
  })
  .filter((path) => !/\d{13}[{[]/.test(path));
const signedRequest = fc.record({ method, pathWithQuery, timestamp, body });

async function verify(
  parts: { method: string; pathWithQuery: string; timestamp: string; signature: string },
  received: Uint8Array,
  nowMs: number = NOW,
): Promise<SignatureVerdict> {
  return verifySignature({ ...parts, body: received, secret, nowMs });
}

it("whatever a client signs as the page says is accepted, whatever digits stand in its body", async () => {
  await checkAsyncProperty(
    fc.asyncProperty(signedRequest, async (request) => {
      const signature = await signRequest(SECRET, request);
      const verdict = await verify({ ...request, signature }, toBytes(request.body));
      expect(verdict.ok).toBe(true);
    }),
    RUNS,
  );
});

it("no change of one bit of a signed request or its signature is accepted", async () => {
  const places = ["method", "pathWithQuery", "timestamp", "body", "signature"] as const;
  const tried = new Map<string, number>();
  await checkAsyncProperty(
    fc.asyncProperty(
      signedRequest,
      fc.constantFrom(...places),
      fc.nat(),
      async (request, place, bit) => {
        const mac = Uint8Array.from(
          (await signRequest(SECRET, request)).match(/../g) ?? [],
          (pair) => Number.parseInt(pair, 16),
        );
        const parts = {
          method: toBytes(request.method),
          pathWithQuery: toBytes(request.pathWithQuery),
          timestamp: toBytes(request.timestamp),
          body: toBytes(request.body),
          signature: mac,
        };
        fc.pre(parts[place].length > 0);
        const changed = { ...parts, [place]: flipBit(parts[place], bit) };
        const verdict = await verify(
          {
            method: toLatin1(changed.method),
            pathWithQuery: toLatin1(changed.pathWithQuery),
            timestamp: toLatin1(changed.timestamp),
            signature: toHex(changed.signature),
          },
          changed.body,
        );
        expect(verdict.ok).toBe(false);
        tried.set(place, (tried.get(place) ?? 0) + 1);
      },
    ),
    RUNS,
  );
  expect([...tried.keys()].sort()).toEqual([...places].sort());
});

it("no message is accepted under two splits, at whatever time each of them is tried", async () => {
  const piece = fc.oneof(
    { weight: 4, arbitrary: timestamp },
    { weight: 1, arbitrary: fc.constantFrom("1600000000000", "1795199999999", "0", "17") },
    { weight: 4, arbitrary: fc.constantFrom("{", "[", "{}", "{x}", "[1", "]", "}") },
    { weight: 1, arbitrary: fc.constantFrom('"', " ", "\n", "null", "true", "/", "?a=", ",", "é") },
  );
  const hostile = fc.array(piece, { minLength: 2, maxLength: 8 }).map((pieces) => pieces.join(""));
  let tried = 0;
  let ambiguous = 0;
  let accepted = 0;
  await checkAsyncProperty(
    fc.asyncProperty(method, hostile, async (verb, text) => {
      tried += 1;
      const message = toBytes(`${verb}/${text}`);
      const signature = toHex(await signMessage(SECRET, message));
      const splits: string[] = [];
      for (let at = verb.length; at + 13 <= message.length; at += 1) {
        const digits = toLatin1(message.subarray(at, at + 13));
        if (!/^\d{13}$/.test(digits)) continue;
        const path = toLatin1(message.subarray(verb.length, at));
        const parts = { method: verb, pathWithQuery: path, timestamp: digits, signature };
        const rest = message.subarray(at + 13);
        const clocks = [Number(digits), Number(digits) - 300_000, Number(digits) + 300_000];
        const verdicts = await Promise.all(clocks.map((nowMs) => verify(parts, rest, nowMs)));
        if (verdicts.some(({ ok }) => ok)) splits.push(path);
        if (/\d{13}[{["]/.test(path)) ambiguous += 1;
      }
      expect(splits.length).toBeLessThanOrEqual(1);
      accepted += splits.length;
    }),
    RUNS,
  );
  // The search would be worth nothing if its messages had one split, or none.
  expect(ambiguous).toBeGreaterThan(tried / 2);
  expect(accepted).toBeGreaterThan(tried / 10);
});

it("every request has a verdict and an explanation, whatever it consists of", async () => {
  const text = fc.oneof(fc.string({ unit: "binary" }), method, timestamp);
  await checkAsyncProperty(
    fc.asyncProperty(
      fc.record({ method: text, pathWithQuery: text, timestamp: text, signature: text }),
      fc.uint8Array(),
      async (parts, received) => {
        expect((await verify(parts, received)).ok).toBe(false);
        const explanation = await explainSignature({ ...parts, body: received });
        expect(explanation.bodyBytes).toBe(received.length);
      },
    ),
    RUNS,
  );
});

it("the headers are read from any pairs of names and values", () => {
  const name = fc.constantFrom("x-timestamp", "X-Signature", "x-signature", "x-other");
  checkProperty(
    fc.property(fc.array(fc.tuple(name, fc.stringMatching(/^[!-~]*$/))), (pairs) => {
      const sent = new Set(pairs.map(([each]) => each.toLowerCase()));
      const expected = sent.has("x-timestamp") || sent.has("x-signature");
      expect(readSignature(new Headers(pairs)).present).toBe(expected);
    }),
    300,
  );
});

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  const at = Math.floor(bit / 8) % bytes.length;
  return bytes.map((byte, index) => (index === at ? byte ^ (1 << (bit % 8)) : byte));
}

function toLatin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

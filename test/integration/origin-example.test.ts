/** The origin of `docs/origin-example`, given what the Worker forwards and what an attacker could send. */
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, expect, it, test, vi } from "vitest";
import { handle } from "../../docs/origin-example/origin.ts";
import { createAssertionVerifier } from "../../docs/origin-example/verify-assertion.ts";
import {
  createVerifier,
  forward,
  ISSUER,
  ORIGIN,
  OTHER_SEED,
  receive,
} from "../support/assertions.ts";
import { call } from "../support/gateway.ts";
import { deframeWith } from "../support/worker-with.ts";

const WRONG_ALG = '"alg" (Algorithm) Header Parameter value not allowed';
const WRONG_SIGNATURE = "signature verification failed";

afterEach(() => {
  vi.restoreAllMocks();
});

it("the origin answers 503 until it has the keys, then whom the authorizer sends, nobody else", async () => {
  const early = await forward("/x");
  vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("", { status: 502 }));
  expect((await handle(early)).status).toBe(503);
  vi.restoreAllMocks();
  const forwarded = await forward("/x?y=1", {}, {}, { permissions: ["read"] });
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) =>
    call(new URL(new Request(input).url).pathname),
  );
  const direct = await handle(new Request(`${ORIGIN}/x?y=1`));
  const admitted = await handle(forwarded);
  expect([direct.status, await direct.json()]).toEqual([401, { error: "there is no assertion" }]);
  expect([admitted.status, await admitted.json()]).toMatchObject([200, { permissions: ["read"] }]);
});

it("an assertion is good once", async () => {
  const received = receive(await forward("/x"));
  const verify = await createVerifier();
  expect((await verify(received)).ok).toBe(true);
  expect(await verify(received)).toEqual({ ok: false, why: "it was used before" });
});

it("of two requests with one assertion at the same time one is accepted", async () => {
  const received = receive(await forward("/x"));
  const verify = await createVerifier();
  const verdicts = await Promise.all([verify(received), verify(received)]);
  expect(verdicts.filter(({ ok }) => ok)).toHaveLength(1);
});

it("a refused attempt does not use up the assertion", async () => {
  const received = receive(await forward("/x"));
  const verify = await createVerifier();
  expect((await verify({ ...received, path: "/y" })).ok).toBe(false);
  expect((await verify(received)).ok).toBe(true);
});

test.each([
  [{ assertion: null }, "there is no assertion"],
  [{ path: "/y" }, "it was made for another path"],
  [{ path: "/x?admin=1" }, "it was made for another path"],
  [{ method: "DELETE" }, "it was made for another method"],
  [{ assertion: "" }, "Invalid Compact JWS"],
  [{ assertion: "a.b.c" }, "JWS Protected Header is invalid"],
])("a request with %j is refused: %s", async (changes, why) => {
  const received = receive(await forward("/x"));
  expect(await (await createVerifier())({ ...received, ...changes })).toEqual({ ok: false, why });
});

it("an assertion that is sent on to another origin is refused there", async () => {
  const received = receive(await forward("/x"));
  const verify = await createVerifier("https://other.example.com");
  expect(await verify(received)).toEqual({ ok: false, why: 'unexpected "aud" claim value' });
});

it("an assertion for who called another host is refused", async () => {
  const received = receive(await forward("https://elsewhere.example.com/x"));
  const verify = await createVerifier();
  expect(await verify(received)).toEqual({ ok: false, why: 'unexpected "iss" claim value' });
});

test.each([
  [-10_000, '"iat" claim timestamp check failed (it should be in the past)'],
  [36_000, '"exp" claim timestamp check failed'],
])("an assertion is refused %i ms from when it was made", async (laterMs, why) => {
  const received = receive(await forward("/x"));
  expect(await (await createVerifier(ORIGIN, laterMs))(received)).toEqual({ ok: false, why });
});

test.each([
  [{ alg: "none" }, {}, "", WRONG_ALG],
  [{ alg: "HS256" }, {}, null, WRONG_ALG],
  [{ kid: "a9" }, {}, null, "no applicable key found in the JSON Web Key Set"],
  [{}, { account: "another" }, null, WRONG_SIGNATURE],
  [{}, { permissions: ["admin"] }, "", WRONG_SIGNATURE],
])("an assertion altered to %j %j is refused", async (header, claims, signature, why) => {
  const received = receive(await forward("/x"));
  const assertion = alter(received.assertion ?? "", header, claims, signature);
  const verify = await createVerifier();
  expect(await verify({ ...received, assertion })).toEqual({ ok: false, why });
});

/** An assertion with another header or claims, and with the signature it had or another. */
function alter(
  assertion: string,
  header: object,
  claims: object,
  signature: string | null,
): string {
  const head = encode({ ...decodeProtectedHeader(assertion), ...header });
  const signed = signature ?? assertion.split(".")[2] ?? "";
  return `${head}.${encode({ ...decodeJwt(assertion), ...claims })}.${signed}`;
}

function encode(value: object): string {
  const text = btoa(JSON.stringify(value));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

it("a key that is not published signs nothing that is accepted, whatever its id", async () => {
  const api = deframeWith({ origin: ORIGIN, assertion: true });
  const received = receive(await forward("/x", {}, { ...api, ASSERTION_KEYS: `a1:${OTHER_SEED}` }));
  expect(await (await createVerifier())(received)).toEqual({ ok: false, why: WRONG_SIGNATURE });
});

it("the check rejects when the keys cannot be had", async () => {
  const received = receive(await forward("/x"));
  const outage = new TypeError("the network is down");
  const keys = async (): Promise<never> => Promise.reject(outage);
  const verify = createAssertionVerifier({ keys, issuer: ISSUER, audience: ORIGIN });
  await expect(verify(received)).rejects.toBe(outage);
});

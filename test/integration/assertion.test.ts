/** Identity assertions as the Worker makes them, and the keys that it publishes for them. */
import { env } from "cloudflare:workers";
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from "jose";
import { afterEach, expect, it, test, vi } from "vitest";
import {
  createAssertionVerifier,
  type Received,
} from "../../docs/origin-example/verify-assertion.ts";
import {
  createVerifier,
  forward,
  ISSUER,
  JWKS_PATH,
  ORIGIN,
  OTHER_SEED,
  receive,
  spyOrigins,
} from "../support/assertions.ts";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { apiWith, deframeWith, workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("an assertion says who calls and which request it was made for", async () => {
  const { id, key, account } = await makeKey({ permissions: ["read", "write"] });
  const ask = workerWith(deframeWith({ assertion: true }));
  const response = await ask("/echo/a?x=1", { method: "POST", headers: { "x-api-key": key } });
  const { headers } = await response.json<{ headers: Readonly<Record<string, string>> }>();
  const assertion = headers["x-authz-assertion"] ?? "";
  expect(decodeProtectedHeader(assertion)).toEqual({ alg: "EdDSA", typ: "JWT", kid: "a1" });
  const { iat = 0, exp = 0, jti, ...claims } = decodeJwt(assertion);
  expect(claims).toEqual({
    iss: "https://api.example.com",
    aud: "binding:DemoOrigin",
    sub: id,
    account,
    environment: "production",
    permissions: ["read", "write"],
    api: "deframe",
    method: "POST",
    path_hash: "RPqAGaKbR4cYuec3VkVGqOXUmuNk3TrkaWywpyHWZpo",
    request_id: headers["x-request-id"],
  });
  expect(exp - iat).toBe(30);
  expect(Math.abs(iat - Date.now() / 1000)).toBeLessThan(5);
  expect(jti).toMatch(/^[0-9a-f-]{36}$/);
});

it("no two assertions have the same id", async () => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ origin: ORIGIN, assertion: true }));
  const seen = spyOrigins();
  await ask("/x", { headers: { "x-api-key": key } });
  await ask("/x", { headers: { "x-api-key": key } });
  const ids = seen.map((request) => decodeJwt(receive(request).assertion ?? "").jti);
  expect([ids.length, new Set(ids).size]).toEqual([2, 2]);
});

it("an API that does not ask for assertions forwards none, not even a client's", async () => {
  const headers = { "x-authz-assertion": "forged" };
  const request = await forward("/x", { headers }, deframeWith({ origin: ORIGIN }));
  expect(request.headers.has("x-authz-assertion")).toBe(false);
  expect(request.headers.get("x-authz-api")).toBe("deframe");
});

it("the demo's API example shows its assertion in the echo", async () => {
  const { key } = await makeKey({}, undefined, "example");
  const response = await call("/v1/echo", { headers: { authorization: `Bearer ${key}` } });
  const { headers } = await response.json<{ headers: Readonly<Record<string, string>> }>();
  const assertion = headers["x-authz-assertion"] ?? "";
  const verify = await createVerifier("binding:DemoOrigin");
  expect(await verify({ method: "GET", path: "/v1/echo", assertion })).toMatchObject({ ok: true });
});

it("a client's own assertion gives way to the signed one", async () => {
  const request = await forward("/x", { headers: { "x-authz-assertion": "forged" } });
  expect(await (await createVerifier())(receive(request))).toMatchObject({ ok: true });
});

test.each([
  ["/x", "GET"],
  ["/x", "HEAD"],
  ["/", "DELETE"],
  ["/a%20b/%C3%A4?q=%2F&q=2", "POST"],
  ["/empty-query?", "PUT"],
])("the origin accepts %s with %s", async (path, method) => {
  const request = await forward(path, { method });
  const verdict = await (await createVerifier())(receive(request));
  expect(verdict).toMatchObject({ ok: true, claims: { api: "deframe", method } });
});

it("the path is the one below the origin's own", async () => {
  const below = deframeWith({ origin: `${ORIGIN}/base`, assertion: true });
  const received = receive(await forward("/x?y", {}, below));
  expect(received.path).toBe("/base/x?y");
  expect(await (await createVerifier())(received)).toMatchObject({ ok: true });
});

it("of a path key and a split batch what is forwarded is asserted", async () => {
  const account = await makeAccount({ api: "subfrost", plan: "business" });
  const { key } = await makeKey({}, account, "subfrost");
  const received: Received[] = [];
  const Origin = {
    async fetch(request: Request): Promise<Response> {
      received.push(receive(request));
      return Response.json([{ jsonrpc: "2.0", result: 7, id: 1 }]);
    },
  };
  const api = apiWith("subfrost", { origin: "binding:Origin", assertion: true });
  const own = '{"jsonrpc":"2.0","method":"admin_listApiKeys","id":2}';
  const response = await workerWith({ ...api, Origin })(`/v4/${key}`, {
    method: "POST",
    body: `[{"jsonrpc":"2.0","method":"sum","id":1},${own}]`,
  });
  expect(await response.json()).toMatchObject([{ result: 7, id: 1 }, { id: 2 }]);
  expect(received.map(({ path }) => path)).toEqual(["/v4/jsonrpc"]);
  const verdicts = await Promise.all(received.map(await createVerifier("binding:Origin")));
  expect(verdicts).toMatchObject([{ ok: true, claims: { account, method: "POST" } }]);
});

it("a request of a test environment is asserted to the test origin", async () => {
  const sandbox = { test_origin: "https://sandbox.example.com/base", assertion: true };
  const changes = deframeWith({ origin: ORIGIN, ...sandbox });
  const request = await forward("/x", {}, changes, { environment: "development" });
  const verify = await createVerifier("https://sandbox.example.com");
  expect(await verify(receive(request))).toMatchObject({
    ok: true,
    claims: { environment: "development" },
  });
});

it("a revoked key is asserted to no origin", async () => {
  const { id, key } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  const seen = spyOrigins();
  const ask = workerWith(deframeWith({ origin: ORIGIN, assertion: true }));
  expect((await ask("/x", { headers: { "x-api-key": key } })).status).toBe(401);
  expect(seen).toEqual([]);
});

it("the key set is public, may be kept for a minute and tells public keys alone", async () => {
  const response = await call(JWKS_PATH);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("cache-control")).toBe("public, max-age=60");
  // RFC 8037 appendix A.2: the public key of the seed that the Worker under test has.
  const x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
  expect(await response.json()).toEqual({
    keys: [{ kty: "OKP", crv: "Ed25519", x, kid: "a1", alg: "EdDSA", use: "sig" }],
  });
});

it("while keys are changed the first one signs and all of them verify", async () => {
  const changes = {
    ...deframeWith({ origin: ORIGIN, assertion: true }),
    ASSERTION_KEYS: `a2:${OTHER_SEED}, ${env.ASSERTION_KEYS ?? ""}`,
  };
  const jwks = await (await workerWith(changes)(JWKS_PATH)).json<JSONWebKeySet>();
  expect(jwks.keys.map(({ kid }) => kid)).toEqual(["a2", "a1"]);
  const received = [receive(await forward("/x", {}, changes)), receive(await forward("/x"))];
  const signers = received.map(({ assertion }) => decodeProtectedHeader(assertion ?? "").kid);
  expect(signers).toEqual(["a2", "a1"]);
  const keys = createLocalJWKSet(jwks);
  const verify = createAssertionVerifier({ keys, issuer: ISSUER, audience: ORIGIN });
  const verdicts = await Promise.all(received.map(verify));
  expect(verdicts.map(({ ok }) => ok)).toEqual([true, true]);
});

it("without the secret the key set is empty where no API needs it", async () => {
  const ask = workerWith({ ...deframeWith({}), ASSERTION_KEYS: undefined });
  expect(await (await ask(JWKS_PATH)).json()).toEqual({ keys: [] });
});

it("the key set is confined to the management host like all of /manage", async () => {
  const ask = workerWith({ MANAGEMENT_HOST: "manage.example.com" });
  expect((await ask(JWKS_PATH)).status).toBe(404);
  expect((await ask(`https://manage.example.com${JWKS_PATH}`)).status).toBe(200);
});

test.each([undefined, "a1:short"])(
  "with ASSERTION_KEYS %j and an API that needs it every request is answered 503",
  async (secret) => {
    const logged = vi.spyOn(console, "error").mockReturnValue();
    const ask = workerWith({ ...deframeWith({ assertion: true }), ASSERTION_KEYS: secret });
    expect((await ask("/echo")).status).toBe(503);
    expect((await ask(JWKS_PATH)).status).toBe(503);
    expect(logged.mock.calls.join()).toContain("npx wrangler secret put ASSERTION_KEYS");
    expect(logged.mock.calls.join()).not.toContain("short");
  },
);

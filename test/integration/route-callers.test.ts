/**
 * Every route of the operator and who is let in by a token: the operator alone. A route that is added has no row
 * here, and the tests do not compile until it has one. Self-service has tables of its own.
 */
import { expect, it, test } from "vitest";
import { ROUTES, type RouteKey } from "../../src/management/routes.ts";
import { ACCOUNT_PATHS } from "../../src/management/self-service/account.ts";
import { RPC_METHODS } from "../../src/management/self-service/json-rpc.ts";
import { REST_ROUTES } from "../../src/management/self-service/rest.ts";
import { call, makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";

/** What the operator sends, and the status it is answered; of `api-keys` the id is a key's. */
const ROWS: Readonly<Record<RouteKey, readonly [body: unknown, status: number]>> = {
  "GET /manage/health": [undefined, 200],
  "GET /manage/openapi.json": [undefined, 200],
  "GET /manage/docs": [undefined, 200],
  "GET /manage/.well-known/jwks.json": [undefined, 200],
  "POST /manage/session": [undefined, 201],
  "GET /manage/session": [undefined, 200],
  "DELETE /manage/session": [undefined, 200],
  "GET /manage/v1/apis": [undefined, 200],
  "POST /manage/v1/accounts": [{ api: "example", name: "N" }, 201],
  "GET /manage/v1/accounts": [undefined, 200],
  "GET /manage/v1/accounts/:id": [undefined, 200],
  "PATCH /manage/v1/accounts/:id": [{ name: "N" }, 200],
  "POST /manage/v1/accounts/:id/suspend": [{}, 200],
  "POST /manage/v1/accounts/:id/reactivate": [{}, 200],
  "GET /manage/v1/accounts/:id/audit": [undefined, 200],
  "GET /manage/v1/accounts/:id/audit/verify": [undefined, 200],
  "GET /manage/v1/accounts/:id/audit/export": [undefined, 200],
  "POST /manage/v1/accounts/:id/api-keys": [{ name: "N" }, 201],
  "POST /manage/v1/accounts/:id/api-keys/import": [{ hash: "ab".repeat(32), name: "N" }, 409],
  "GET /manage/v1/accounts/:id/api-keys": [undefined, 200],
  "GET /manage/v1/api-keys/:id": [undefined, 200],
  "PATCH /manage/v1/api-keys/:id": [{ name: "N" }, 200],
  "POST /manage/v1/api-keys/:id/rotate": [{}, 200],
  "POST /manage/v1/api-keys/:id/reveal": [{}, 403],
  "DELETE /manage/v1/api-keys/:id": [undefined, 200],
  "GET /manage/v1/accounts/:id/usage": [undefined, 200],
  "GET /manage/v1/accounts/:id/alerts": [undefined, 200],
  "PUT /manage/v1/accounts/:id/alerts": [{}, 200],
  "GET /manage/v1/accounts/:id/alerts/events": [undefined, 200],
  "GET /manage/v1/api-keys/:id/usage": [undefined, 200],
  "GET /manage/v1/usage": [undefined, 400],
  "GET /manage/v1/keyring": [undefined, 200],
  "POST /manage/v1/keyring/reencrypt": [undefined, 200],
  "POST /manage/v1/verify": [{ key: "sk_live_x", api: "example" }, 200],
};

const PUBLIC = [
  "GET /manage/health",
  "GET /manage/openapi.json",
  "GET /manage/docs",
  "GET /manage/.well-known/jwks.json",
  "GET /manage/session",
  "DELETE /manage/session",
];
/** Where members' tokens are exchanged, too: sessions.test.ts. */
const SIGN_IN = "POST /manage/session";
const NAMES = Object.keys(ROWS) as RouteKey[];
let callers = 0;

/** Calls a route, each time from another address, so that none is throttled. */
async function send(
  name: RouteKey,
  target: { readonly account: string; readonly id: string },
  authorization: string | null,
): Promise<Response> {
  const [method = "", path = ""] = name.split(" ");
  const [body] = ROWS[name];
  callers += 1;
  return call(path.replace(":id", path.includes("/api-keys/:id") ? target.id : target.account), {
    method,
    headers: {
      "cf-connecting-ip": `10.0.${callers >> 8}.${callers & 255}`,
      ...(authorization === null ? {} : { authorization }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

it("every route has a row", () => {
  const routes = ROUTES.map(({ method, path }) => `${method} ${path}`);
  expect(NAMES.toSorted()).toEqual(routes.toSorted());
});

test.each(NAMES)("%s answers the operator as it should", async (name) => {
  const target = await makeKey({}, undefined, "example");
  const response = await send(name, target, OPERATOR.authorization);
  await response.text();
  expect(response.status).toBe(ROWS[name][1]);
});

test.each(NAMES.filter((name) => !PUBLIC.includes(name) && name !== SIGN_IN))(
  "%s is 401 for keys, members and nobody, and changes nothing",
  async (name) => {
    const target = await makeKey({}, undefined, "example");
    const strong = await makeKey({}, target.account, "example");
    const weak = await makeKey({ permissions: [] }, target.account, "example");
    const other = await makeKey({}, undefined, "example");
    const before = await stateOf(target);
    for (const bearer of [
      strong.key,
      weak.key,
      other.key,
      await makeToken(target.account),
      await makeToken(other.account),
      `${OPERATOR.authorization.slice("Bearer ".length)}x`,
    ]) {
      const response = await send(name, target, `Bearer ${bearer}`);
      expect(response.status).toBe(401);
      expect(await response.json()).toMatchObject({
        success: false,
        error: { code: "invalid_token" },
      });
    }
    const nobody = await send(name, target, null);
    expect([nobody.status, nobody.headers.get("www-authenticate")]).toEqual([
      401,
      'Bearer realm="management"',
    ]);
    expect(await stateOf(target)).toEqual(before);
  },
);

test.each(PUBLIC)("%s needs no token", async (name) => {
  const account = await makeAccount();
  const response = await send(name as RouteKey, { account, id: "" }, null);
  await response.text();
  expect(response.status).toBe(200);
});

it("self-service has no more routes than its tables of callers have rows for", () => {
  // self-service-callers.test.ts
  expect(REST_ROUTES.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "GET ",
    "POST ",
    "GET /:id",
    "PATCH /:id",
    "DELETE /:id",
    "POST /:id/rotate",
    "GET /:id/usage",
  ]);
  // self-service-json-rpc.test.ts
  expect([...RPC_METHODS.keys()]).toEqual([
    "admin_createApiKey",
    "admin_listApiKeys",
    "admin_getApiKey",
    "admin_updateApiKey",
    "admin_rotateApiKey",
    "admin_revokeApiKey",
    "admin_getApiKeyUsage",
  ]);
  // self-service-account.test.ts
  expect([...ACCOUNT_PATHS.keys()]).toEqual(["/api/users/api-key", "/api/users/me"]);
});

/** The account, its keys and its audit log, as management shows them. */
async function stateOf({ account }: { readonly account: string }): Promise<readonly unknown[]> {
  const answers = await Promise.all([
    manage("GET", `/accounts/${account}`),
    manage("GET", `/accounts/${account}/api-keys`),
    manage("GET", `/accounts/${account}/audit`),
  ]);
  return answers.map(({ body }) => body);
}

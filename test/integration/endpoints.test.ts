/** The configuration's `permissions` and `costs`: what an endpoint needs, and what it takes. */
import { expect, it, test } from "vitest";
import { makeKey } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const guarded = workerWith(
  apiWith("example", {
    permissions: {
      "GET /v1/echo/items/*": "items:read",
      "POST /v1/echo/items": "items:write",
      "/v1/echo/admin/*": "admin",
      "DELETE /v1/echo/admin/*": "admin:delete",
    },
  }),
);

const spelled = workerWith(
  apiWith("example", {
    permissions: {
      "GET /v1/echo/users:batch": "batch",
      "GET /v1/echo/c%2b%2b/*": "c",
      "GET /v1/echo/caf%c3%a9": "cafe",
    },
    costs: { "/v1/echo/orders:all": 10 },
  }),
);

const priced = workerWith(
  apiWith("example", {
    costs: {
      "/v1/echo/*": 2,
      "/v1/echo/search/*": 3,
      "GET /v1/echo/search/*": 4,
      "/v1/echo/search/all": 5,
      "POST /v1/echo/export": 60,
      "POST /v1/echo/impossible": 101,
    },
  }),
);

async function makeExampleKey(permissions: readonly string[] = []): Promise<string> {
  return (await makeKey({ permissions }, undefined, "example")).key;
}

/** Calls as a client does; a string is taken as the URL's own spelling of the path. */
function ask(worker: typeof guarded, key: string, method: string, path: string): Promise<Response> {
  return worker(path, { method, headers: { authorization: `Bearer ${key}` } });
}

async function codeOf(response: Response): Promise<readonly [number, string]> {
  const { error } = await response.json<{ error: { code: string } }>();
  return [response.status, error.code];
}

async function remainingAfter(response: Promise<Response>): Promise<string | null> {
  return (await response).headers.get("x-ratelimit-remaining");
}

test.each([
  ["GET", "/v1/echo/items/1"],
  ["GET", "/v1/echo/items/1/parts/2"],
  ["GET", "/v1/echo/items/1?x=1"],
  ["POST", "/v1/echo/items"],
  ["PUT", "/v1/echo/admin/users"],
  ["OPTIONS", "/v1/echo/admin/users"],
])("%s %s needs a permission that the key lacks", async (method, path) => {
  const key = await makeExampleKey(["other"]);
  expect(await codeOf(await ask(guarded, key, method, path))).toEqual([403, "permission_missing"]);
});

test.each([
  ["GET", "/v1/echo/items/1", ["items:read"]],
  ["HEAD", "/v1/echo/items/1", ["items:read"]],
  ["POST", "/v1/echo/items", ["items:write"]],
  ["PUT", "/v1/echo/admin/users", ["admin"]],
  ["DELETE", "/v1/echo/admin/users", ["admin", "admin:delete"]],
])("%s %s is admitted with %j", async (method, path, permissions) => {
  const key = await makeExampleKey(permissions);
  expect((await ask(guarded, key, method, path)).status).toBe(200);
});

test.each([
  ["GET", "/v1/echo/items"],
  ["PUT", "/v1/echo/items/1"],
  ["GET", "/v1/echo/admin"],
  ["GET", "/v1/echo/other"],
])("%s %s, which no entry means, needs no permission", async (method, path) => {
  const key = await makeExampleKey([]);
  expect((await ask(guarded, key, method, path)).status).toBe(200);
});

it("every entry that means an endpoint counts, and the message names what is missing", async () => {
  const key = await makeExampleKey(["admin"]);
  const response = await ask(guarded, key, "DELETE", "/v1/echo/admin/users");
  expect(await response.json()).toEqual({
    success: false,
    error: {
      code: "permission_missing",
      message: 'This API key lacks the permission "admin:delete" that the endpoint needs.',
    },
  });
});

it("HEAD counts as GET, and its refusal has no body", async () => {
  const key = await makeExampleKey([]);
  const response = await ask(guarded, key, "HEAD", "/v1/echo/items/1");
  expect(response.status).toBe(403);
  expect(await response.text()).toBe("");
});

it("OPTIONS does not count as GET", async () => {
  const key = await makeExampleKey([]);
  expect((await ask(guarded, key, "OPTIONS", "/v1/echo/items/1")).status).toBe(200);
});

test.each([
  "/v1/echo/%61dmin/users",
  "/v1/%65cho/admin/users",
  "/%76%31/echo/admin/users",
  "/v1/echo/x/../admin/users",
  "/v1/echo/x/%2e%2e/admin/users",
  "/v1/echo/./admin/users",
  "/v1/echo\\admin\\users",
  "/v1/echo/ad\tmin/users",
  "/v1/echo/admin/users?",
  "/v1/echo/admin/users#x",
  "/v1/echo/admin/users/",
])("the spelling %j cannot avoid the permission", async (path) => {
  const key = await makeExampleKey([]);
  expect(await codeOf(await ask(guarded, key, "GET", path))).toEqual([403, "permission_missing"]);
});

test.each([
  "/v1/echo/users:batch",
  "/v1/echo/users%3Abatch",
  "/v1/echo/%75sers%3abatch/",
  "/v1/echo/c++/x",
  "/v1/echo/c%2B+/x",
  "/v1/echo/caf%C3%A9",
  "/v1/echo/caf%c3%A9",
  "/v1/echo/café",
])("the spelling %j of what an origin may read alike needs the same permission", async (path) => {
  const key = await makeExampleKey([]);
  expect(await codeOf(await ask(spelled, key, "GET", path))).toEqual([403, "permission_missing"]);
});

it("another spelling of an endpoint costs the same", async () => {
  const key = await makeExampleKey();
  const paths = ["/v1/echo/orders:all", "/v1/echo/orders%3Aall", "/v1/echo/orders%3aall/"];
  const remaining: (string | null)[] = [];
  for (const path of paths) remaining.push(await remainingAfter(ask(spelled, key, "GET", path)));
  expect(remaining).toEqual(["90", "80", "70"]);
});

test.each([
  "/v1/echo//admin/users",
  "/v1/echo/admin;x/users",
  "/v1/echo/x%2f..%2fadmin/users",
  "/v1/echo/x/..%2fadmin/users",
  "/v1/echo/x/..%5cadmin/users",
  "/v1/echo/%2561dmin/users",
  "/v1/echo/admin%00/users",
  "/v1/echo/%c1%a1dmin/users",
])("the spelling %j, which origins could read as the endpoint, is 400", async (path) => {
  const key = await makeExampleKey([]);
  expect(await codeOf(await ask(guarded, key, "GET", path))).toEqual([400, "invalid_request"]);
});

it("a trailing slash cannot avoid the permission of an endpoint", async () => {
  const key = await makeExampleKey([]);
  const response = await ask(guarded, key, "POST", "/v1/echo/items/");
  expect(await codeOf(response)).toEqual([403, "permission_missing"]);
});

it("a path key is judged as the path that is forwarded", async () => {
  const { key } = await makeKey({ permissions: [] }, undefined, "subfrost");
  const worker = workerWith(apiWith("subfrost", { permissions: { "/v4/jsonrpc": "rpc:call" } }));
  const response = await worker(`/v4/${key}`, { method: "POST", body: '{"id":1}' });
  expect(response.status).toBe(403);
});

it("a request refused for a permission takes nothing and tells what is left", async () => {
  const key = await makeExampleKey([]);
  const refused = await ask(guarded, key, "GET", "/v1/echo/admin/users");
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("100");
  expect(refused.headers.has("retry-after")).toBe(false);
  expect(await remainingAfter(ask(guarded, key, "GET", "/v1/echo"))).toBe("99");
});

test.each([
  ["GET", "/v1/users/usr_123", "99"],
  ["GET", "/v1/echo", "99"],
  ["GET", "/v1/echo/other", "98"],
  ["PUT", "/v1/echo/search/users", "97"],
  ["GET", "/v1/echo/search/users", "96"],
  ["HEAD", "/v1/echo/search/users", "96"],
  ["GET", "/v1/echo/search/all", "95"],
  ["GET", "/v1/echo/se%61rch/all", "95"],
])("the most specific cost counts: %s %s leaves %s of 100", async (method, path, remaining) => {
  const key = await makeExampleKey();
  expect(await remainingAfter(ask(priced, key, method, path))).toBe(remaining);
});

it("a request that costs more than is left takes nothing, and a cheaper one is admitted", async () => {
  const key = await makeExampleKey();
  expect(await remainingAfter(ask(priced, key, "POST", "/v1/echo/export"))).toBe("40");
  const refused = await ask(priced, key, "POST", "/v1/echo/export");
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("40");
  expect(await codeOf(refused)).toEqual([429, "rate_limited"]);
  expect(await remainingAfter(ask(priced, key, "GET", "/v1/echo"))).toBe("39");
});

it("a request that costs more than the limit is 400, never admitted, and takes nothing", async () => {
  const key = await makeExampleKey();
  const refused = await ask(priced, key, "POST", "/v1/echo/impossible");
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("100");
  expect(await codeOf(refused)).toEqual([400, "invalid_request"]);
});

it("a path key costs what its forwarded path costs", async () => {
  const { key } = await makeKey({}, undefined, "subfrost");
  const worker = workerWith(apiWith("subfrost", { costs: { "POST /v4/jsonrpc": 3 } }));
  const response = worker(`/v4/${key}`, { method: "POST", body: '{"id":1}' });
  expect(await remainingAfter(response)).toBe("97");
});

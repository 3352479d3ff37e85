/** `admin_*`: managing an account's keys by JSON-RPC, alone and beside calls that are the origin's. */
import { expect, it, test } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const UNKNOWN = "key_01234567";
const COUNT = '{"jsonrpc":"2.0","method":"btc_getblockcount","params":[],"id":"count"}';

interface Answered {
  readonly id: unknown;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: {
    readonly code: number;
    readonly data: {
      readonly reason: string;
      readonly fields?: readonly { readonly field: string }[];
    };
  };
}

function post(key: string, body: string, caller = call): Promise<Response> {
  const headers = { "x-subfrost-api-key": key, "content-type": "application/json" };
  return caller("/v4/jsonrpc", { method: "POST", headers, body });
}

function rpc(method: string, params?: unknown, id?: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", method, params, id });
}

/** Status and answer of one call. */
async function ask(
  key: string,
  method: string,
  params?: unknown,
): Promise<readonly [number, Answered]> {
  const response = await post(key, rpc(method, params, 1));
  return [response.status, await response.json()];
}

async function askBatch(key: string, ...calls: string[]): Promise<readonly Answered[]> {
  const response = await post(key, `[${calls.join(",")}]`);
  expect(response.status).toBe(200);
  return response.json();
}

async function makeBusinessKey(members: object = {}): ReturnType<typeof makeKey> {
  const account = await makeAccount({ api: "subfrost", plan: "business" });
  return makeKey(members, account, "subfrost");
}

async function countKeys(account: string): Promise<number> {
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  return (body.data as never as unknown[]).length;
}

it("a key is made, read, changed, listed, rotated and revoked", async () => {
  const { id: caller, key } = await makeBusinessKey();
  const [, made] = await ask(key, "admin_createApiKey", { name: "first" });
  const id = String(made.result?.["id"]);
  expect(Object.keys(made.result ?? {}).slice(0, 6)).toEqual([
    "id",
    "name",
    "prefix",
    "created_at",
    "last_used",
    "key",
  ]);
  const [, read] = await ask(key, "admin_getApiKey", { id });
  expect(read.result).toMatchObject({ id, name: "first" });
  expect(read.result).not.toHaveProperty("key");
  const [, changed] = await ask(key, "admin_updateApiKey", { id, name: "second" });
  expect(changed.result).toMatchObject({ id, name: "second" });
  const [, listed] = await ask(key, "admin_listApiKeys");
  expect(listed.result).toMatchObject({ data: [{ id }, { id: caller }], next_cursor: null });
  const [, rotated] = await ask(key, "admin_rotateApiKey", { id, grace_seconds: 0 });
  expect(rotated.result?.["key"]).toMatch(/^[0-9a-f]{32}$/);
  expect((await post(String(made.result?.["key"]), COUNT)).status).toBe(401);
  expect((await post(String(rotated.result?.["key"]), COUNT)).status).toBe(200);
  const [status, revoked] = await ask(key, "admin_revokeApiKey", { id });
  expect([status, revoked]).toEqual([
    200,
    { jsonrpc: "2.0", result: { message: "API key revoked successfully" }, id: 1 },
  ]);
  expect((await post(String(rotated.result?.["key"]), COUNT)).status).toBe(401);
});

it("the list is read page by page", async () => {
  const { id, key, account } = await makeBusinessKey();
  await makeKey({}, account, "subfrost");
  const [, first] = await ask(key, "admin_listApiKeys", { limit: 1 });
  const cursor = first.result?.["next_cursor"];
  const [, second] = await ask(key, "admin_listApiKeys", { limit: 1, cursor });
  expect(second.result).toMatchObject({ data: [{ id }], next_cursor: null });
});

const METHODS: readonly (readonly [method: string, members: object, permission: string])[] = [
  ["admin_createApiKey", { name: "n" }, "api-keys:write"],
  ["admin_listApiKeys", {}, "api-keys:read"],
  ["admin_getApiKeyUsage", { id: UNKNOWN }, "api-keys:read"],
  ["admin_getApiKey", { id: UNKNOWN }, "api-keys:read"],
  ["admin_updateApiKey", { id: UNKNOWN, name: "n" }, "api-keys:write"],
  ["admin_rotateApiKey", { id: UNKNOWN }, "api-keys:write"],
  ["admin_revokeApiKey", { id: UNKNOWN }, "api-keys:write"],
];

test.each(METHODS)("%s of a standard account is refused with -32003", async (method, params) => {
  const { key, account } = await makeKey({}, undefined, "subfrost");
  const [status, { error }] = await ask(key, method, params);
  expect([status, error?.code, error?.data.reason]).toEqual([403, -32003, "permission_missing"]);
  expect(await countKeys(account)).toBe(1);
});

test.each(METHODS)("%s %j needs the permission %s", async (method, params, permission) => {
  const other = permission === "api-keys:read" ? "api-keys:write" : "api-keys:read";
  const { key, account } = await makeBusinessKey({ permissions: [other] });
  const [status, { error }] = await ask(key, method, params);
  expect([status, error?.code, error?.data.reason]).toEqual([403, -32003, "permission_missing"]);
  expect(await countKeys(account)).toBe(1);
});

test.each(METHODS)("%s takes parameters by name only", async (method, params) => {
  const { key } = await makeBusinessKey();
  const [status, { error }] = await ask(key, method, Object.values(params));
  expect([status, error?.code]).toEqual([400, -32602]);
});

test.each(METHODS.filter(([, params]) => "id" in params))(
  "%s with another account's key is answered like an unknown one",
  async (method, params) => {
    const other = await makeBusinessKey();
    const { key } = await makeBusinessKey();
    const foreign = await ask(key, method, { ...params, id: other.id });
    expect(foreign).toEqual(await ask(key, method, params));
    expect([foreign[0], foreign[1].error?.code]).toEqual([404, -32602]);
    expect((await post(other.key, COUNT)).status).toBe(200);
  },
);

test.each([
  ["admin_createApiKey", undefined, ["name"]],
  ["admin_createApiKey", { name: "n", account: "other" }, ["account"]],
  ["admin_createApiKey", { name: "n", limits: { minute: 101, hour: 1 } }, ["limits.minute"]],
  ["admin_createApiKey", { name: "n", permissions: ["users:write"] }, ["permissions"]],
  ["admin_createApiKey", null, ["params"]],
  ["admin_listApiKeys", { status: "revoked" }, ["status"]],
  ["admin_getApiKey", {}, ["id"]],
  ["admin_getApiKey", { id: 7 }, ["id"]],
  ["admin_getApiKey", { id: UNKNOWN, name: "n" }, ["name"]],
])("%s %j is refused with -32602 and names %j", async (method, params, fields) => {
  const { key, account } = await makeBusinessKey();
  const [status, { error }] = await ask(key, method, params);
  expect([status, error?.code]).toEqual([400, -32602]);
  expect(error?.data.fields?.map(({ field }) => field)).toEqual(fields);
  expect(await countKeys(account)).toBe(1);
});

test.each(["admin_getApiKeyUse", "admin_createapikey", "admin_", "admin_constructor"])(
  "the method %s does not exist, -32601, and is not forwarded",
  async (method) => {
    const { key } = await makeBusinessKey();
    const [status, { error }] = await ask(key, method, {});
    expect([status, error?.code, error?.data.reason]).toEqual([404, -32601, "not_found"]);
  },
);

test.each(["Admin_createApiKey", "ADMIN_createApiKey", " admin_createApiKey"])(
  "the method %j is the origin's, which does not know it",
  async (method) => {
    const { key, account } = await makeBusinessKey();
    const [status, answered] = await ask(key, method, { name: "n" });
    expect([status, answered.error]).toEqual([200, { code: -32601, message: "Method not found" }]);
    expect(await countKeys(account)).toBe(1);
  },
);

test.each([
  ['{"method":"admin_listApiKeys","id":1}', 1],
  ['{"jsonrpc":"1.0","method":"admin_listApiKeys","id":1}', 1],
  ['{"jsonrpc":"2.0","method":"admin_listApiKeys","id":{}}', null],
  ['{"jsonrpc":"2.0","method":"admin_createApiKey","params":{"name":"a","name":"b"},"id":1}', 1],
])("the call %s is an invalid request", async (body, id) => {
  const { key, account } = await makeBusinessKey();
  const response = await post(key, body);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: -32600 }, id });
  expect(await countKeys(account)).toBe(1);
});

it("an escaped method name is the same method", async () => {
  const { key, account } = await makeBusinessKey();
  const body = String.raw`{"jsonrpc":"2.0","method":"\u0061dmin_createApiKey","params":{"name":"n"},"id":1}`;
  expect((await post(key, body)).status).toBe(200);
  expect(await countKeys(account)).toBe(2);
});

it("a notification is executed and not answered", async () => {
  const { key, account } = await makeBusinessKey();
  const response = await post(key, rpc("admin_createApiKey", { name: "n" }));
  expect([response.status, await response.text()]).toEqual([204, ""]);
  expect(await countKeys(account)).toBe(2);
});

it("a notification that is refused is not answered either", async () => {
  const { key, account } = await makeKey({}, undefined, "subfrost");
  const response = await post(key, rpc("admin_createApiKey", { name: "n" }));
  expect([response.status, await response.text()]).toEqual([204, ""]);
  expect(await countKeys(account)).toBe(1);
});

it("calls are counted like any other, a batch as many times as it has calls", async () => {
  const { key } = await makeBusinessKey();
  const one = await post(key, rpc("admin_listApiKeys", {}, 1));
  expect(one.headers.get("x-ratelimit-remaining")).toBe("99");
  const two = await post(key, `[${rpc("admin_listApiKeys", {}, 1)},${COUNT}]`);
  expect(two.headers.get("x-ratelimit-remaining")).toBe("97");
});

it("in a batch of a standard account only the own call is refused", async () => {
  const { key } = await makeKey({}, undefined, "subfrost");
  const answers = await askBatch(key, rpc("admin_createApiKey", { name: "n" }, 1), COUNT);
  expect(answers).toMatchObject([
    { id: 1, error: { code: -32003, data: { reason: "permission_missing" } } },
    { id: "count", result: 975_412 },
  ]);
});

it("an API that does not offer the methods forwards them like any other", async () => {
  const { key } = await makeBusinessKey();
  const worker = workerWith(apiWith("subfrost", { management: undefined }));
  const response = await post(key, rpc("admin_listApiKeys", {}, 1), worker);
  expect(await response.json()).toMatchObject({ error: { message: "Method not found" } });
});

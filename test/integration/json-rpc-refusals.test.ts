/** How refusals of an API that speaks JSON-RPC answer: to which ids, with which status and code. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const CALL = '{"jsonrpc":"2.0","method":"btc_getblockcount","id":"x"}';
const STRANGER = "00000000000000000000000000000000";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

function post(key: string, body: BodyInit, caller = call): Promise<Response> {
  return caller("/v4/jsonrpc", {
    method: "POST",
    headers: { "x-subfrost-api-key": key },
    body,
  });
}

function makeRpcKey(members: object = {}, account?: string): ReturnType<typeof makeKey> {
  return makeKey(members, account, "subfrost");
}

/** Status, code, reason and id of a refusal. */
async function told(response: Response): Promise<readonly unknown[]> {
  const { jsonrpc, error, id } = await response.json<{
    jsonrpc: string;
    error: { code: number; data: { reason: string } };
    id: unknown;
  }>();
  expect(jsonrpc).toBe("2.0");
  return [response.status, error.code, error.data.reason, id];
}

/** Bodies, and the ids that a refusal of them answers to. */
const BODIES: readonly (readonly [string, unknown])[] = [
  ['{"jsonrpc":"2.0","method":"m","id":"a"}', "a"],
  ['{"jsonrpc":"2.0","method":"m","id":""}', ""],
  ['{"jsonrpc":"2.0","method":"m","id":0}', 0],
  ['{"jsonrpc":"2.0","method":"m","id":-7}', -7],
  ['{"jsonrpc":"2.0","method":"m","id":1.5}', 1.5],
  ['{"jsonrpc":"2.0","method":"m","id":null}', null],
  ['{"jsonrpc":"2.0","method":"m"}', null],
  ['{"jsonrpc":"2.0","method":"m","id":{"a":1}}', null],
  ['{"method":"m","id":1}', 1],
];

const BATCHES: readonly (readonly [string, readonly unknown[]])[] = [
  ['[{"id":1},{"id":"b"},{"id":null}]', [1, "b", null]],
  ['[{"id":1},{"method":"notification"},{"id":2}]', [1, 2]],
  ['[{"id":3},7]', [3]],
  ['[{"id":4}]', [4]],
];

test.each(BODIES)("a stranger's %s is refused with its id", async (body, id) => {
  expect(await told(await post(STRANGER, body))).toEqual([401, -32001, "unknown_key", id]);
});

test.each(BODIES)("a known key's %s over the limit is refused with its id", async (body, id) => {
  const { key } = await makeRpcKey({ limits: { minute: 1 } });
  await post(key, CALL);
  expect(await told(await post(key, body))).toEqual([429, -32005, "rate_limited", id]);
});

test.each(BATCHES)(
  "a stranger's batch %s is refused with an entry for each id",
  async (body, ids) => {
    const response = await post(STRANGER, body);
    const entries = await response.json<{ error: { code: number }; id: unknown }[]>();
    expect(response.status).toBe(401);
    expect(entries.map(({ error, id }) => [error.code, id])).toEqual(ids.map((id) => [-32001, id]));
  },
);

test.each(BATCHES)(
  "a known key's batch %s over the limit is refused with an entry for each id",
  async (body, ids) => {
    const { key } = await makeRpcKey({ limits: { minute: 4 } });
    await post(key, `[${CALL},${CALL},${CALL},${CALL}]`);
    const response = await post(key, body);
    const entries = await response.json<{ error: { code: number }; id: unknown }[]>();
    expect(response.status).toBe(429);
    expect(entries.map(({ error, id }) => [error.code, id])).toEqual(ids.map((id) => [-32005, id]));
  },
);

it("64 KiB of entries that are no calls are not answered with megabytes", async () => {
  const response = await post(STRANGER, `[${"1,".repeat(32_000)}1]`);
  expect(response.status).toBe(401);
  expect((await response.arrayBuffer()).byteLength).toBeLessThan(64 * 1024);
});

it("1 MiB of entries that could never be admitted is not answered with more", async () => {
  const { key } = await makeRpcKey();
  const response = await post(key, `[${"1,".repeat(500_000)}1]`);
  expect(response.status).toBe(400);
  expect((await response.arrayBuffer()).byteLength).toBeLessThan(1024 * 1024);
});

test.each([
  ["", -32700],
  ["{", -32700],
  ['{"id":1}x', -32700],
  ["[]", -32600],
  ["1", -32600],
  ['"text"', -32600],
  ["null", -32600],
])(
  "the body %j of a known key is 400 %i, costs nothing and tells the limits",
  async (body, code) => {
    const { key } = await makeRpcKey();
    const response = await post(key, body);
    expect(response.headers.get("x-ratelimit-remaining")).toBe("100");
    expect(response.headers.get("ratelimit")).toContain('"minute";r=100');
    expect(await told(response)).toEqual([400, code, "invalid_request", null]);
  },
);

it("a POST without a body is 400 -32700 and costs nothing", async () => {
  const { key } = await makeRpcKey();
  const headers = { "x-subfrost-api-key": key };
  const response = await call("/v4/jsonrpc", { method: "POST", headers });
  expect(response.headers.get("x-ratelimit-remaining")).toBe("100");
  expect(await told(response)).toEqual([400, -32700, "invalid_request", null]);
});

it("a body that is not UTF-8 is 400 -32700", async () => {
  const { key } = await makeRpcKey();
  const response = await post(key, Uint8Array.of(0x22, 0xff, 0x22));
  expect(await told(response)).toEqual([400, -32700, "invalid_request", null]);
});

test.each(["{", "[]"])("the body %s of a stranger says nothing but unknown_key", async (body) => {
  expect(await told(await post(STRANGER, body))).toEqual([401, -32001, "unknown_key", null]);
});

it("the body of a revoked key is not judged", async () => {
  const { id, key } = await makeRpcKey();
  await manage("DELETE", `/api-keys/${id}`);
  expect(await told(await post(key, "{"))).toEqual([401, -32001, "revoked_key", null]);
});

it("a missing and a malformed key are 401 -32001", async () => {
  const missing = await call("/v4/jsonrpc", { method: "POST", body: CALL });
  const malformed = await post(`Bearer ${STRANGER}`, CALL);
  expect(await told(missing)).toEqual([401, -32001, "missing_credential", "x"]);
  expect(await told(malformed)).toEqual([401, -32001, "malformed_credential", "x"]);
});

it("an expired key is 401 -32001", async () => {
  const { key } = await makeRpcKey({ expires_at: new Date(Date.now() + 200).toISOString() });
  await scheduler.wait(250);
  expect(await told(await post(key, CALL))).toEqual([401, -32001, "expired_key", "x"]);
});

it("a suspended account is 403 -32003", async () => {
  const account = await makeAccount({ api: "subfrost" });
  const { key } = await makeRpcKey({}, account);
  await manage("POST", `/accounts/${account}/suspend`);
  expect(await told(await post(key, CALL))).toEqual([403, -32003, "suspended_account", "x"]);
});

it("a permission that is missing is 403 -32003", async () => {
  const { key } = await makeRpcKey({ permissions: [] });
  const worker = workerWith(apiWith("subfrost", { permissions: { "/v4/jsonrpc": "rpc:call" } }));
  const response = await post(key, CALL, worker);
  expect(await told(response)).toEqual([403, -32003, "permission_missing", "x"]);
});

it("a path that does not exist is 404 -32600", async () => {
  const response = await call(`/v4/${STRANGER}/more`, { method: "POST", body: CALL });
  expect(await told(response)).toEqual([404, -32600, "not_found", "x"]);
});

it("an ambiguous path is 400 -32600", async () => {
  const response = await call("/v4/a%2fb", { method: "POST", body: CALL });
  expect(await told(response)).toEqual([400, -32600, "invalid_request", "x"]);
});

it("a method that does not exist is 405 -32600", async () => {
  const response = await call("/v4/jsonrpc", { method: "PURGE", body: CALL });
  expect(response.headers.get("allow")).toContain("POST");
  expect(await told(response)).toEqual([405, -32600, "method_not_allowed", "x"]);
});

it("an origin that cannot be reached is 502 -32002", async () => {
  const { key } = await makeRpcKey();
  const worker = workerWith(apiWith("subfrost", { origin: "https://origin.example.com" }));
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("connection refused"));
  const response = await post(key, CALL, worker);
  expect(await told(response)).toEqual([502, -32002, "origin_unreachable", "x"]);
});

it("an origin that does not answer in time is 504 -32002", async () => {
  const { key } = await makeRpcKey();
  const fields = { origin: "https://origin.example.com", forward_timeout_ms: 50 };
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    const { promise, reject } = Promise.withResolvers<Response>();
    const { signal } = new Request(input);
    signal.addEventListener("abort", () => reject(signal.reason));
    return promise;
  });
  const response = await post(key, CALL, workerWith(apiWith("subfrost", fields)));
  expect(await told(response)).toEqual([504, -32002, "origin_timeout", "x"]);
});

it("a key's object that cannot be reached is 503 -32002 with the time to retry", async () => {
  const { key } = await makeRpcKey();
  vi.spyOn(env.KEY_STATE, "getByName").mockImplementation(() => {
    throw new Error("the object cannot be reached");
  });
  const response = await post(key, CALL, workerWith({}));
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await told(response)).toEqual([503, -32002, "unavailable", "x"]);
});

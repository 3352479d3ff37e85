/** The published page of the API `subfrost`, example by example, through the Worker. */
import { expect, it, test } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";

const GETBLOCKCOUNT = '{"jsonrpc":"2.0","method":"btc_getblockcount","params":[],"id":1}';
const ECHO = '{"jsonrpc":"2.0","method":"echo","params":[],"id":1}';

/** The page's curl call: a POST of JSON. */
function post(path: string, body: string, headers: HeadersInit = {}): Promise<Response> {
  const sent = new Headers(headers);
  sent.set("content-type", "application/json");
  return call(path, { method: "POST", headers: sent, body });
}

function makeSubfrostKey(members: object = {}, account?: string): ReturnType<typeof makeKey> {
  return makeKey(members, account, "subfrost");
}

interface Refused {
  readonly jsonrpc: string;
  readonly error: {
    readonly code: number;
    readonly message: string;
    readonly data: { readonly reason: string; readonly retry_after?: number };
  };
  readonly id: unknown;
}

interface Echoed {
  readonly result: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string;
  };
}

async function reasonOf(response: Response): Promise<readonly [number, string]> {
  const { error } = await response.json<Refused>();
  return [response.status, error.data.reason];
}

it("an API key is a string of 32 hexadecimal characters", async () => {
  const { key } = await makeSubfrostKey();
  expect(key).toMatch(/^[0-9a-f]{32}$/);
});

it("the call with the key in the URL path is answered by the origin", async () => {
  const { key } = await makeSubfrostKey();
  const response = await post(`/v4/${key}`, GETBLOCKCOUNT);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ jsonrpc: "2.0", result: 975_412, id: 1 });
});

it("the call with the key in the request header is answered by the origin", async () => {
  const { key } = await makeSubfrostKey();
  const response = await post("/v4/jsonrpc", GETBLOCKCOUNT, { "x-subfrost-api-key": key });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ jsonrpc: "2.0", result: 975_412, id: 1 });
});

it("a key in the path is rewritten, so that the origin sees it nowhere", async () => {
  const { key } = await makeSubfrostKey();
  const response = await post(`/v4/${key}?a=${key}`, ECHO, { referer: `https://a.example/${key}` });
  const text = await response.text();
  const { result } = JSON.parse(text) as Echoed;
  expect(result.url).toBe("https://api.example.com/v4/jsonrpc?a=***");
  expect(result.body).toBe(ECHO);
  expect(text).not.toContain(key);
});

it("a key in the header is seen by the origin nowhere", async () => {
  const { key } = await makeSubfrostKey();
  const response = await post("/v4/jsonrpc", ECHO, { "x-subfrost-api-key": key });
  const text = await response.text();
  const { result } = JSON.parse(text) as Echoed;
  expect(result.url).toBe("https://api.example.com/v4/jsonrpc");
  expect(result.headers["x-subfrost-api-key"]).toBeUndefined();
  expect(text).not.toContain(key);
});

it("the same key in the path and in the header is one key", async () => {
  const { key } = await makeSubfrostKey();
  const response = await post(`/v4/${key}`, GETBLOCKCOUNT, { "x-subfrost-api-key": key });
  expect(response.status).toBe(200);
});

it("two different keys in one request are refused", async () => {
  const first = await makeSubfrostKey();
  const second = await makeSubfrostKey();
  const response = await post(`/v4/${first.key}`, GETBLOCKCOUNT, {
    "x-subfrost-api-key": second.key,
  });
  expect(await reasonOf(response)).toEqual([401, "malformed_credential"]);
});

test.each([
  ["/more", 404],
  ["/", 404],
  ["/jsonrpc", 404],
  ["%2Fmore", 400],
])("a path key with %s behind it is %i and not forwarded", async (suffix, status) => {
  const { key } = await makeSubfrostKey();
  const response = await post(`/v4/${key}${suffix}`, ECHO);
  const text = await response.text();
  expect(response.status).toBe(status);
  expect(text).not.toContain("result");
  expect(text).not.toContain(key);
});

test.each(["/v4/", "/v4/jsonrpc"])("%s without a key is 401 missing_credential", async (path) => {
  const response = await post(path, GETBLOCKCOUNT);
  expect(response.status).toBe(401);
  expect(response.headers.get("www-authenticate")).toBe(
    'ApiKey realm="subfrost", header="x-subfrost-api-key"',
  );
  expect(response.headers.has("x-ratelimit-limit")).toBe(false);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: {
      code: -32001,
      message:
        "No API key was provided. Send it in the URL path (/v4/:key) or in the x-subfrost-api-key header.",
      data: { reason: "missing_credential" },
    },
    id: 1,
  });
});

test.each([
  "a1b2c3d4e5f67890a1b2c3d4e5f67890",
  "A1B2C3D4E5F67890A1B2C3D4E5F67890",
  "a1b2c3d4",
  "YOUR_API_KEY",
  "$SUBFROST_API_KEY",
])("the key %s, which was never issued, is 401 in both places", async (key) => {
  const inPath = await post(`/v4/${key}`, GETBLOCKCOUNT);
  const inHeader = await post("/v4/jsonrpc", GETBLOCKCOUNT, { "x-subfrost-api-key": key });
  expect(await reasonOf(inPath)).toEqual([401, "unknown_key"]);
  expect(await reasonOf(inHeader)).toEqual([401, "unknown_key"]);
});

it("a revoked key stops working immediately", async () => {
  const { id, key } = await makeSubfrostKey();
  expect((await post(`/v4/${key}`, GETBLOCKCOUNT)).status).toBe(200);
  await manage("DELETE", `/api-keys/${id}`);
  const response = await post(`/v4/${key}`, GETBLOCKCOUNT);
  expect(response.status).toBe(401);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: {
      code: -32001,
      message: "The API key has been revoked.",
      data: { reason: "revoked_key" },
    },
    id: 1,
  });
});

it("the 101st request of a minute is refused with -32005, the call's id and the wait", async () => {
  const { key } = await makeSubfrostKey();
  const calls = Array.from({ length: 100 }, () => post(`/v4/${key}`, GETBLOCKCOUNT));
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));

  const response = await post(`/v4/${key}`, GETBLOCKCOUNT);
  const retryAfter = Number(response.headers.get("retry-after"));
  expect(response.status).toBe(429);
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(60);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: {
      code: -32005,
      message: "Rate limit exceeded. Please wait before making more requests.",
      data: { reason: "rate_limited", retry_after: retryAfter },
    },
    id: 1,
  });
});

it("each key has its own rate limit counter, whose places share it", async () => {
  const account = await makeAccount({ api: "subfrost" });
  const first = await makeSubfrostKey({}, account);
  const second = await makeSubfrostKey({}, account);
  await post(`/v4/${first.key}`, GETBLOCKCOUNT);
  const again = await post("/v4/jsonrpc", GETBLOCKCOUNT, { "x-subfrost-api-key": first.key });
  const other = await post(`/v4/${second.key}`, GETBLOCKCOUNT);
  expect(again.headers.get("x-ratelimit-remaining")).toBe("98");
  expect(other.headers.get("x-ratelimit-remaining")).toBe("99");
});

it("business plans can set limits for one key", async () => {
  const account = await makeAccount({ api: "subfrost", plan: "business" });
  const { key } = await makeSubfrostKey({ limits: { minute: 5000 } }, account);
  const response = await post(`/v4/${key}`, GETBLOCKCOUNT);
  expect(response.headers.get("x-ratelimit-limit")).toBe("5000");
});

it("what the page shows of keys is listed: name, creation, last use and request count", async () => {
  const { id, key } = await makeSubfrostKey({ name: "production-backend" });
  await post(`/v4/${key}`, GETBLOCKCOUNT);
  await post(`/v4/${key}`, GETBLOCKCOUNT);
  const { body } = await manage("GET", `/api-keys/${id}`);
  expect(body.data).toMatchObject({
    name: "production-backend",
    created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    last_used: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    request_count: 2,
  });
});

it("a suspended account's key is refused with -32003", async () => {
  const account = await makeAccount({ api: "subfrost" });
  const { key } = await makeSubfrostKey({}, account);
  await manage("POST", `/accounts/${account}/suspend`);
  const response = await post(`/v4/${key}`, GETBLOCKCOUNT);
  expect(response.status).toBe(403);
  expect(await response.json()).toMatchObject({
    error: { code: -32003, data: { reason: "suspended_account" } },
    id: 1,
  });
});

const CREATE = `{
  "jsonrpc": "2.0",
  "method": "admin_createApiKey",
  "params": { "name": "New Key" },
  "id": 1
}`;

it("business customers make a key by the page's call, and it works", async () => {
  const account = await makeAccount({ api: "subfrost", plan: "business" });
  const { key } = await makeSubfrostKey({}, account);
  const response = await post(`/v4/${key}`, CREATE);
  expect(response.status).toBe(200);
  const answer = await response.json<{ jsonrpc: string; result: { key: string }; id: number }>();
  expect(answer).toMatchObject({ jsonrpc: "2.0", result: { name: "New Key", prefix: "" }, id: 1 });
  expect(answer.result.key).toMatch(/^[0-9a-f]{32}$/);
  expect((await post(`/v4/${answer.result.key}`, GETBLOCKCOUNT)).status).toBe(200);
});

it("others are told to contact support for API management access", async () => {
  const { key } = await makeSubfrostKey();
  const response = await post(`/v4/${key}`, CREATE);
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: {
      code: -32003,
      message: "Managing API keys by API needs the plan business. Contact support.",
      data: { reason: "permission_missing" },
    },
    id: 1,
  });
});

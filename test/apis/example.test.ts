/** The published page of the API `example`, example by example, through the Worker. */
import { expect, it, test } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const USER = "/v1/users/usr_123";

function ask(key: string, path = USER): Promise<Response> {
  return call(path, { headers: { authorization: `Bearer ${key}` } });
}

function postUser(key: string): Promise<Response> {
  return call("/v1/users", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: '{"name":"Grace","email":"grace@example.com"}',
  });
}

async function idOf(response: Response): Promise<string> {
  const { data } = await response.json<{ data: { id: string } }>();
  return data.id;
}

function makeExampleKey(members: object = {}, account?: string): ReturnType<typeof makeKey> {
  return makeKey(members, account, "example");
}

/** Status and body of an answer, so that a body is compared whole. */
async function told(response: Response): Promise<readonly [number, unknown]> {
  return [response.status, await response.json()];
}

function failure(code: string, message: string): object {
  return { success: false, error: { code, message } };
}

it("the page's request is answered in the page's envelope", async () => {
  const { key } = await makeExampleKey();
  const response = await ask(key);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ success: true, data: { id: "usr_123" } });
});

test.each([
  ["test", "sk_test_"],
  ["live", "sk_live_"],
])("a %s key has the prefix %s and works", async (environment, prefix) => {
  const { key } = await makeExampleKey({ environment });
  expect(key.startsWith(prefix)).toBe(true);
  expect(key).toMatch(/^sk_(?:test|live)_[0-9A-Za-z]{40}$/);
  expect((await ask(key)).status).toBe(200);
});

it("a key is a live key unless it is made for testing", async () => {
  const { key } = await makeExampleKey();
  expect(key.startsWith("sk_live_")).toBe(true);
});

it("data that a live key posts is real and stays", async () => {
  const { key } = await makeExampleKey({ environment: "live" });
  const posted = await postUser(key);
  expect(posted.status).toBe(201);
  const response = await ask(key, `/v1/users/${await idOf(posted)}`);
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ success: true, data: { name: "Grace" } });
});

it("data that a test key posts is answered alike and not persisted", async () => {
  const account = await makeAccount({ api: "example" });
  const testing = await makeExampleKey({ environment: "test" }, account);
  const live = await makeExampleKey({ environment: "live" }, account);
  const posted = await postUser(testing.key);
  expect(posted.status).toBe(201);
  const path = `/v1/users/${await idOf(posted)}`;
  expect((await ask(testing.key, path)).status).toBe(404);
  expect((await ask(live.key, path)).status).toBe(404);
});

it("a client cannot claim the live environment for a test key", async () => {
  const { key } = await makeExampleKey({ environment: "test" });
  const posted = await call("/v1/users", {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "X-Authz-Environment": "live" },
    body: '{"name":"Grace","email":"grace@example.com"}',
  });
  expect((await ask(key, `/v1/users/${await idOf(posted)}`)).status).toBe(404);
});

it("401: a missing key is told with the header to send it in", async () => {
  const response = await call(USER);
  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="example"');
  expect(response.headers.has("x-ratelimit-limit")).toBe(false);
  expect(await told(response)).toEqual([
    401,
    failure(
      "missing_credential",
      "No API key was provided. Send it as `Authorization: Bearer YOUR_API_KEY`.",
    ),
  ]);
});

test.each(["", "Token "])("401: `Authorization: %sKEY` is not the page's form", async (scheme) => {
  const { key } = await makeExampleKey();
  const response = await call(USER, { headers: { authorization: scheme + key } });
  expect(await told(response)).toEqual([
    401,
    failure("malformed_credential", "Send the API key as `Authorization: Bearer YOUR_API_KEY`."),
  ]);
});

test.each(["sk_live_abc123xyz789", "YOUR_API_KEY", "sk_test_"])(
  "401: the key %s, which was never issued, is invalid",
  async (key) => {
    const response = await ask(key);
    expect(response.headers.get("www-authenticate")).toBe(
      'Bearer realm="example", error="invalid_token"',
    );
    expect(await told(response)).toEqual([
      401,
      failure("unknown_key", "The API key is not valid."),
    ]);
  },
);

it("401: a typo in the key is found", async () => {
  const { key } = await makeExampleKey();
  const typo = key.slice(0, 20) + (key[20] === "A" ? "B" : "A") + key.slice(21);
  expect(await told(await ask(typo))).toEqual([
    401,
    failure("unknown_key", "The API key is not valid."),
  ]);
});

it("401: the key has been revoked", async () => {
  const { id, key } = await makeExampleKey();
  await manage("DELETE", `/api-keys/${id}`);
  expect(await told(await ask(key))).toEqual([
    401,
    failure("revoked_key", "The API key has been revoked."),
  ]);
});

it("401: the key has expired", async () => {
  const expires = new Date(Date.now() + 200).toISOString();
  const { key } = await makeExampleKey({ expires_at: expires });
  await scheduler.wait(250);
  expect(await told(await ask(key))).toEqual([
    401,
    failure("expired_key", "The API key has expired."),
  ]);
});

it("403: the account is suspended", async () => {
  const account = await makeAccount({ api: "example" });
  const { key } = await makeExampleKey({}, account);
  await manage("POST", `/accounts/${account}/suspend`);
  expect(await told(await ask(key))).toEqual([
    403,
    failure("suspended_account", "The account of this API key is suspended."),
  ]);
});

it("403: the key doesn't have permission for this resource", async () => {
  const { key } = await makeExampleKey({ permissions: ["users:read"] });
  const worker = workerWith(
    apiWith("example", { permissions: { "POST /v1/users": "users:write" } }),
  );
  const response = await worker("/v1/users", {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await told(response)).toEqual([
    403,
    failure(
      "permission_missing",
      'This API key lacks the permission "users:write" that the endpoint needs.',
    ),
  ]);
});

it("403: the key is of the wrong environment, test instead of live", async () => {
  const { key } = await makeExampleKey({ environment: "test" });
  const worker = workerWith(apiWith("example", { environments: ["live"] }));
  const response = await worker(USER, { headers: { authorization: `Bearer ${key}` } });
  expect(await told(response)).toEqual([
    403,
    failure("environment_mismatch", "Keys of this environment are not accepted here."),
  ]);
});

it("several keys of one account serve different services", async () => {
  const account = await makeAccount({ api: "example" });
  const first = await makeExampleKey({ name: "web" }, account);
  const second = await makeExampleKey({ name: "jobs" }, account);
  await manage("DELETE", `/api-keys/${first.id}`);
  expect((await ask(first.key)).status).toBe(401);
  expect((await ask(second.key)).status).toBe(200);
});

it("the 101st request of a minute is refused in the page's envelope", async () => {
  const { key } = await makeExampleKey();
  const calls = Array.from({ length: 100 }, () => ask(key));
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));

  const response = await ask(key);
  expect(response.headers.get("retry-after")).toMatch(/^[1-9]\d?$/);
  expect(await told(response)).toEqual([
    429,
    failure("rate_limited", "Rate limit exceeded. Please wait before making more requests."),
  ]);
});

it("the page's list: GET /v1/api-keys", async () => {
  const { id, key } = await makeExampleKey({ name: "Production Key" });
  await ask(key);
  const response = await ask(key, "/v1/api-keys");
  expect(response.status).toBe(200);
  const { success, data } = await response.json<{ success: boolean; data: object[] }>();
  expect(success).toBe(true);
  const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  expect(data.map((shown) => Object.entries(shown).slice(0, 5))).toEqual([
    [
      ["id", id],
      ["name", "Production Key"],
      ["prefix", "sk_live_"],
      ["created_at", time],
      ["last_used", time],
    ],
  ]);
});

it("the page's revocation: DELETE /v1/api-keys/key_123, and the key stops working", async () => {
  const account = await makeAccount({ api: "example" });
  const { key } = await makeExampleKey({}, account);
  const other = await makeExampleKey({}, account);
  const response = await call(`/v1/api-keys/${other.id}`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${key}` },
  });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('{"success":true,"message":"API key revoked successfully"}');
  expect((await ask(other.key)).status).toBe(401);
});

it("the page's own key id, which was never issued, is 404 in the page's envelope", async () => {
  const { key } = await makeExampleKey();
  const response = await call("/v1/api-keys/key_123", {
    method: "DELETE",
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await told(response)).toEqual([
    404,
    failure("not_found", "There is no API key with this id."),
  ]);
});

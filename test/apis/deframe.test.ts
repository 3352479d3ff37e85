/** The published page of the API `deframe`, example by example, through the Worker. */
import { expect, it, test } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";

function ask(headers: Record<string, string>, path = "/strategies"): Promise<Response> {
  return call(path, { headers });
}

interface NestedError {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly httpStatus: number;
    readonly details?: { readonly retryAfter: number };
  };
}

it("GET /strategies with the key in x-api-key answers the strategies", async () => {
  const { key } = await makeKey();
  const response = await ask({ "x-api-key": key });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toContain("application/json");
});

test.each([
  ["development", "dev_key_"],
  ["staging", "stg_key_"],
  ["production", "prod_key_"],
])("a key of %s begins with %s and works", async (environment, prefix) => {
  const { key } = await makeKey({ environment });
  expect(key.startsWith(prefix)).toBe(true);
  expect(key).toMatch(/^[a-z]+_key_[0-9A-Za-z]{40}$/);
  expect((await ask({ "x-api-key": key })).status).toBe(200);
});

it("every response has the three headers of the page", async () => {
  const { key } = await makeKey();
  const { headers } = await ask({ "x-api-key": key });
  expect(headers.get("x-ratelimit-limit")).toBe("100");
  expect(headers.get("x-ratelimit-remaining")).toBe("99");
  expect(headers.get("x-ratelimit-reset")).toMatch(/^\d{10}$/);
});

it("the 101st request of a minute gets the page's 429, with the seconds to wait", async () => {
  const { key } = await makeKey();
  for (let i = 0; i < 100; i += 1) await ask({ "x-api-key": key });
  const response = await ask({ "x-api-key": key });
  const { error } = await response.json<NestedError>();
  const retryAfter = error.details?.retryAfter ?? 0;
  expect(response.status).toBe(429);
  expect(error).toEqual({
    code: "RATE_LIMIT_EXCEEDED",
    message: "Rate limit exceeded. Please wait before making more requests.",
    httpStatus: 429,
    details: { retryAfter },
  });
  expect(retryAfter).toBeGreaterThanOrEqual(50);
  expect(retryAfter).toBeLessThanOrEqual(60);
  expect(response.headers.get("retry-after")).toBe(String(retryAfter));
});

it("a missing key is 401 MISSING_API_KEY, and the message names the header", async () => {
  const response = await ask({});
  const { error } = await response.json<NestedError>();
  expect(response.status).toBe(401);
  expect(error.code).toBe("MISSING_API_KEY");
  expect(error.message).toBe("No API key was provided. Send it in the x-api-key header.");
  expect(response.headers.get("www-authenticate")).toBe(
    'ApiKey realm="deframe", header="x-api-key"',
  );
  expect(response.headers.has("x-ratelimit-limit")).toBe(false);
});

it('"Bearer" inside x-api-key is 401 and the message names the mistake', async () => {
  const { key } = await makeKey();
  const response = await ask({ "x-api-key": `Bearer ${key}` });
  const { error } = await response.json<NestedError>();
  expect([response.status, error.code]).toEqual([401, "INVALID_API_KEY"]);
  expect(error.message).toContain('without a "Bearer" prefix');
});

test.each(["", "Bearer "])(
  "the key in Authorization (%jKEY) is 401 and the message says where it was found",
  async (scheme) => {
    const { key } = await makeKey();
    const response = await ask({ authorization: scheme + key });
    const { error } = await response.json<NestedError>();
    expect([response.status, error.code]).toEqual([401, "MISSING_API_KEY"]);
    expect(error.message).toContain("in the x-api-key header");
    expect(error.message).toContain("found in the authorization header");
    expect(error.message).not.toContain(key);
  },
);

test.each(["your-api-key", "prod_key_xxx", "prod key", "dev_key_0"])(
  "the wrong key %s is 401 INVALID_API_KEY",
  async (key) => {
    const response = await ask({ "x-api-key": key });
    const { error } = await response.json<NestedError>();
    expect([response.status, error.code]).toEqual([401, "INVALID_API_KEY"]);
  },
);

it("a key with one character changed is 401 INVALID_API_KEY", async () => {
  const { key } = await makeKey();
  const changed = key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
  const response = await ask({ "x-api-key": changed });
  const { error } = await response.json<NestedError>();
  expect([response.status, error.code]).toEqual([401, "INVALID_API_KEY"]);
});

it("a revoked key is 401 API_KEY_REVOKED", async () => {
  const { id, key } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  const response = await ask({ "x-api-key": key });
  const { error } = await response.json<NestedError>();
  expect([response.status, error.code]).toEqual([401, "API_KEY_REVOKED"]);
});

it("an expired key is 401 API_KEY_EXPIRED", async () => {
  const expires = new Date(Date.now() + 300).toISOString();
  const { key } = await makeKey({ expires_at: expires });
  expect((await ask({ "x-api-key": key })).status).toBe(200);
  await scheduler.wait(350);
  const response = await ask({ "x-api-key": key });
  const { error } = await response.json<NestedError>();
  expect([response.status, error.code]).toEqual([401, "API_KEY_EXPIRED"]);
});

it("a suspended account's key is 403", async () => {
  const account = await makeAccount();
  const { key } = await makeKey({}, account);
  await manage("POST", `/accounts/${account}/suspend`);
  const response = await ask({ "x-api-key": key });
  const { error } = await response.json<NestedError>();
  expect([response.status, error.code, error.httpStatus]).toEqual([403, "SUSPENDED_ACCOUNT", 403]);
});

it("a new key works immediately, without the page's 30 seconds", async () => {
  const { key } = await makeKey();
  expect((await ask({ "x-api-key": key })).status).toBe(200);
});

it("a recreated key counts from the start: each key has limits of its own", async () => {
  const account = await makeAccount();
  const first = await makeKey({}, account);
  await ask({ "x-api-key": first.key });
  const second = await makeKey({}, account);
  const { headers } = await ask({ "x-api-key": second.key });
  expect(headers.get("x-ratelimit-remaining")).toBe("99");
});

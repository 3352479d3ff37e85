/** The published page of the API `dataframer`, example by example, through the Worker. */
import { expect, it, test } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";

const DATASETS = "/api/dataframer/datasets/";

function ask(authorization: string, headers: Record<string, string> = {}): Promise<Response> {
  return call(DATASETS, { headers: { authorization, ...headers } });
}

function makeDataframerKey(members: object = {}, account?: string): ReturnType<typeof makeKey> {
  return makeKey(members, account, "dataframer");
}

/** Status and body of an answer, so that a body is compared whole. */
async function told(response: Response): Promise<readonly [number, unknown]> {
  return [response.status, await response.json()];
}

const NOT_PROVIDED = { detail: "Authentication credentials were not provided." };
const INVALID = { detail: "Invalid or expired API key." };

it("the page's request with the key as bearer answers the data sets", async () => {
  const { key } = await makeDataframerKey();
  const response = await ask(`Bearer ${key}`);
  const datasets = await response.json<unknown[]>();
  expect(response.status).toBe(200);
  expect(datasets.length).toBe(3);
});

it("the Python and Node.js examples' Content-Type on a GET changes nothing", async () => {
  const { key } = await makeDataframerKey();
  const response = await ask(`Bearer ${key}`, { "content-type": "application/json" });
  expect(response.status).toBe(200);
});

it("a production key has the prefix sk_live_ and 40 or more alphanumeric characters", async () => {
  const { key } = await makeDataframerKey();
  expect(key).toMatch(/^sk_live_[0-9A-Za-z]{40,}$/);
});

it("a key of the test environment has the prefix sk_test_ and works", async () => {
  const { key } = await makeDataframerKey({ environment: "test" });
  expect(key).toMatch(/^sk_test_[0-9A-Za-z]{40,}$/);
  expect((await ask(`Bearer ${key}`)).status).toBe(200);
});

it("one data set is answered as well", async () => {
  const { key } = await makeDataframerKey();
  const response = await call(`${DATASETS}ds_claims/`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(await response.json()).toMatchObject({ id: "ds_claims", format: "parquet" });
});

it("a missing Authorization header is 401 with the page's sentence", async () => {
  const response = await call(DATASETS);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(response.headers.get("www-authenticate")).toBe('Bearer realm="dataframer"');
  expect(await told(response)).toEqual([401, NOT_PROVIDED]);
});

test.each(["", "Bearer", "Bearer "])(
  "Authorization: %j, where the key is missing, is 401 with the page's sentence",
  async (authorization) => {
    expect(await told(await ask(authorization))).toEqual([401, NOT_PROVIDED]);
  },
);

test.each(["", "Token ", "Basic ", "Bearer: ", "Bearer Bearer "])(
  "the incorrect format `Authorization: %sKEY` is 401 with the page's sentence",
  async (scheme) => {
    const { key } = await makeDataframerKey();
    expect(await told(await ask(scheme + key))).toEqual([401, NOT_PROVIDED]);
  },
);

it("the incorrect format with `Bearer` as the header's name is 401", async () => {
  const { key } = await makeDataframerKey();
  const response = await call(DATASETS, { headers: { bearer: key } });
  expect(await told(response)).toEqual([401, NOT_PROVIDED]);
});

test.each([
  "sk_live_1234567890abcdefghijklmnopqrstuvwxyz",
  "sk_live_your_key_here",
  "sk_live_actual_real_key",
  "YOUR_API_KEY",
  "sk_live_",
])("the key %s, which was never issued, is 403 with the page's sentence", async (key) => {
  const response = await ask(`Bearer ${key}`);
  expect(response.headers.has("x-ratelimit-limit")).toBe(false);
  expect(await told(response)).toEqual([403, INVALID]);
});

it("a live key with the test prefix is 403 with the page's sentence", async () => {
  const { key } = await makeDataframerKey();
  const relabelled = key.replace("sk_live_", "sk_test_");
  expect(await told(await ask(`Bearer ${relabelled}`))).toEqual([403, INVALID]);
});

it("a key of another API is 403 with the page's sentence", async () => {
  const { key } = await makeKey({}, undefined, "example");
  expect(await told(await ask(`Bearer ${key}`))).toEqual([403, INVALID]);
});

it("a revoked key is 403 with the page's sentence", async () => {
  const { id, key } = await makeDataframerKey();
  await manage("DELETE", `/api-keys/${id}`);
  expect(await told(await ask(`Bearer ${key}`))).toEqual([403, INVALID]);
});

it("an expired key is 403 with the page's sentence", async () => {
  const expires = new Date(Date.now() + 200).toISOString();
  const { key } = await makeDataframerKey({ expires_at: expires });
  await scheduler.wait(250);
  expect(await told(await ask(`Bearer ${key}`))).toEqual([403, INVALID]);
});

it("a suspended account's key is 403 with the page's sentence", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { key } = await makeDataframerKey({}, account);
  await manage("POST", `/accounts/${account}/suspend`);
  expect(await told(await ask(`Bearer ${key}`))).toEqual([403, INVALID]);
});

it("the 101st request of a minute is 429 with the page's sentence and the seconds", async () => {
  const { key } = await makeDataframerKey();
  const calls = Array.from({ length: 100 }, () => ask(`Bearer ${key}`));
  const statuses = (await Promise.all(calls)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));

  const response = await ask(`Bearer ${key}`);
  const seconds = Number(response.headers.get("retry-after"));
  expect(seconds).toBeGreaterThanOrEqual(1);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(await told(response)).toEqual([
    429,
    { detail: `Rate limit exceeded. Try again in ${seconds} seconds.` },
  ]);
});

it("the limits are 100 per minute and 1000 per hour for each key", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const first = await makeDataframerKey({}, account);
  const second = await makeDataframerKey({}, account);
  await ask(`Bearer ${first.key}`);
  const { headers } = await ask(`Bearer ${second.key}`);
  expect(headers.get("ratelimit-policy")).toBe('"minute";q=100;w=60, "hour";q=1000;w=3600');
  expect(headers.get("ratelimit")).toBe('"minute";r=99;t=60, "hour";r=999;t=3600');
});

it("the page's rotation works: two keys side by side, then the old one is revoked", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const old = await makeDataframerKey({}, account);
  const fresh = await makeDataframerKey({}, account);
  expect((await ask(`Bearer ${fresh.key}`)).status).toBe(200);
  expect((await ask(`Bearer ${old.key}`)).status).toBe(200);
  await manage("DELETE", `/api-keys/${old.id}`);
  expect((await ask(`Bearer ${old.key}`)).status).toBe(403);
  expect((await ask(`Bearer ${fresh.key}`)).status).toBe(200);
});

it("the page's retrieval of the key with a JWT: GET /api/users/api-key/", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { key } = await makeDataframerKey({}, account);
  const response = await call("/api/users/api-key/", {
    headers: { authorization: `Bearer ${await makeToken(account)}` },
  });
  expect(await told(response)).toEqual([200, { api_key: key }]);
});

it("the page's test of a key: GET /api/users/me/ tells who it is of", async () => {
  const account = await makeAccount({
    api: "dataframer",
    email: "dev@acme.example",
    company: "Acme Corp",
    role: "developer",
  });
  const { key } = await makeDataframerKey({}, account);
  const response = await call("/api/users/me/", { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(
    `{"id":"${account}","email":"dev@acme.example","company":"Acme Corp","role":"developer"}`,
  );
});

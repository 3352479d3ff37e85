/** `/api/users/api-key/` and `/api/users/me/`: an account's key, shown again, and who it is. */
import { env } from "cloudflare:workers";
import { expect, it, test, vi } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const API_KEY = "/api/users/api-key/";
const ME = "/api/users/me/";
const INVALID_TOKEN = { detail: "The token is not valid." };
const INVALID_KEY = { detail: "Invalid or expired API key." };
const NOT_PROVIDED = { detail: "Authentication credentials were not provided." };

async function ask(
  bearer: string | null,
  path: string,
  method = "GET",
): Promise<readonly [status: number, body: unknown, headers: Headers]> {
  const headers = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
  const response = await call(path, { method, headers });
  const text = await response.text();
  return [response.status, text === "" ? null : JSON.parse(text), response.headers];
}

/** Status and body alone. */
async function told(bearer: string | null, path: string): Promise<readonly [number, unknown]> {
  const [status, body] = await ask(bearer, path);
  return [status, body];
}

function makeDataframerKey(members: object = {}, account?: string): ReturnType<typeof makeKey> {
  return makeKey(members, account, "dataframer");
}

async function auditOf(account: string): Promise<unknown> {
  return (await manage("GET", `/accounts/${account}/audit`)).body.data;
}

it("a member is shown the text of the account's newest key", async () => {
  const account = await makeAccount({ api: "dataframer" });
  await makeDataframerKey({}, account);
  const { key } = await makeDataframerKey({}, account);
  expect(await told(await makeToken(account), API_KEY)).toEqual([200, { api_key: key }]);
  expect((await told(key, ME))[0]).toBe(200);
});

it("each time is in the audit log, with whose key was shown to whom, and changes nothing", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { id, key } = await makeDataframerKey({}, account);
  const before = await manage("GET", `/api-keys/${id}`);
  await ask(await makeToken(account), API_KEY);
  expect(await auditOf(account)).toMatchObject([
    { action: "key.reveal", target: id, actor: `member:${account}`, before: null, after: null },
    { action: "key.create" },
    { action: "account.create" },
  ]);
  expect(JSON.stringify(await auditOf(account))).not.toContain(key);
  expect((await manage("GET", `/api-keys/${id}`)).body).toEqual(before.body);
  const { body } = await manage("GET", `/accounts/${account}/audit/verify`);
  expect(body.data).toMatchObject({ intact: true, entries: 3 });
});

it("keys that are revoked, disabled or expired are passed over", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { key } = await makeDataframerKey({}, account);
  const revoked = await makeDataframerKey({}, account);
  const disabled = await makeDataframerKey({}, account);
  await makeDataframerKey({ expires_at: new Date(Date.now() + 100).toISOString() }, account);
  await manage("DELETE", `/api-keys/${revoked.id}`);
  await manage("PATCH", `/api-keys/${disabled.id}`, { enabled: false });
  await scheduler.wait(150);
  expect(await told(await makeToken(account), API_KEY)).toEqual([200, { api_key: key }]);
});

it("a rotated key is shown with its new text", async () => {
  const { id, account } = await makeDataframerKey();
  const { body } = await manage("POST", `/api-keys/${id}/rotate`, {});
  const token = await makeToken(account);
  expect(await told(token, API_KEY)).toEqual([200, { api_key: body.data?.key }]);
});

it("an account without a key that can be shown is 404 in the page's form", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const nothing = { detail: "There is no active API key that can be shown again." };
  expect(await told(await makeToken(account), API_KEY)).toEqual([404, nothing]);
  expect(await auditOf(account)).toHaveLength(1);
});

it("where texts are not kept there is none to show", async () => {
  const account = await makeAccount({ api: "example" });
  await makeKey({}, account, "example");
  const worker = workerWith(apiWith("example", { management: ["account"] }));
  const authorization = `Bearer ${await makeToken(account)}`;
  expect((await worker(API_KEY, { headers: { authorization } })).status).toBe(404);
});

it("a text is not shown when the audit log cannot be written", async () => {
  const { account } = await makeDataframerKey();
  const token = await makeToken(account);
  const stub = env.ACCOUNT.getByName(account);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(env.ACCOUNT, "getByName").mockImplementation(
    () =>
      new Proxy(stub, {
        get: (target, name) =>
          name === "noteReveal"
            ? () => Promise.reject(new Error("down"))
            : Reflect.get(target, name),
      }),
  );
  const [status, body] = await ask(token, API_KEY);
  vi.restoreAllMocks();
  expect([status, Object.keys(Object(body))]).toEqual([503, ["detail"]]);
});

it("who the account is is told to its key and to its members, in this order", async () => {
  const members = { email: "dev@acme.example", company: "Acme Corp", role: "developer" };
  const account = await makeAccount({ api: "dataframer", ...members });
  const { key } = await makeDataframerKey({}, account);
  for (const bearer of [key, await makeToken(account)]) {
    const [status, body] = await ask(bearer, ME);
    expect(status).toBe(200);
    expect(Object.entries(Object(body))).toEqual([
      ["id", account],
      ["email", "dev@acme.example"],
      ["company", "Acme Corp"],
      ["role", "developer"],
    ]);
  }
});

it("what is not known of an account is null", async () => {
  const { key, account } = await makeDataframerKey();
  expect(await told(key, ME)).toEqual([
    200,
    { id: account, email: null, company: null, role: null },
  ]);
});

it("a key is not shown to a key, not even to itself", async () => {
  const { key } = await makeDataframerKey();
  const [status, body, headers] = await ask(key, API_KEY);
  expect([status, body]).toEqual([
    401,
    { detail: "An API key is shown to members of its account, who send their token." },
  ]);
  expect(headers.get("www-authenticate")).toBe('Bearer realm="dataframer", error="invalid_token"');
  expect(headers.get("x-ratelimit-remaining")).toBe("99");
});

test.each([API_KEY, ME])("%s without credentials is 401 with the page's sentence", async (path) => {
  expect(await told(null, path)).toEqual([401, NOT_PROVIDED]);
});

test.each(["a.b", "a.b.c.d", "nonsense", "eyJhbGciOiJIUzI1NiJ9%2EeyJ9.x"])(
  "whatever is no key was meant as a token where a key is shown: %s",
  async (bearer) => {
    expect(await told(bearer, API_KEY)).toEqual([401, INVALID_TOKEN]);
    expect(await told(bearer, ME)).toEqual([403, INVALID_KEY]);
  },
);

it("a key that was made up is an invalid key everywhere", async () => {
  const { key } = await makeDataframerKey();
  const made = key.slice(0, -1) + (key.endsWith("A") ? "B" : "A");
  expect(await told(made, API_KEY)).toEqual([403, INVALID_KEY]);
  expect(await told(made, ME)).toEqual([403, INVALID_KEY]);
});

test.each([
  ["has expired", (account: string) => makeToken(account, { exp: 1_000_000_000 })],
  ["is signed by someone else", (account: string) => makeToken(account, {}, "x".repeat(32))],
  ["is of an account of another API", async () => makeToken(await makeAccount({ api: "example" }))],
  ["is of no account", () => makeToken("nobody")],
])("a token that %s is 401", async (_, make) => {
  const { account } = await makeDataframerKey();
  const token = await make(account);
  expect(await told(token, API_KEY)).toEqual([401, INVALID_TOKEN]);
  expect(await told(token, ME)).toEqual([401, INVALID_TOKEN]);
});

it("a member of a suspended account is 403 with the page's sentence", async () => {
  const { account } = await makeDataframerKey();
  const token = await makeToken(account);
  await manage("POST", `/accounts/${account}/suspend`);
  expect(await told(token, API_KEY)).toEqual([403, INVALID_KEY]);
  expect(await told(token, ME)).toEqual([403, INVALID_KEY]);
});

it("a token is no key for what the origin answers", async () => {
  const { account } = await makeDataframerKey();
  const token = await makeToken(account);
  expect(await told(token, "/api/dataframer/datasets/")).toEqual([403, INVALID_KEY]);
});

it("a member's calls are not counted, a key's are", async () => {
  const { key, account } = await makeDataframerKey();
  const token = await makeToken(account);
  for (const path of [API_KEY, ME, ME]) {
    expect((await ask(token, path))[2].has("x-ratelimit-limit")).toBe(false);
  }
  expect((await ask(key, ME))[2].get("x-ratelimit-remaining")).toBe("99");
  expect((await ask(key, ME))[2].get("x-ratelimit-remaining")).toBe("98");
});

test.each(["/api/users/me", "/api/users/%6de/", "/api/%75sers/me"])(
  "%s is the same route and not forwarded",
  async (path) => {
    const { key, account } = await makeDataframerKey();
    expect(await told(key, path)).toMatchObject([200, { id: account }]);
  },
);

test.each([API_KEY, ME])("%s has no other method than GET", async (path) => {
  const { key, account } = await makeDataframerKey();
  for (const bearer of [key, await makeToken(account)]) {
    const [status, , headers] = await ask(bearer, path, "POST");
    expect([status, headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    expect((await ask(bearer, ME, "HEAD")).slice(0, 2)).toEqual([200, null]);
  }
});

it("what is below the routes is the origin's", async () => {
  const { key } = await makeDataframerKey();
  expect(await told(key, `${ME}settings/`)).toMatchObject([404, { error: { code: "NOT_FOUND" } }]);
});

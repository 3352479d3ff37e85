import { env } from "cloudflare:workers";
import { expect, it, test, vi } from "vitest";
import { call, echo, makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import { workerWith } from "../support/worker-with.ts";

it("without a token or with a wrong one no account's object is reached", async () => {
  const objects = vi.spyOn(env.ACCOUNT, "getByName");
  await call("/manage/v1/accounts/a");
  await call("/manage/v1/accounts/a", { headers: { authorization: "Bearer wrong" } });
  expect(objects).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

test.each(["/%6danage/v1/accounts", "/manage/%761/accounts", "/manage/v1/%61ccounts/"])(
  "the escaped spelling %s of a route is no route and is not forwarded",
  async (path) => {
    const { key } = await makeKey();
    const response = await call(path, { headers: { ...OPERATOR, "x-api-key": key } });
    expect(response.status).toBe(404);
    expect(response.headers.has("x-ratelimit-limit")).toBe(false);
  },
);

test.each([undefined, "short"])("with the operator token %j management is shut", async (token) => {
  const ask = workerWith({ OPERATOR_TOKEN: token });
  const response = await ask("/manage/v1/accounts", { headers: OPERATOR });
  expect(response.status).toBe(503);
  expect(await response.text()).toContain("npx wrangler secret put OPERATOR_TOKEN");
});

it("an account is created, read and found in the list", async () => {
  const created = await manage("POST", "/accounts", {
    api: "deframe",
    name: "Acme Corp",
    email: "ops@acme.example",
    plan: "business",
  });
  expect(created.status).toBe(201);
  const account = created.body.data;
  expect(account).toMatchObject({
    api: "deframe",
    name: "Acme Corp",
    email: "ops@acme.example",
    company: null,
    plan: "business",
    limits: null,
    status: "active",
    version: 1,
  });
  const read = await manage("GET", `/accounts/${account?.id}`);
  expect(read.body.data).toEqual(account);
  const listed = await manage("GET", "/accounts?api=deframe&limit=100");
  expect(listed.body.data).toContainEqual(account);
});

it("a taken account id is 409 and changes nothing", async () => {
  const id = await makeAccount({ name: "First" });
  const again = await manage("POST", "/accounts", { api: "deframe", id, name: "Second" });
  expect([again.status, again.body.error?.code]).toEqual([409, "conflict"]);
  expect((await manage("GET", `/accounts/${id}`)).body.data?.["name"]).toBe("First");
});

it("PATCH replaces the named members and keeps the others", async () => {
  const id = await makeAccount({ company: "Acme" });
  const { status, body } = await manage("PATCH", `/accounts/${id}`, {
    name: "B",
    limits: { day: 9 },
  });
  expect(status).toBe(200);
  expect(body.data).toMatchObject({ name: "B", company: "Acme", limits: { day: 9 }, version: 2 });
});

it("a key is shown with its text and secret once and without them ever after", async () => {
  const account = await makeAccount();
  const created = await manage("POST", `/accounts/${account}/api-keys`, { name: "Production" });
  expect(created.status).toBe(201);
  const {
    key,
    signing_secret: secret,
    ...view
  } = created.body.data ?? { key: "", signing_secret: "" };
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(key).toMatch(/^prod_key_[0-9A-Za-z]{40}$/);
  expect(view).toMatchObject({
    account,
    name: "Production",
    environment: "production",
    prefix: "prod_key_",
    last4: key.slice(-4),
    status: "active",
    expires_at: null,
    last_used: null,
    request_count: 0,
    limits: { minute: 100, hour: 1000 },
    permissions: ["api-keys:read", "api-keys:write"],
    signing: "optional",
    metadata: {},
    version: 1,
  });
  const read = await manage("GET", `/api-keys/${created.body.data?.id}`);
  expect(read.body.data).toEqual(view);
});

it("last_used and request_count are right on the next read", async () => {
  const { id, key, account } = await makeKey();
  await echo(key);
  await echo(key);
  const { body } = await manage("GET", `/api-keys/${id}`);
  expect(body.data?.["request_count"]).toBe(2);
  expect(Date.parse(String(body.data?.["last_used"]))).toBeGreaterThan(Date.now() - 10_000);
  const listed = await manage("GET", `/accounts/${account}/api-keys`);
  expect(listed.body.data).toMatchObject([{ id, request_count: 2 }]);
});

it("keys are listed newest first, page by page, stable while keys are made", async () => {
  const account = await makeAccount();
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.unshift((await makeKey({}, account)).id);
  const first = await manage("GET", `/accounts/${account}/api-keys?limit=2`);
  await makeKey({}, account);
  const cursor = (first.body as { next_cursor?: string }).next_cursor;
  const second = await manage("GET", `/accounts/${account}/api-keys?limit=3&cursor=${cursor}`);
  const listed = [first, second].flatMap(({ body }) => body.data as never as { id: string }[]);
  expect(listed.map(({ id }) => id)).toEqual(ids);
  expect(second.body).toMatchObject({ next_cursor: null });
});

it("?status=active leaves revoked keys out", async () => {
  const account = await makeAccount();
  const revoked = await makeKey({}, account);
  const active = await makeKey({}, account);
  await manage("DELETE", `/api-keys/${revoked.id}`);
  const { body } = await manage("GET", `/accounts/${account}/api-keys?status=active`);
  expect(body.data).toMatchObject([{ id: active.id }]);
});

it("a key is revoked with the page's message, and again with the same", async () => {
  const { id } = await makeKey();
  const answer = { success: true, message: "API key revoked successfully" };
  expect((await manage("DELETE", `/api-keys/${id}`)).body).toEqual(answer);
  expect((await manage("DELETE", `/api-keys/${id}`)).body).toEqual(answer);
  expect((await manage("GET", `/api-keys/${id}`)).body.data?.["status"]).toBe("revoked");
});

test.each(["key_0123456789AB", "key_00000000", "nonsense", "key_../..", "key_%00"])(
  "the unknown key %s is 404",
  async (id) => {
    expect((await manage("GET", `/api-keys/${id}`)).status).toBe(404);
    expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(404);
  },
);

it("an unknown account is 404 on each of its routes", async () => {
  expect((await manage("GET", "/accounts/nobody")).status).toBe(404);
  expect((await manage("PATCH", "/accounts/nobody", { name: "x" })).status).toBe(404);
  expect((await manage("POST", "/accounts/nobody/suspend")).status).toBe(404);
  expect((await manage("POST", "/accounts/nobody/api-keys", { name: "x" })).status).toBe(404);
  expect((await manage("GET", "/accounts/nobody/api-keys")).status).toBe(404);
});

it("a path that does not exist is 404, another method 405 with those allowed", async () => {
  expect((await manage("GET", "/nothing")).status).toBe(404);
  const wrong = await manage("PUT", "/accounts");
  expect([wrong.status, wrong.headers.get("allow")]).toEqual([405, "POST, GET, HEAD"]);
});

it("/manage is confined to its host where one is configured", async () => {
  const ask = workerWith({ MANAGEMENT_HOST: "manage.example.com" });
  expect((await ask("/manage/health")).status).toBe(404);
  expect((await ask("https://manage.example.com/manage/health")).status).toBe(200);
});

it("health says which parts answer", async () => {
  const response = await call("/manage/health");
  expect(await response.json()).toEqual({
    success: true,
    data: {
      status: "ok",
      parts: { kv: true, key_state: true, account: true, directory: true },
    },
  });
});

it("every answer is not to be stored, not to be sniffed, and has a request id", async () => {
  const response = await call("/manage/v1/accounts", { headers: OPERATOR });
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

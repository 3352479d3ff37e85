/** `/v1/api-keys`: who may do what, on whose keys, and what it costs. */
import { env } from "cloudflare:workers";
import { expect, it, test, vi } from "vitest";
import { hashImported } from "../../src/core/imported.ts";
import { makeAccount, manage, OPERATOR } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import { ask, fieldsOf, KEYS, makeExampleKey, UNKNOWN } from "../support/own-keys.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const ROUTES: readonly (readonly [method: string, path: string, body: unknown, status: number])[] =
  [
    ["GET", "", undefined, 200],
    ["POST", "", { name: "n" }, 201],
    ["GET", "/:id", undefined, 200],
    ["PATCH", "/:id", { name: "m" }, 200],
    ["GET", "/:id/usage", undefined, 200],
    ["POST", "/:id/rotate", {}, 200],
    ["DELETE", "/:id", undefined, 200],
  ];

const CALLERS: readonly (readonly [caller: string, permissions: readonly string[] | null])[] = [
  ["a key with both permissions", ["api-keys:read", "api-keys:write"]],
  ["a key that may read", ["api-keys:read"]],
  ["a key that may write", ["api-keys:write"]],
  ["a key with neither", []],
  ["a member", null],
];

test.each(
  ROUTES.flatMap(([method, path, body, status]) =>
    CALLERS.map(([caller, permissions]) => ({ method, path, body, status, caller, permissions })),
  ),
)("$method $path by $caller", async ({ method, path, body, status, permissions }) => {
  const account = await makeAccount({ api: "example" });
  const { id } = await makeExampleKey({ permissions: [] }, account);
  const bearer =
    permissions === null
      ? await makeToken(account)
      : (await makeExampleKey({ permissions }, account)).key;
  const told = await ask(bearer, method, KEYS + path.replace(":id", id), body);
  const needed = method === "GET" ? "api-keys:read" : "api-keys:write";
  const allowed = permissions === null || permissions.includes(needed);
  expect(told.status).toBe(allowed ? status : 403);
  expect(told.body.error?.code).toBe(allowed ? undefined : "permission_missing");
  expect(told.headers.has("x-ratelimit-remaining")).toBe(permissions !== null);
});

test.each(ROUTES)("%s %s by nobody is 401", async (method, path, body) => {
  const told = await ask(null, method, KEYS + path.replace(":id", UNKNOWN), body);
  expect([told.status, told.body.error?.code]).toEqual([401, "missing_credential"]);
});

test.each(ROUTES.filter(([, path]) => path !== ""))(
  "%s %s with another account's key id is answered like an unknown one and changes nothing",
  async (method, path, body) => {
    const other = await makeExampleKey();
    const before = await manage("GET", `/api-keys/${other.id}`);
    const own = await makeExampleKey();
    const member = await makeToken(own.account);
    for (const bearer of [own.key, member]) {
      const foreign = await ask(bearer, method, KEYS + path.replace(":id", other.id), body);
      const unknown = await ask(bearer, method, KEYS + path.replace(":id", UNKNOWN), body);
      expect(foreign.status).toBe(404);
      expect(foreign.body).toEqual(unknown.body);
    }
    expect((await manage("GET", `/api-keys/${other.id}`)).body).toEqual(before.body);
  },
);

test.each([
  [{ limits: { minute: 101, hour: 1000 } }, ["limits.minute"]],
  [{ limits: { minute: 100 } }, ["limits.hour"]],
  [{ limits: { day: 5 } }, ["limits.minute", "limits.hour"]],
  [{ permissions: ["api-keys:read", "users:write"] }, ["permissions"]],
])("a caller cannot give a key %j, which is more than it has", async (members, fields) => {
  const { id, key, account } = await makeExampleKey();
  const made = await ask(key, "POST", KEYS, { name: "n", ...members });
  const changed = await ask(key, "PATCH", `${KEYS}/${id}`, members);
  expect([made.status, changed.status]).toEqual([400, 400]);
  expect([fieldsOf(made), fieldsOf(changed)]).toEqual([fields, fields]);
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(body.data).toMatchObject([{ id, limits: { minute: 100, hour: 1000 } }]);
});

it("the limits that may be given are those of the account where it has its own", async () => {
  const account = await makeAccount({ api: "example", limits: { minute: 5000 } });
  const { key } = await makeExampleKey({}, account);
  const made = await ask(key, "POST", KEYS, { name: "n", limits: { minute: 5000 } });
  expect(made.status).toBe(201);
  expect(fieldsOf(await ask(key, "POST", KEYS, { name: "n", limits: { minute: 5001 } }))).toEqual([
    "limits.minute",
  ]);
});

it("a key that is made by one with fewer permissions has no more than its maker", async () => {
  const { key } = await makeExampleKey({ permissions: ["api-keys:write"] });
  const { body } = await ask(key, "POST", KEYS, { name: "n" });
  expect(body.data?.["permissions"]).toEqual(["api-keys:write"]);
});

it("a key cannot rotate one that may do more, whose text it would be shown", async () => {
  const account = await makeAccount({ api: "example" });
  const { key } = await makeExampleKey({}, account);
  const strong = await makeExampleKey({ permissions: ["users:write"] }, account);
  const rotated = await ask(key, "POST", `${KEYS}/${strong.id}/rotate`, {});
  expect([rotated.status, rotated.body.error?.code]).toEqual([403, "permission_missing"]);
  const member = await ask(await makeToken(account), "POST", `${KEYS}/${strong.id}/rotate`, {});
  expect(member.status).toBe(200);
});

test.each(["account", "account_id", "accountId", "userId", "role", "api"])(
  "the account is never read from the request: %s is refused and names nobody",
  async (member) => {
    const victim = await makeExampleKey();
    const { key } = await makeExampleKey();
    const told = await ask(key, "POST", KEYS, { name: "n", [member]: victim.account });
    expect([told.status, fieldsOf(told)]).toEqual([400, [member]]);
    const { body } = await manage("GET", `/accounts/${victim.account}/api-keys`);
    expect(body.data).toHaveLength(1);
  },
);

it("a key's calls are counted, a member's are not", async () => {
  const { key, account } = await makeExampleKey();
  const token = await makeToken(account);
  for (let calls = 0; calls < 3; calls += 1) await ask(token, "GET", KEYS);
  expect((await ask(key, "GET", KEYS)).headers.get("x-ratelimit-remaining")).toBe("99");
  expect((await ask(key, "GET", KEYS)).headers.get("x-ratelimit-remaining")).toBe("98");
});

it("a member is known by its token while its key is over the limit", async () => {
  const { key, account } = await makeExampleKey({ limits: { minute: 1, hour: 1 } });
  await ask(key, "GET", KEYS);
  expect((await ask(key, "GET", KEYS)).status).toBe(429);
  expect((await ask(await makeToken(account), "GET", KEYS)).status).toBe(200);
});

it("what was done is in the account's audit log with who did it", async () => {
  const { id, key, account } = await makeExampleKey();
  const { body } = await ask(key, "POST", KEYS, { name: "n" });
  await ask(await makeToken(account), "DELETE", `${KEYS}/${String(body.data?.["id"])}`);
  const audit = await manage("GET", `/accounts/${account}/audit?limit=2`);
  expect(audit.body.data).toMatchObject([
    { action: "key.revoke", actor: `member:${account}` },
    { action: "key.create", actor: `key:${id}` },
  ]);
});

it("a member of a suspended account is 403, one of another API or of none 401", async () => {
  const suspended = await makeAccount({ api: "example" });
  await manage("POST", `/accounts/${suspended}/suspend`);
  const elsewhere = await makeAccount({ api: "dataframer" });
  const told = await Promise.all(
    [suspended, elsewhere, "nobody", "__proto__", "../x"].map(async (account) =>
      ask(await makeToken(account), "GET", KEYS),
    ),
  );
  expect(told.map(({ status, body }) => [status, body.error?.code])).toEqual([
    [403, "suspended_account"],
    ...Array.from({ length: 4 }, () => [401, "invalid_token"]),
  ]);
  expect(told[1]?.headers.get("www-authenticate")).toBe(
    'Bearer realm="example", error="invalid_token"',
  );
});

it("a key of another system may have the dots of a token", async () => {
  const account = await makeAccount({ api: "example" });
  const text = `SG.${crypto.randomUUID()}.${crypto.randomUUID()}`;
  const { key } = apiWith("example", {}).APIS[0] as { key: object };
  const accepting = workerWith(apiWith("example", { key: { ...key, accept_imported: true } }));
  const hash = (await hashImported(text)).replace("sha256:", "");
  await accepting(`/manage/v1/accounts/${account}/api-keys/import`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body: JSON.stringify({ hash, name: "Old" }),
  });
  await vi.waitFor(async () => {
    expect(await env.KEYS.get(`k0:example:sha256:${hash}`)).not.toBeNull();
  });
  const list = (token: string): Promise<Response> =>
    accepting(KEYS, { headers: { authorization: `Bearer ${token}` } });
  expect((await list(text)).status).toBe(200);
  expect((await list(await makeToken(account))).status).toBe(200);
  const other = await makeToken(account, {}, "another-secret-of-32-characters-or-more");
  expect(await (await list(other)).json()).toMatchObject({ error: { code: "invalid_token" } });
});

it("a token that does not verify reaches no object", async () => {
  const account = await makeAccount({ api: "example" });
  const token = await makeToken(account, {}, "another-secret-of-32-characters-or-more");
  const objects = vi.spyOn(env.ACCOUNT, "getByName");
  expect((await ask(token, "GET", KEYS)).body.error?.code).toBe("invalid_token");
  expect(objects).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

it("where no member tokens are configured none verifies", async () => {
  const { key, account } = await makeExampleKey();
  const worker = workerWith({ ...apiWith("example", {}), JWT_SECRET: undefined });
  const told = await worker(KEYS, {
    headers: { authorization: `Bearer ${await makeToken(account)}` },
  });
  expect(told.status).toBe(401);
  expect((await worker(KEYS, { headers: { authorization: `Bearer ${key}` } })).status).toBe(200);
});

it("on any other path a token is an unknown key", async () => {
  const account = await makeAccount({ api: "example" });
  const told = await ask(await makeToken(account), "GET", "/v1/users/usr_123");
  expect([told.status, told.body.error?.code]).toEqual([401, "unknown_key"]);
});

import { expect, it, test } from "vitest";
import { createControlPlane, OPERATOR_TOKEN } from "../../support/control-plane.ts";
import type { ControlPlane } from "../../support/control-plane.ts";
import { KEYRING } from "../../support/key-texts.ts";
import { makeAccount, makeKey } from "../../support/records.ts";
import vectors from "../../support/vectors/json-bodies.json";

const KEYS = "/manage/v1/accounts/acc_1/api-keys";
const KEY = "/manage/v1/api-keys/key_0123456789AB";

function planeWithAccount(): ControlPlane {
  const plane = createControlPlane();
  plane.accounts.set("acc_1", makeAccount());
  return plane;
}

function planeWithKey(changes: Parameters<typeof makeKey>[0] = {}): ControlPlane {
  const plane = planeWithAccount();
  const key = makeKey(changes);
  plane.keys.set(key.id, { account: "acc_1", key });
  return plane;
}

it("shows a new key with its text, in this order", async () => {
  const { status, headers, data } = await planeWithAccount().call("POST", KEYS, {
    name: "Server",
    environment: "development",
    expires_at: "2027-01-31T14:00:00+02:00",
    limits: { second: 5 },
    permissions: ["users:read"],
    metadata: { team: "core" },
  });
  const text = String(data["key"]);
  expect(status).toBe(201);
  expect(text).toMatch(/^dev_key_[0-9A-Za-z]{40}$/);
  expect(headers.get("location")).toBe(`/manage/v1/api-keys/${String(data["id"])}`);
  expect(Object.entries(data)).toEqual([
    ["id", `key_${text.slice(8, 20)}`],
    ["key", text],
    ["signing_secret", expect.stringMatching(/^[\w-]{43}$/)],
    ["account", "acc_1"],
    ["name", "Server"],
    ["environment", "development"],
    ["prefix", "dev_key_"],
    ["last4", text.slice(-4)],
    ["status", "active"],
    ["created_at", "2026-11-20T12:00:00.000Z"],
    ["expires_at", "2027-01-31T12:00:00.000Z"],
    ["last_used", null],
    ["request_count", 0],
    ["limits", { second: 5 }],
    ["permissions", ["users:read"]],
    ["restrictions", {}],
    ["signing", "optional"],
    ["metadata", { team: "core" }],
    ["previous_key", null],
    ["version", 1],
  ]);
});

it("makes a key of production, with the page's permissions, unless told otherwise", async () => {
  const { data } = await planeWithAccount().call("POST", KEYS, { name: "n" });
  expect(data).toMatchObject({
    environment: "production",
    prefix: "prod_key_",
    expires_at: null,
    permissions: ["api-keys:read", "api-keys:write"],
    metadata: {},
  });
});

it("takes an empty list of permissions for none", async () => {
  const { data } = await planeWithAccount().call("POST", KEYS, { name: "n", permissions: [] });
  expect(data["permissions"]).toEqual([]);
});

it("stores a hash of the text and its secret encrypted, from which neither could be had", async () => {
  const plane = planeWithAccount();
  const { data } = await plane.call("POST", KEYS, { name: "n" });
  const text = String(data["key"]);
  const stored = plane.keys.get(String(data["id"]))?.key;
  const hash = await KEYRING.hash("a", text);
  const encrypted = expect.stringMatching(/^a\.[\w-]{16}\.[\w-]+$/);
  expect(stored?.texts).toEqual([{ hash, entry: "a", untilMs: null, signingSecret: encrypted }]);
  expect(JSON.stringify(stored)).not.toContain(text.slice(9, -5));
  expect(JSON.stringify(stored)).not.toContain(data["signing_secret"]);
});

it("completes the text with the check tag of the keyring's first entry", async () => {
  const { data } = await planeWithAccount().call("POST", KEYS, { name: "n" });
  const text = String(data["key"]);
  expect(await KEYRING.findEntry("base62", text.slice(0, -6), text.slice(-6))).toBe("a");
});

it("draws again when the id is taken", async () => {
  const plane = planeWithAccount();
  plane.takenIds = 4;
  const { status } = await plane.call("POST", KEYS, { name: "n" });
  expect(status).toBe(201);
  expect(plane.calls.filter((name) => name === "accounts.createKey")).toHaveLength(5);
  expect(plane.keys.size).toBe(1);
});

it("gives up when five ids in a row are taken", async () => {
  const plane = planeWithAccount();
  plane.takenIds = 5;
  const { status, headers, body } = await plane.call("POST", KEYS, { name: "n" });
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("1");
  expect(body).toMatchObject({ error: { code: "unavailable" } });
  expect(plane.keys.size).toBe(0);
});

it("does not show the text of a key that is not in force", async () => {
  const plane = planeWithAccount();
  plane.pending = 1;
  const { status, text } = await plane.call("POST", KEYS, { name: "n" });
  expect(status).toBe(503);
  expect(text).not.toContain("prod_key_");
});

it("makes no key for an account whose API is not configured any more", async () => {
  const plane = createControlPlane();
  plane.accounts.set("acc_1", makeAccount({ api: "gone" }));
  const { status } = await plane.call("POST", KEYS, { name: "n" });
  expect(status).toBe(409);
  expect(plane.keys.size).toBe(0);
});

test.each<[string, string, object]>([
  ["an environment the API does not have", "environment", { environment: "live" }],
  ["an environment named like an inherited member", "environment", { environment: "toString" }],
  ["an environment that is no text", "environment", { environment: 1 }],
  ["an expiry that is past", "expires_at", { expires_at: "2026-11-20T11:59:59Z" }],
  ["an expiry that is now", "expires_at", { expires_at: "2026-11-20T12:00:00Z" }],
  ["an expiry without a zone", "expires_at", { expires_at: "2027-01-01T00:00:00" }],
  ["an expiry on the 30th of February", "expires_at", { expires_at: "2027-02-30T00:00:00Z" }],
  ["an expiry in milliseconds", "expires_at", { expires_at: 1_801_396_800_000 }],
  ["an expiry that is null", "expires_at", { expires_at: null }],
  ["permissions that are a text", "permissions", { permissions: "users:read" }],
  [
    "101 permissions",
    "permissions",
    { permissions: Array.from({ length: 101 }, (_, i) => `p${i}`) },
  ],
  ["a permission given twice", "permissions", { permissions: ["a", "a"] }],
  ["an empty permission", "permissions.0", { permissions: [""] }],
  ["a permission in capitals", "permissions.1", { permissions: ["a", "Users:read"] }],
  ["a permission of 65 characters", "permissions.0", { permissions: ["a".repeat(65)] }],
  ["metadata that are a list", "metadata", { metadata: ["a"] }],
  [
    "21 metadata",
    "metadata",
    { metadata: Object.fromEntries("abcdefghijklmnopqrstu".split("").map((name) => [name, ""])) },
  ],
  ["metadata within metadata", "metadata.a", { metadata: { a: { b: "c" } } }],
  ["metadata without a name", "metadata.", { metadata: { "": "a" } }],
  ["metadata of 513 characters", "metadata.a", { metadata: { a: "a".repeat(513) } }],
  ["metadata with a lone surrogate", "metadata.a", { metadata: { a: "\ud800" } }],
  ["metadata named constructor", "metadata", { metadata: { constructor: "a" } }],
  ["a text of its own", "key", { key: "prod_key_x" }],
  ["another account", "account", { account: "acc_2" }],
  ["signing of no mode", "signing", { signing: "sometimes" }],
  ["signing that is less than the API's", "signing", { signing: "off" }],
])("refuses %s, names the member and stores nothing", async (_, field, changes) => {
  const plane = planeWithAccount();
  const { status, fields } = await plane.call("POST", KEYS, { name: "n", ...changes });
  expect(status).toBe(400);
  expect(fields).toEqual([field]);
  expect(plane.calls).not.toContain("accounts.createKey");
  expect(plane.keys.size).toBe(0);
});

test.each(["__proto__", "constructor", "prototype"])(
  "refuses a member %s like any unknown one",
  async (name) => {
    const plane = planeWithAccount();
    const answered = await plane.send(KEYS, withRawBody(`{"name":"n","${name}":{"admin":true}}`));
    expect(answered.status).toBe(400);
    expect(answered.fields).toEqual([name]);
    expect({}).not.toHaveProperty("admin");
    expect(plane.calls).toEqual([]);
  },
);

let bodiesRan = 0;

test.each(vectors.cases)("$id is answered $status $note", async ({ id, raw, status }) => {
  bodiesRan += 1;
  const plane = planeWithAccount();
  const body = raw ?? "[".repeat(2000) + "]".repeat(2000);
  const answered = await plane.send(KEYS, withRawBody(body));
  expect({ id, status: answered.status }).toEqual({ id, status });
  expect(plane.keys.size).toBe(status === 201 ? 1 : 0);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

it("all 25 bodies ran", () => {
  expect(bodiesRan).toBe(25);
});

it("lists the keys of an account with their use", async () => {
  const plane = planeWithKey();
  const lastUsedMs = 1_795_176_000_000;
  plane.uses.set("key_0123456789AB", {
    windows: [],
    requestCount: 7,
    lastUsedMs,
    previousTextUsedMs: null,
  });
  const { status, body } = await plane.call("GET", KEYS);
  expect(status).toBe(200);
  expect(body).toEqual({
    success: true,
    data: [
      {
        id: "key_0123456789AB",
        account: "acc_1",
        name: "Production",
        environment: "production",
        prefix: "prod_key_",
        last4: "wxyz",
        status: "active",
        created_at: "1970-01-01T00:00:01.000Z",
        expires_at: null,
        last_used: "2026-11-20T12:00:00.000Z",
        request_count: 7,
        limits: { minute: 100, hour: 1000 },
        permissions: [],
        restrictions: {},
        signing: "optional",
        metadata: {},
        previous_key: null,
        version: 1,
      },
    ],
    next_cursor: null,
  });
});

it("lists the active keys alone when asked to", async () => {
  const plane = planeWithKey();
  const other = { account: "acc_1", key: makeKey({ id: "key_expired00000", expiresAtMs: 2000 }) };
  plane.keys.set(other.key.id, other);
  expect((await plane.call("GET", KEYS)).body["data"]).toHaveLength(2);
  const { body } = await plane.call("GET", `${KEYS}?status=active`);
  expect(body["data"]).toMatchObject([{ id: "key_0123456789AB", status: "active" }]);
});

it("says that there are more keys than the page holds", async () => {
  const plane = planeWithKey();
  plane.keys.set("key_2", { account: "acc_1", key: makeKey({ id: "key_2" }) });
  const { body } = await plane.call("GET", `${KEYS}?limit=1&cursor=9`);
  expect(body).toMatchObject({ data: [{ id: "key_0123456789AB" }], next_cursor: "1" });
});

test.each([
  ["status=revoked", "status"],
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["limit=ten", "limit"],
  ["cursor=-1", "cursor"],
  ["page=2", "page"],
])("refuses to list keys by ?%s", async (query, field) => {
  const plane = planeWithKey();
  const { status, fields } = await plane.call("GET", `${KEYS}?${query}`);
  expect(status).toBe(400);
  expect(fields).toEqual([field]);
  expect(plane.calls).toEqual([]);
});

test.each([
  ["its own limits", { second: 1 }, { minute: 2 }, { second: 1 }],
  ["its account's limits", null, { minute: 2 }, { minute: 2 }],
  ["its API's limits", null, null, { minute: 100, hour: 1000 }],
])("shows a key with %s in force", async (_, own, account, shown) => {
  const plane = planeWithKey({ limits: own });
  plane.accounts.set("acc_1", makeAccount({ limits: account }));
  expect((await plane.call("GET", KEY)).data["limits"]).toEqual(shown);
});

test.each([
  ["active", {}, null],
  ["disabled", { enabled: false }, null],
  ["expired", { expiresAtMs: 1_795_176_000_000 }, null],
  ["suspended", {}, 5000],
  ["revoked", { revokedAtMs: 6000 }, 5000],
])("shows that a key is %s", async (status, changes, suspendedAtMs) => {
  const plane = planeWithKey(changes);
  plane.accounts.set("acc_1", makeAccount({ suspendedAtMs }));
  expect((await plane.call("GET", KEY)).data["status"]).toBe(status);
});

it("believes the account about a key, not the key's object", async () => {
  const plane = planeWithKey();
  await plane.call("GET", KEY);
  expect(plane.calls).toEqual(["keyStates.describe", "accounts.loadKey"]);
});

it("revokes a key, and again with the same answer", async () => {
  const plane = planeWithKey();
  const answer = { success: true, message: "API key revoked successfully" };
  const first = await plane.call("DELETE", KEY);
  expect(first).toMatchObject({ status: 200, body: answer });
  const again = await plane.call("DELETE", KEY);
  expect(again).toMatchObject({ status: 200, body: answer });
  expect((await plane.call("GET", KEY)).data["status"]).toBe("revoked");
});

it("says that a revocation is pending while the key's object has not confirmed it", async () => {
  const plane = planeWithKey();
  plane.pending = 1;
  const { status, headers, body } = await plane.call("DELETE", KEY);
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("1");
  expect(body).toMatchObject({ success: false, error: { code: "unavailable" }, pending: true });
});

test.each(["GET", "DELETE"])("%s of an unknown key is 404", async (method) => {
  const answered = await planeWithAccount().call(method, KEY);
  expect(answered.status).toBe(404);
  expect(answered.body).toMatchObject({
    success: false,
    error: { code: "not_found", message: "There is no API key with this id." },
  });
});

test.each([
  ["GET", KEYS],
  ["GET", KEY],
  ["DELETE", KEY],
])("%s %s shows neither the text of a key nor its hash", async (method, path) => {
  const { status, text } = await planeWithKey().call(method, path);
  expect(status).toBe(200);
  expect(text).not.toMatch(/hash|texts|"key"|entry/);
});

function withRawBody(body: string): RequestInit {
  const headers = {
    authorization: `Bearer ${OPERATOR_TOKEN}`,
    "content-type": "application/json",
  };
  return { method: "POST", headers, body };
}

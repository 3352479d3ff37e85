/** `/v1/api-keys`: what its routes take, do and answer, and which paths are theirs. */
import { expect, it, test } from "vitest";
import { call, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import { ask, fieldsOf, idsOf, KEYS, makeExampleKey } from "../support/own-keys.ts";
import vectors from "../support/vectors/json-bodies.json";
import { apiWith, workerWith } from "../support/worker-with.ts";

it("the list has the account's own keys alone, newest first", async () => {
  await makeExampleKey();
  const account = await makeAccount({ api: "example" });
  const first = await makeExampleKey({}, account);
  const second = await makeExampleKey({}, account);
  expect(await idsOf(first.key)).toEqual([second.id, first.id]);
});

it("revoked, disabled and expired keys are not listed", async () => {
  const account = await makeAccount({ api: "example" });
  const { id, key } = await makeExampleKey({}, account);
  const revoked = await makeExampleKey({}, account);
  const disabled = await makeExampleKey({}, account);
  await makeExampleKey({ expires_at: new Date(Date.now() + 100).toISOString() }, account);
  await ask(key, "DELETE", `${KEYS}/${revoked.id}`);
  await ask(key, "PATCH", `${KEYS}/${disabled.id}`, { enabled: false });
  await scheduler.wait(150);
  expect(await idsOf(key)).toEqual([id]);
});

it("the list is read page by page", async () => {
  const account = await makeAccount({ api: "example" });
  const first = await makeExampleKey({}, account);
  const second = await makeExampleKey({}, account);
  const page = await ask(first.key, "GET", `${KEYS}?limit=1`);
  const { next_cursor: cursor } = page.body as { next_cursor?: string };
  expect(page.body.data).toMatchObject([{ id: second.id }]);
  expect(await idsOf(first.key, `?limit=1&cursor=${cursor}`)).toEqual([first.id]);
});

it("a new key is shown with its text once, after the page's members", async () => {
  const { key, account } = await makeExampleKey();
  const made = await ask(key, "POST", KEYS, { name: "CI", environment: "test" });
  const data = made.body.data ?? {};
  expect(made.status).toBe(201);
  expect(made.headers.get("location")).toBe(`${KEYS}/${String(data["id"])}`);
  expect(Object.keys(data).slice(0, 7)).toEqual([
    "id",
    "name",
    "prefix",
    "created_at",
    "last_used",
    "key",
    "signing_secret",
  ]);
  expect(data).toMatchObject({ account, name: "CI", prefix: "sk_test_", last_used: null });
  expect(data["created_at"]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const { key: text, signing_secret: secret, ...later } = data;
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect((await ask(key, "GET", `${KEYS}/${String(data["id"])}`)).body.data).toEqual(later);
  expect((await ask(String(text), "GET", KEYS)).status).toBe(200);
});

it("a creation that is sent again makes no second key", async () => {
  const { id, key } = await makeExampleKey();
  const repeat = { "idempotency-key": "order-1" };
  const first = await ask(key, "POST", KEYS, { name: "n" }, repeat);
  const again = await ask(key, "POST", KEYS, { name: "n" }, repeat);
  const other = await ask(key, "POST", KEYS, { name: "another" }, repeat);
  expect([first.status, again.status, other.status]).toEqual([201, 201, 409]);
  expect(again.headers.get("idempotent-replayed")).toBe("true");
  expect(again.body.data?.["id"]).toBe(first.body.data?.["id"]);
  expect(again.body.data).not.toHaveProperty("key");
  expect(await idsOf(key)).toEqual([first.body.data?.["id"], id]);
});

it("a rotated key has another text at once, and the old one until its grace ends", async () => {
  const { id, key } = await makeExampleKey();
  const rotated = await ask(key, "POST", `${KEYS}/${id}/rotate`, { grace_seconds: 60 });
  const fresh = String(rotated.body.data?.["key"]);
  expect(fresh).not.toBe(key);
  expect(rotated.body.data?.["id"]).toBe(id);
  expect((await ask(fresh, "GET", KEYS)).status).toBe(200);
  expect((await ask(key, "GET", KEYS)).status).toBe(200);
  await ask(fresh, "POST", `${KEYS}/${id}/rotate`, { grace_seconds: 0 });
  expect((await ask(fresh, "GET", KEYS)).body.error?.code).toBe("revoked_key");
});

it("a key that revokes itself is refused on its next request", async () => {
  const { id, key } = await makeExampleKey();
  expect((await ask(key, "DELETE", `${KEYS}/${id}`)).status).toBe(200);
  expect((await ask(key, "GET", KEYS)).body.error?.code).toBe("revoked_key");
});

it("a revoked key stays revoked", async () => {
  const account = await makeAccount({ api: "example" });
  const { key } = await makeExampleKey({}, account);
  const { id } = await makeExampleKey({}, account);
  await ask(key, "DELETE", `${KEYS}/${id}`);
  expect((await ask(key, "DELETE", `${KEYS}/${id}`)).status).toBe(200);
  expect((await ask(key, "PATCH", `${KEYS}/${id}`, { enabled: true })).status).toBe(409);
  expect((await ask(key, "POST", `${KEYS}/${id}/rotate`, {})).status).toBe(409);
});

let bodiesRan = 0;

test.each(vectors.cases)("$id: the body of a new key is answered $status $note", async (vector) => {
  const { key, account } = await makeExampleKey();
  const raw = vector.raw ?? "[".repeat(2000) + "]".repeat(2000);
  bodiesRan += 1;
  const told = await ask(key, "POST", KEYS, raw);
  expect(told.status).toBe(vector.status);
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(body.data).toHaveLength(vector.status === 201 ? 2 : 1);
});

it("all 25 bodies ran", () => {
  expect(bodiesRan).toBe(25);
});

it("a body over 64 KiB is 413, one of another media type 400", async () => {
  const { key } = await makeExampleKey();
  expect((await ask(key, "POST", KEYS, { name: "n".repeat(66_000) })).status).toBe(413);
  const plain = await ask(key, "POST", KEYS, '{"name":"n"}', { "content-type": "text/plain" });
  expect(fieldsOf(plain)).toEqual(["content-type"]);
});

test.each(["/v1/api-keys/", "/v1/api%2dkeys", "/v1/%61pi-keys", "/%761/api-keys/"])(
  "%s is the same route and not forwarded",
  async (path) => {
    const { id, key } = await makeExampleKey();
    expect((await ask(key, "GET", path)).body.data).toMatchObject([{ id }]);
  },
);

test.each([
  "/v1/api-keys/key_0123456789AB/usages",
  "/v1/api-keys/key_0123456789AB/rotate/now",
  "/v1/api%2Dkeys/key_0123456789AB/echo",
])("%s is no route, 404, and not forwarded", async (path) => {
  const { key, account } = await makeExampleKey();
  for (const bearer of [key, await makeToken(account)]) {
    const told = await ask(bearer, "GET", path);
    expect([told.status, told.body.error?.code]).toEqual([404, "not_found"]);
  }
});

test.each([
  ["PUT", "", "GET, HEAD, POST"],
  ["DELETE", "", "GET, HEAD, POST"],
  ["POST", "/key_0123456789AB", "GET, HEAD, PATCH, DELETE"],
  ["GET", "/key_0123456789AB/rotate", "POST"],
])("%s %s is 405 with the methods there are", async (method, path, allow) => {
  const { key } = await makeExampleKey();
  const told = await ask(key, method, KEYS + path);
  expect([told.status, told.headers.get("allow")]).toEqual([405, allow]);
});

it("HEAD is answered like GET without the body", async () => {
  const { key } = await makeExampleKey();
  const response = await call(KEYS, {
    method: "HEAD",
    headers: { authorization: `Bearer ${key}` },
  });
  expect([response.status, await response.text()]).toEqual([200, ""]);
  expect(response.headers.get("content-type")).toBe("application/json");
});

test.each(["?account=other", "?status=revoked", "?limit=0", "?limit=1&limit=2"])(
  "the query %s is refused",
  async (query) => {
    const { key } = await makeExampleKey();
    expect((await ask(key, "GET", KEYS + query)).status).toBe(400);
  },
);

it("an API that does not offer the routes forwards them like any other", async () => {
  const { key } = await makeExampleKey();
  const worker = workerWith(apiWith("example", { management: undefined }));
  const response = await worker(KEYS, { headers: { authorization: `Bearer ${key}` } });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "NOT_FOUND" } });
});

it("an API that speaks JSON-RPC can offer the routes too", async () => {
  const { key } = await makeKey({}, undefined, "subfrost");
  const worker = workerWith(apiWith("subfrost", { match: ["/*"], management: ["rest"] }));
  const response = await worker(KEYS, {
    method: "POST",
    headers: { "x-subfrost-api-key": key, "content-type": "application/json" },
    body: '{"name":"n"}',
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ success: true, data: { name: "n" } });
});

import { expect, it, test } from "vitest";
import { Unavailable } from "../../../src/core/ports.ts";
import { createControlPlane, OPERATOR_TOKEN } from "../../support/control-plane.ts";
import { makeAccount } from "../../support/records.ts";

const AUTHORIZED = { authorization: `Bearer ${OPERATOR_TOKEN}` };

test.each([
  ["GET", "/manage/health", 200],
  ["GET", "/manage/v1/accounts", 200],
  ["GET", "/manage/v1/accounts/acc_9", 404],
  ["PUT", "/manage/v1/accounts", 405],
  ["POST", "/manage/v1/accounts", 400],
  ["GET", "/manage/nowhere", 404],
])("%s %s is answered %i with the headers of every answer", async (method, path, status) => {
  const answered = await createControlPlane().call(method, path);
  expect(answered.status).toBe(status);
  expect(answered.headers.get("content-type")).toBe("application/json");
  expect(answered.headers.get("cache-control")).toBe("no-store");
  expect(answered.headers.get("x-content-type-options")).toBe("nosniff");
  expect(answered.headers.get("x-request-id")).toBe("req_1");
});

test.each([
  ["/manage/health", "GET, HEAD"],
  ["/manage/v1/accounts", "POST, GET, HEAD"],
  ["/manage/v1/accounts/acc_1", "GET, HEAD, PATCH"],
  ["/manage/v1/accounts/acc_1/suspend", "POST"],
  ["/manage/v1/accounts/acc_1/reactivate", "POST"],
  ["/manage/v1/accounts/acc_1/api-keys", "POST, GET, HEAD"],
  ["/manage/v1/api-keys/key_0123456789AB", "GET, HEAD, PATCH, DELETE"],
])("%s allows %s and nothing else", async (path, allow) => {
  const plane = createControlPlane();
  const { status, headers, body } = await plane.call("PUT", path);
  expect(status).toBe(405);
  expect(headers.get("allow")).toBe(allow);
  expect(body).toMatchObject({ success: false, error: { code: "method_not_allowed" } });
  expect(plane.calls).toEqual([]);
});

test.each([
  "/manage/v1",
  "/manage/v1/",
  "/manage/v1/accounts/",
  "/manage/v1/accounts//api-keys",
  "/manage/v1/accounts/acc_1/nothing",
  "/manage/v1/api-keys",
  "/manage/V1/accounts",
  "/manage/%761/accounts",
  "/%6danage/v1/accounts",
  "/manage/v1/%61ccounts",
  "/manage//v1/accounts",
])("%s is no route, even for the operator", async (path) => {
  const plane = createControlPlane();
  const { status, body } = await plane.call("GET", path);
  expect(status).toBe(404);
  expect(body).toMatchObject({ success: false, error: { code: "not_found" } });
  expect(plane.calls).toEqual([]);
});

test.each(["/manage/%761/accounts", "/%6danage/v1/accounts"])(
  "%s, an escaped spelling, is not served without a token",
  async (path) => {
    const plane = createControlPlane();
    expect((await plane.send(path, { method: "GET" })).status).toBe(404);
    expect(plane.calls).toEqual([]);
  },
);

it("answers HEAD like GET, without a body", async () => {
  const { status, headers, text } = await createControlPlane().call("HEAD", "/manage/v1/accounts");
  expect(status).toBe(200);
  expect(headers.get("content-type")).toBe("application/json");
  expect(text).toBe("");
});

it("decodes the id in the path", async () => {
  const plane = createControlPlane();
  plane.accounts.set("auth0|5f:a@b", makeAccount({ id: "auth0|5f:a@b" }));
  const { data } = await plane.call("GET", "/manage/v1/accounts/auth0%7C5f%3Aa%40b");
  expect(data["id"]).toBe("auth0|5f:a@b");
});

test.each([
  ["GET", "/manage/v1/accounts/%00", undefined],
  ["GET", "/manage/v1/accounts/a%2Fb", undefined],
  ["GET", "/manage/v1/accounts/%E0%A4%A", undefined],
  ["PATCH", "/manage/v1/accounts/a%20b", { name: "n" }],
  ["POST", "/manage/v1/accounts/a%20b/suspend", {}],
  ["POST", "/manage/v1/accounts/a%20b/reactivate", {}],
  ["POST", "/manage/v1/accounts/a%20b/api-keys", { name: "n" }],
  ["GET", "/manage/v1/accounts/a%20b/api-keys", undefined],
  ["GET", "/manage/v1/api-keys/prod_key_x", undefined],
  ["GET", "/manage/v1/api-keys/key_", undefined],
  ["GET", "/manage/v1/api-keys/key_0123456789A%2F", undefined],
  ["DELETE", "/manage/v1/api-keys/key_0123456789ABC", undefined],
])("%s %s names an id that cannot exist: 404 without asking a port", async (method, path, body) => {
  const plane = createControlPlane();
  expect((await plane.call(method, path, body)).status).toBe(404);
  expect(plane.calls).toEqual([]);
});

test.each([
  ["POST", "/manage/v1/accounts", { api: "deframe", name: "n" }],
  ["GET", "/manage/v1/accounts", undefined],
  ["GET", "/manage/v1/accounts/acc_1", undefined],
  ["PATCH", "/manage/v1/accounts/acc_1", { name: "n" }],
  ["POST", "/manage/v1/accounts/acc_1/suspend", {}],
  ["POST", "/manage/v1/accounts/acc_1/reactivate", {}],
  ["POST", "/manage/v1/accounts/acc_1/api-keys", { name: "n" }],
  ["GET", "/manage/v1/accounts/acc_1/api-keys", undefined],
  ["GET", "/manage/v1/api-keys/key_0123456789AB", undefined],
  ["DELETE", "/manage/v1/api-keys/key_0123456789AB", undefined],
])("%s %s is 503 while a port cannot be reached", async (method, path, body) => {
  const plane = createControlPlane();
  plane.failure = new Unavailable("account");
  const answered = await plane.call(method, path, body);
  expect(answered.status).toBe(503);
  expect(answered.headers.get("retry-after")).toBe("1");
  expect(answered.body).toMatchObject({ success: false, error: { code: "unavailable" } });
  expect(plane.logged).toEqual([
    'warn management_unavailable {"request_id":"req_1","part":"account"}',
  ]);
});

it("answers a bug with 500 and tells neither the client nor the log its message", async () => {
  const plane = createControlPlane();
  plane.failure = new TypeError("secret-of-the-message");
  const { status, body, text } = await plane.call("GET", "/manage/v1/accounts");
  expect(status).toBe(500);
  expect(body).toMatchObject({ success: false, error: { code: "internal" } });
  expect(text).not.toMatch(/secret-of-the-message|TypeError| at /);
  expect(plane.logged).toHaveLength(1);
  expect(plane.logged[0]).toContain('error management_failed {"request_id":"req_1"');
  expect(plane.logged[0]).not.toContain("secret-of-the-message");
});

it("says that all parts answer, without a token", async () => {
  const { status, body } = await createControlPlane().send("/manage/health", { method: "GET" });
  expect(status).toBe(200);
  expect(body).toEqual({
    success: true,
    data: { status: "ok", parts: { kv: true, key_state: true, account: true, directory: true } },
  });
});

it("is degraded, 503, while a part does not answer", async () => {
  const plane = createControlPlane();
  plane.health = { kv: true, key_state: false };
  const { status, headers, body } = await plane.send("/manage/health", { method: "GET" });
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("5");
  expect(body).toEqual({
    success: false,
    data: { status: "degraded", parts: { kv: true, key_state: false } },
  });
});

test.each([
  ["none", {}],
  ["a form's", { "content-type": "application/x-www-form-urlencoded" }],
  ["a text's", { "content-type": "text/plain" }],
  ["a name that only starts alike", { "content-type": "application/json5" }],
])("refuses a body whose content type is %s, and names the expected one", async (_, headers) => {
  const plane = createControlPlane();
  const body = new TextEncoder().encode('{"api":"deframe","name":"n"}');
  const init = { method: "POST", headers: { ...AUTHORIZED, ...headers }, body };
  const { status, fields, text } = await plane.send("/manage/v1/accounts", init);
  expect(status).toBe(400);
  expect(fields).toEqual(["content-type"]);
  expect(text).toContain("application/json");
  expect(plane.calls).toEqual([]);
});

it("takes a content type with parameters, in any case", async () => {
  const answered = await createControlPlane().send("/manage/v1/accounts", {
    method: "POST",
    headers: { ...AUTHORIZED, "content-type": "Application/JSON; charset=utf-8" },
    body: '{"api":"deframe","name":"n"}',
  });
  expect(answered.status).toBe(201);
});

test.each([
  [65_536, 400],
  [65_537, 413],
])("a body of %i bytes is answered %i, whatever Content-Length says", async (bytes, status) => {
  const plane = createControlPlane();
  const name = "n".repeat(bytes - '{"name":""}'.length);
  const chunks = new Blob([`{"name":"${name}"}`]).stream();
  const answered = await plane.send("/manage/v1/accounts", {
    method: "POST",
    headers: { ...AUTHORIZED, "content-type": "application/json" },
    body: chunks,
  });
  expect(answered.status).toBe(status);
  expect(answered.text.length).toBeLessThan(1000);
  expect(plane.calls).toEqual([]);
});

it("stops reading a body that has no end", async () => {
  let produced = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller) {
      produced += 1024;
      controller.enqueue(new Uint8Array(1024));
    },
  });
  const answered = await createControlPlane().send("/manage/v1/accounts", {
    method: "POST",
    headers: { ...AUTHORIZED, "content-type": "application/json" },
    body: endless,
  });
  expect(answered.status).toBe(413);
  expect(answered.body).toMatchObject({ error: { code: "body_too_large" } });
  expect(produced).toBeLessThan(100_000);
});

it("refuses a body that is not UTF-8", async () => {
  const answered = await createControlPlane().send("/manage/v1/accounts", {
    method: "POST",
    headers: { ...AUTHORIZED, "content-type": "application/json" },
    body: new Uint8Array([0x7b, 0xff, 0x7d]),
  });
  expect(answered.status).toBe(400);
  expect(answered.fields).toEqual(["body"]);
});

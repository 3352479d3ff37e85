import { env } from "cloudflare:workers";
import { expect, it, test, vi } from "vitest";
import { call, makeAccount, manage, OPERATOR } from "../support/gateway.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

async function postRaw(path: string, body: string, type = "application/json"): Promise<Response> {
  return call(`/manage/v1${path}`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": type },
    body,
  });
}

async function fieldsOf(response: Response): Promise<readonly string[]> {
  const { error } = await response.json<{ error: { details?: { field: string }[] } }>();
  return (error.details ?? []).map(({ field }) => field);
}

test.each([
  ["{}", ["name"]],
  ['{"name":"n","nickname":"x"}', ["nickname"]],
  ['{"name":"n","constructor":{}}', ["constructor"]],
  ['{"name":"n","__proto__":{"role":"admin"}}', ["__proto__"]],
  ['{"name":"a","name":"b"}', ["name"]],
  ['{"name":"n","account":"other"}', ["account"]],
  ['{"name":123}', ["name"]],
  ['{"name":["n"]}', ["name"]],
  ['{"name":"   "}', ["name"]],
  ['{"name":"a\\nb"}', ["name"]],
  ['{"name":"\\ud800"}', ["name"]],
  [JSON.stringify({ name: "n".repeat(129) }), ["name"]],
  ['{"name":"n","limits":{"minute":0}}', ["limits.minute"]],
  ['{"name":"n","limits":{"minute":-1,"hour":1.5}}', ["limits.minute", "limits.hour"]],
  ['{"name":"n","limits":{"minute":"100"}}', ["limits.minute"]],
  ['{"name":"n","limits":{"minute":9007199254740993}}', ["limits.minute"]],
  ['{"name":"n","limits":{"week":1}}', ["limits.week"]],
  ['{"name":"n","limits":{}}', ["limits"]],
  ['{"name":"n","environment":"toString"}', ["environment"]],
  ['{"name":"n","expires_at":"not a date"}', ["expires_at"]],
  ['{"name":"n","expires_at":"2020-01-01T00:00:00Z"}', ["expires_at"]],
  ['{"name":"n","permissions":["A B"]}', ["permissions.0"]],
  ['{"name":"n","metadata":{"a":1}}', ["metadata.a"]],
  ["[]", ["body"]],
  ["", ["name"]],
])("a new key %s is refused and each wrong member named", async (body, fields) => {
  const account = await makeAccount();
  const response = await postRaw(`/accounts/${account}/api-keys`, body);
  expect(response.status).toBe(400);
  expect(await fieldsOf(response)).toEqual(fields);
  const listed = await manage("GET", `/accounts/${account}/api-keys`);
  expect(listed.body.data).toEqual([]);
});

test.each([
  ["not JSON at all", "{name", "application/json"],
  ["trailing data", '{"name":"n"}x', "application/json"],
  ["2,000 open brackets", "[".repeat(2000), "application/json"],
  ["another media type", '{"name":"n"}', "text/plain"],
])("a body that is %s is 400", async (_, body, type) => {
  const account = await makeAccount();
  const response = await postRaw(`/accounts/${account}/api-keys`, body, type);
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: "invalid_request" } });
});

it("a name in angle brackets is a name like any other", async () => {
  const account = await makeAccount();
  const name = "<script>alert(1)</script>";
  const response = await postRaw(`/accounts/${account}/api-keys`, JSON.stringify({ name }));
  expect(response.status).toBe(201);
  expect(await response.json()).toMatchObject({ data: { name } });
});

it("a body over 64 KiB is 413", async () => {
  const response = await postRaw("/accounts", JSON.stringify({ name: "n".repeat(66_000) }));
  expect(response.status).toBe(413);
});

test.each([
  [{ api: "nope", name: "n" }, "api"],
  [{ api: "deframe", name: "n", id: "a b" }, "id"],
  [{ api: "deframe", name: "n", plan: "gold" }, "plan"],
  [{ api: "deframe", name: "n", email: "no" }, "email"],
  [{ api: "deframe", name: "n", limits: { hour: 0 } }, "limits.hour"],
])("a new account %j is refused naming %s", async (body, field) => {
  const { status, body: answer } = await manage("POST", "/accounts", body);
  expect(status).toBe(400);
  expect(answer.error?.details?.map((detail) => detail.field)).toEqual([field]);
});

test.each(["limit=0", "limit=101", "limit=x", "cursor=x", "status=dead", "page=2"])(
  "the query %s is refused",
  async (query) => {
    const account = await makeAccount();
    const { status } = await manage("GET", `/accounts/${account}/api-keys?${query}`);
    expect(status).toBe(400);
  },
);

test.each([
  ["a field's value", deframeWith({ dialect: "xml" }), "APIS[0].dialect"],
  ["an unknown field", deframeWith({ orgin: "x" }), "APIS[0].orgin"],
  ["a missing secret", { MASTER_KEYS: undefined }, "MASTER_KEYS"],
])("a configuration with a mistake in %s is 503 for every request", async (_, changes, setting) => {
  const log = vi.spyOn(console, "error").mockImplementation(() => undefined);
  const objects = vi.spyOn(env.KEY_STATE, "getByName");
  const response = await workerWith(changes)("/strategies");
  expect(response.status).toBe(503);
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(log.mock.calls.join()).toContain(setting);
  expect(objects).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

it("a request that no API matches is 404 in the problem dialect", async () => {
  const response = await workerWith(deframeWith({ match: ["api.deframe.io/*"] }))("/strategies");
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ reason: "not_found", status: 404 });
});

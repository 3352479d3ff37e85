import { expect, it, test } from "vitest";
import { createControlPlane, type ControlPlane } from "../../support/control-plane.ts";
import { makeAccount } from "../../support/records.ts";

const ACCOUNTS = "/manage/v1/accounts";

function planeWithAccount(): ControlPlane {
  const plane = createControlPlane();
  plane.accounts.set("acc_1", makeAccount());
  return plane;
}

it("creates an account with everything that can be said of it", async () => {
  const plane = createControlPlane();
  const { status, headers, body } = await plane.call("POST", ACCOUNTS, {
    api: "deframe",
    id: "auth0|42",
    name: "Acme",
    email: "ops@acme.test",
    company: "Acme Ltd",
    role: "developer",
    plan: "business",
    limits: { minute: 10, day: 1000 },
    shared_limits: { hour: 50 },
  });
  expect(status).toBe(201);
  expect(headers.get("location")).toBe("/manage/v1/accounts/auth0|42");
  expect(body).toEqual({
    success: true,
    data: {
      id: "auth0|42",
      api: "deframe",
      name: "Acme",
      email: "ops@acme.test",
      company: "Acme Ltd",
      role: "developer",
      plan: "business",
      limits: { minute: 10, day: 1000 },
      shared_limits: { hour: 50 },
      status: "active",
      suspended_reason: null,
      created_at: "2026-11-20T12:00:00.000Z",
      version: 1,
    },
  });
});

it("draws the id of an account that names none, and fills in the defaults", async () => {
  const plane = createControlPlane();
  const { status, data } = await plane.call("POST", ACCOUNTS, { api: "deframe", name: "Acme" });
  expect(status).toBe(201);
  expect(data["id"]).toMatch(/^acc_[A-Za-z0-9_-]{16}$/);
  expect(data).toMatchObject({ email: null, company: null, role: null, plan: "standard" });
  expect(data).toMatchObject({ limits: null });
  expect([...plane.accounts.keys()]).toEqual([data["id"]]);
});

it("refuses an account id that is taken", async () => {
  const plane = planeWithAccount();
  const body = { api: "deframe", name: "Other", id: "acc_1" };
  const answered = await plane.call("POST", ACCOUNTS, body);
  expect(answered.status).toBe(409);
  expect(answered.body).toMatchObject({ success: false, error: { code: "conflict" } });
  expect(plane.accounts.get("acc_1")?.name).toBe("Acme");
});

test.each<[string, string, object]>([
  ["no API", "api", { api: undefined }],
  ["an API that is not configured", "api", { api: "other" }],
  ["an API named like an inherited member", "api", { api: "toString" }],
  ["an API that is no text", "api", { api: 1 }],
  ["no name", "name", { name: undefined }],
  ["an empty name", "name", { name: "" }],
  ["a blank name", "name", { name: " \u00a0 " }],
  ["a name of 129 characters", "name", { name: "n".repeat(129) }],
  ["a name with a line break", "name", { name: "a\nb" }],
  ["a name with a line separator", "name", { name: "a\u2028b" }],
  ["a name with a control character", "name", { name: "a\u0085b" }],
  ["a name with a lone surrogate", "name", { name: "\ud800" }],
  ["a name that is null", "name", { name: null }],
  ["an empty id", "id", { id: "" }],
  ["an id with a slash", "id", { id: "a/b" }],
  ["an id of one dot", "id", { id: "." }],
  ["an id of two dots", "id", { id: ".." }],
  ["an id of 129 characters", "id", { id: "a".repeat(129) }],
  ["an email without @", "email", { email: "acme.test" }],
  ["an email with a blank", "email", { email: "a b@acme.test" }],
  ["an email of 255 characters", "email", { email: `${"a".repeat(249)}@b.com` }],
  ["a company that is null", "company", { company: null }],
  ["a role with a line break", "role", { role: "a\rb" }],
  ["a plan that is not sold", "plan", { plan: "gold" }],
  ["no limit at all", "limits", { limits: {} }],
  ["limits that are a list", "limits", { limits: [] }],
  ["limits that are null", "limits", { limits: null }],
  ["limits that are a number", "limits", { limits: 5 }],
  ["a limit of 0", "limits.minute", { limits: { minute: 0 } }],
  ["a limit below 0", "limits.minute", { limits: { minute: -1 } }],
  ["half a request", "limits.minute", { limits: { minute: 1.5 } }],
  ["a limit that is a text", "limits.minute", { limits: { minute: "100" } }],
  ["a limit that is null", "limits.minute", { limits: { minute: null } }],
  ["a limit beyond the safe integers", "limits.minute", { limits: { minute: 2 ** 53 } }],
  ["a window that does not exist", "limits.week", { limits: { week: 1 } }],
  ["a window named like an inherited member", "limits.constructor", { limits: { constructor: 1 } }],
  ["shared limits of 0", "shared_limits.minute", { shared_limits: { minute: 0 } }],
  ["a version of its own", "version", { version: 7 }],
  ["a member in camel case", "suspendedAtMs", { suspendedAtMs: null }],
])("refuses %s, names the member and stores nothing", async (_, field, changes) => {
  const plane = createControlPlane();
  const body = { api: "deframe", name: "Acme", ...changes };
  const { status, fields, body: answer } = await plane.call("POST", ACCOUNTS, body);
  expect(status).toBe(400);
  expect(fields).toEqual([field]);
  expect(answer).toMatchObject({ success: false, error: { code: "invalid_request" } });
  expect(plane.calls).toEqual([]);
});

it("takes a limit of 1e400, which JSON reads as infinite, for no integer", async () => {
  const plane = createControlPlane();
  const headers = new Headers({ "content-type": "application/json" });
  headers.set("authorization", "Bearer operator-token-of-the-tests-0123456789");
  const body = '{"api":"deframe","name":"n","limits":{"hour":1e400}}';
  const { status, fields } = await plane.send(ACCOUNTS, { method: "POST", headers, body });
  expect(status).toBe(400);
  expect(fields).toEqual(["limits.hour"]);
});

it("counts the characters of a name, not their code units", async () => {
  const body = { api: "deframe", name: "🔑".repeat(128) };
  expect((await createControlPlane().call("POST", ACCOUNTS, body)).status).toBe(201);
});

it("names every wrong member at once, says what is allowed and what was found", async () => {
  const answered = await createControlPlane().call("POST", ACCOUNTS, {
    api: "deframe",
    name: 7,
    plan: "gold",
    limits: { minute: -1 },
  });
  expect(answered.body).toEqual({
    success: false,
    error: {
      code: "invalid_request",
      message: "The request is not valid: name, plan, limits.minute.",
      details: [
        {
          field: "name",
          message:
            "must be a text of 1 to 128 characters, not blank, " +
            "without line breaks or control characters; found 7",
        },
        { field: "plan", message: 'must be standard or business; found "gold"' },
        { field: "limits.minute", message: "must be an integer of 1 or more; found -1" },
      ],
    },
  });
});

it("repeats no long value and no long name", async () => {
  const text = "prod_key_0123456789abcdefghijklmnopqrstuvwxyzABCD";
  const answered = await createControlPlane().call("POST", ACCOUNTS, {
    api: text,
    name: "n",
    plan: text,
    [text]: text,
  });
  expect(answered.status).toBe(400);
  expect(answered.text).not.toContain(text);
  expect(answered.text).toContain("a text of 49 characters");
});

it("names the members it needs when there is no body", async () => {
  const { status, fields } = await createControlPlane().call("POST", ACCOUNTS);
  expect(status).toBe(400);
  expect(fields).toEqual(["api", "name"]);
});

it("lists the accounts, 20 to a page", async () => {
  const plane = planeWithAccount();
  const { status, body } = await plane.call("GET", ACCOUNTS);
  expect(status).toBe(200);
  expect(body).toMatchObject({ success: true, data: [{ id: "acc_1" }], next_cursor: null });
  expect(plane.calls).toEqual(["directory.list null null 20 null"]);
});

it("passes API, page size and cursor on, and the next cursor back", async () => {
  const plane = planeWithAccount();
  plane.accounts.set("acc_2", makeAccount({ id: "acc_2" }));
  const path = `${ACCOUNTS}?api=deframe&limit=1&cursor=2000:acc_3`;
  const { body } = await plane.call("GET", path);
  expect(body["next_cursor"]).toBe("1000:acc_1");
  expect(plane.calls).toEqual(["directory.list deframe null 1 2000:acc_3"]);
});

test.each([
  ["q=acme", "acme"],
  ["q=50%25_", "50%_"],
  ["q=a%20b", "a b"],
  [`q=${"%F0%9F%94%91".repeat(128)}`, "🔑".repeat(128)],
])("searches for what ?%s says, as it is written", async (query, text) => {
  const plane = createControlPlane();
  expect((await plane.call("GET", `${ACCOUNTS}?${query}`)).status).toBe(200);
  expect(plane.calls).toEqual([`directory.list null ${text} 20 null`]);
});

test.each([
  ["q=", "q"],
  ["q=%20", "q"],
  ["q=a%0Ab", "q"],
  [`q=${"a".repeat(129)}`, "q"],
  ["q=a&q=b", "q"],
  ["limit=0", "limit"],
  ["limit=101", "limit"],
  ["limit=1.5", "limit"],
  ["limit=", "limit"],
  ["limit=1&limit=2", "limit"],
  ["cursor=", "cursor"],
  ["cursor=zzz", "cursor"],
  ["api=other", "api"],
  ["sort=name", "sort"],
  ["__proto__=1", "__proto__"],
  ["constructor=1", "constructor"],
])("refuses to list by ?%s", async (query, field) => {
  const plane = createControlPlane();
  const { status, fields } = await plane.call("GET", `${ACCOUNTS}?${query}`);
  expect(status).toBe(400);
  expect(fields).toEqual([field]);
  expect(plane.calls).toEqual([]);
});

it("shows an account, and how many of its keys a change has not reached", async () => {
  const plane = planeWithAccount();
  expect((await plane.call("GET", `${ACCOUNTS}/acc_1`)).data).not.toHaveProperty("pending");
  plane.pending = 2;
  const { status, data } = await plane.call("GET", `${ACCOUNTS}/acc_1`);
  expect(status).toBe(200);
  expect(data).toMatchObject({ id: "acc_1", pending: 2 });
});

it("changes the named members and leaves the others", async () => {
  const plane = planeWithAccount();
  const { status, data } = await plane.call("PATCH", `${ACCOUNTS}/acc_1`, {
    plan: "business",
    limits: { hour: 5 },
  });
  expect(status).toBe(200);
  expect(data).toMatchObject({ name: "Acme", plan: "business", limits: { hour: 5 }, version: 2 });
});

it("restores a default by null", async () => {
  const plane = createControlPlane();
  const limits = { minute: 1 };
  plane.accounts.set("acc_1", makeAccount({ limits, email: "a@b.test", company: "c", role: "r" }));
  const body = { limits: null, email: null, company: null, role: null };
  const { data } = await plane.call("PATCH", `${ACCOUNTS}/acc_1`, body);
  expect(data).toMatchObject({ limits: null, email: null, company: null, role: null });
});

test.each<[string, string, object]>([
  ["nothing", "body", {}],
  ["the API", "api", { api: "deframe" }],
  ["the id", "id", { id: "acc_2" }],
  ["the status", "status", { status: "active" }],
  ["the name to null", "name", { name: null }],
  ["the plan to null", "plan", { plan: null }],
  ["a limit to 0", "limits.second", { limits: { second: 0 } }],
])("refuses to change %s", async (_, field, body) => {
  const plane = planeWithAccount();
  const { status, fields } = await plane.call("PATCH", `${ACCOUNTS}/acc_1`, body);
  expect(status).toBe(400);
  expect(fields).toEqual([field]);
  expect(plane.calls).toEqual([]);
});

it("suspends with a reason and reactivates", async () => {
  const plane = planeWithAccount();
  const suspended = await plane.call("POST", `${ACCOUNTS}/acc_1/suspend`, { reason: "unpaid" });
  expect(suspended.status).toBe(200);
  expect(suspended.data).toMatchObject({ status: "suspended", suspended_reason: "unpaid" });
  const active = await plane.call("POST", `${ACCOUNTS}/acc_1/reactivate`);
  expect(active.status).toBe(200);
  expect(active.data).toMatchObject({ status: "active", suspended_reason: null });
});

it("suspends without a reason, and without a body", async () => {
  const { status, data } = await planeWithAccount().call("POST", `${ACCOUNTS}/acc_1/suspend`);
  expect(status).toBe(200);
  expect(data).toMatchObject({ status: "suspended", suspended_reason: null });
});

test.each<[string, string, object]>([
  ["suspend", "reason", { reason: "" }],
  ["suspend", "reason", { reason: "a\nb" }],
  ["suspend", "reason", { reason: "r".repeat(257) }],
  ["suspend", "until", { until: "2027-01-01T00:00:00Z" }],
  ["reactivate", "reason", { reason: "paid" }],
])("refuses to %s with a wrong %s", async (action, field, body) => {
  const plane = planeWithAccount();
  const answered = await plane.call("POST", `${ACCOUNTS}/acc_1/${action}`, body);
  expect(answered.status).toBe(400);
  expect(answered.fields).toEqual([field]);
  expect(plane.calls).toEqual([]);
});

test.each<[string, string, object]>([
  ["POST", "/suspend", {}],
  ["POST", "/reactivate", {}],
  ["PATCH", "", { limits: { minute: 1 } }],
])("%s %s is 202 until every key has confirmed, and says where to look", async (...route) => {
  const [method, action, body] = route;
  const plane = planeWithAccount();
  plane.pending = 3;
  const { status, headers, data } = await plane.call(method, `${ACCOUNTS}/acc_1${action}`, body);
  expect(status).toBe(202);
  expect(headers.get("location")).toBe("/manage/v1/accounts/acc_1");
  expect(data).toMatchObject({ id: "acc_1", pending: 3 });
});

test.each<[string, string, object | undefined]>([
  ["GET", "", undefined],
  ["PATCH", "", { name: "n" }],
  ["POST", "/suspend", {}],
  ["POST", "/reactivate", {}],
  ["POST", "/api-keys", { name: "n" }],
  ["GET", "/api-keys", undefined],
])("%s %s of an unknown account is 404", async (method, action, body) => {
  const answered = await planeWithAccount().call(method, `${ACCOUNTS}/acc_2${action}`, body);
  expect(answered.status).toBe(404);
  expect(answered.body).toMatchObject({
    success: false,
    error: { code: "not_found", message: "There is no account with this id." },
  });
});

import { expect, it, test } from "vitest";
import { createOrigin } from "../support/demo-origin.ts";

const NEW_USER = '{"name":"Grace","email":"grace@example.com"}';

function caller(environment: string, account = "acc_1"): Record<string, string> {
  return { "x-authz-environment": environment, "x-authz-account-id": account };
}

async function idOf(response: Response): Promise<string> {
  const { data } = await response.json<{ data: { id: string } }>();
  return data.id;
}

test.each(["live", "test"])("a %s key reads the sample user", async (environment) => {
  const response = await createOrigin()("/v1/users/usr_123", { headers: caller(environment) });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    success: true,
    data: {
      id: "usr_123",
      name: "Ada Example",
      email: "ada@example.com",
      created_at: "2025-01-01T00:00:00Z",
    },
  });
});

test.each(["live", "test"])("a %s key is answered the user that it posts", async (environment) => {
  const response = await createOrigin()("/v1/users", {
    method: "POST",
    headers: caller(environment),
    body: NEW_USER,
  });
  expect(response.status).toBe(201);
  expect(await response.json()).toEqual({
    success: true,
    data: {
      id: expect.stringMatching(/^usr_[0-9a-f]{32}$/),
      name: "Grace",
      email: "grace@example.com",
      created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    },
  });
});

it("a user that a live key posted can be read", async () => {
  const ask = createOrigin();
  const headers = caller("live");
  const id = await idOf(await ask("/v1/users", { method: "POST", headers, body: NEW_USER }));
  const response = await ask(`/v1/users/${id}`, { headers });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({ success: true, data: { id, name: "Grace" } });
});

test.each(["live", "test"])(
  "a user that a test key posted is not there for a %s key",
  async (environment) => {
    const ask = createOrigin();
    const posted = await ask("/v1/users", {
      method: "POST",
      headers: caller("test"),
      body: NEW_USER,
    });
    const path = `/v1/users/${await idOf(posted)}`;
    expect((await ask(path, { headers: caller(environment) })).status).toBe(404);
  },
);

it("a user is not there for another account", async () => {
  const ask = createOrigin();
  const posted = await ask("/v1/users", {
    method: "POST",
    headers: caller("live", "acc_1"),
    body: NEW_USER,
  });
  const path = `/v1/users/${await idOf(posted)}`;
  expect((await ask(path, { headers: caller("live", "acc_2") })).status).toBe(404);
});

it("an unknown user is answered 404 in the page's envelope", async () => {
  const response = await createOrigin()("/v1/users/usr_0", { headers: caller("live") });
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({
    success: false,
    error: { code: "not_found", message: "There is no user with this id." },
  });
});

test.each([
  ["", ["name", "email"]],
  ["no JSON", ["name", "email"]],
  ["null", ["name", "email"]],
  ['{"name":"Grace"}', ["email"]],
  ['{"name":"","email":"a@b.c"}', ["name"]],
  ['{"name":1,"email":"a@b.c"}', ["name"]],
])("the body %j is answered 400 and names %j", async (body, fields) => {
  const response = await createOrigin()("/v1/users", {
    method: "POST",
    headers: caller("live"),
    body,
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({
    success: false,
    error: {
      code: "invalid_request",
      message: "A user needs a name and an email.",
      details: fields.map((field) => ({ field, message: "must be a text of 1 to 254 characters" })),
    },
  });
});

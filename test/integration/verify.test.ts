import { expect, it, test } from "vitest";
import { echo, makeKey, manage, type Answer } from "../support/gateway.ts";

async function verify(body: object): Promise<Answer["data"]> {
  const { status, body: answer } = await manage("POST", "/verify", { api: "deframe", ...body });
  expect(status).toBe(200);
  return answer.data;
}

it("an admitted key is allowed, with its principal and what is left", async () => {
  const { id, key, account } = await makeKey({ permissions: ["read"], limits: { minute: 5 } });
  const verdict = await verify({ key });
  expect(verdict).toMatchObject({
    allowed: true,
    reason: null,
    principal: {
      key_id: id,
      account,
      api: "deframe",
      environment: "production",
      permissions: ["read"],
    },
    limits: { minute: { limit: 5, remaining: 4 } },
  });
});

it("takes its cost from the same limits as requests, and 0 only reads", async () => {
  const { key } = await makeKey({ limits: { minute: 10 } });
  await verify({ key, cost: 4 });
  await echo(key);
  expect(await verify({ key, cost: 0 })).toMatchObject({ limits: { minute: { remaining: 5 } } });
  expect(await verify({ key, cost: 6 })).toMatchObject({ allowed: false, reason: "rate_limited" });
});

test.each(["junk", `prod_key_${"A".repeat(40)}`])(
  "the unknown key %s is not allowed",
  async (key) => {
    expect(await verify({ key })).toEqual({
      allowed: false,
      reason: "unknown_key",
      principal: null,
      limits: null,
    });
  },
);

it("a revoked key is told to be revoked", async () => {
  const { id, key } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  expect(await verify({ key })).toMatchObject({ allowed: false, reason: "revoked_key" });
});

it("a key's rules are judged for the request that is described", async () => {
  const { key } = await makeKey({
    restrictions: {
      ips: ["203.0.113.0/24"],
      referrers: ["https://app.example/*"],
      endpoints: ["POST /v1/users"],
    },
  });
  const request = {
    key,
    ip: "203.0.113.7",
    referrer: "https://app.example/x",
    method: "POST",
    path: "/v1/users",
  };
  expect(await verify(request)).toMatchObject({ allowed: true });
  expect(await verify({ ...request, ip: "198.51.100.1" })).toMatchObject({
    reason: "ip_not_allowed",
  });
  expect(await verify({ ...request, path: "/v1/other" })).toMatchObject({
    reason: "endpoint_not_allowed",
  });
});

it("an API that is not configured is named", async () => {
  const { status, body } = await manage("POST", "/verify", { api: "nope", key: "k" });
  expect(status).toBe(400);
  expect(body.error?.details?.[0]?.field).toBe("api");
});

test.each([
  ["ip", "nowhere"],
  ["referrer", "a\nb"],
])("the %s %j is refused and named", async (field, value) => {
  const { status, body } = await manage("POST", "/verify", {
    api: "deframe",
    key: "k",
    [field]: value,
  });
  expect(status).toBe(400);
  expect(body.error?.details?.map((detail) => detail.field)).toEqual([field]);
});

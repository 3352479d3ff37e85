import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { call, echo, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import { apiWith, deframeWith, workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

async function codeOf(response: Response): Promise<unknown> {
  const { error } = await response.json<{ error?: { code: unknown } }>();
  return error?.code;
}

function restricted(restrictions: object): ReturnType<typeof makeKey> {
  return makeKey({ restrictions });
}

test.each([
  [{ ips: ["203.0.113.0/24"] }, { "cf-connecting-ip": "203.0.113.9" }, 200],
  [{ ips: ["203.0.113.0/24"] }, { "cf-connecting-ip": "198.51.100.9" }, 403],
  [{ ips: ["203.0.113.0/24"] }, { "x-forwarded-for": "203.0.113.9" }, 403],
  [{ blocked_ips: ["203.0.113.9"] }, { "cf-connecting-ip": "203.0.113.9" }, 403],
  [{ referrers: ["https://app.example/*"] }, { referer: "https://app.example/x" }, 200],
  [{ referrers: ["https://app.example/*"] }, { referer: "https://evil.example/x" }, 403],
  [{ referrers: ["https://app.example/*"] }, { origin: "https://app.example" }, 200],
  [{ referrers: ["https://app.example/*"] }, {}, 403],
  [{ endpoints: ["GET /echo/*"] }, {}, 403],
  [{ endpoints: ["GET /echo"] }, {}, 200],
  [{ endpoints: ["POST /echo"] }, {}, 403],
])("a key with %j and a request with %j is answered %i", async (rules, headers, status) => {
  const { key } = await restricted(rules);
  expect((await echo(key, { headers })).status).toBe(status);
});

test.each([
  ["ip_not_allowed", { ips: ["203.0.113.1"] }, "IP_NOT_ALLOWED"],
  ["referrer_not_allowed", { referrers: ["app.example"] }, "REFERRER_NOT_ALLOWED"],
  ["endpoint_not_allowed", { endpoints: ["/other"] }, "ENDPOINT_NOT_ALLOWED"],
])("the refusal %s is told in the dialect and costs nothing", async (_, rules, code) => {
  const { key } = await restricted(rules);
  const cold = await echo(key);
  const warm = await echo(key);
  expect([await codeOf(cold), await codeOf(warm)]).toEqual([code, code]);
  expect(warm.headers.get("x-ratelimit-remaining")).toBe("100");
});

it("a request outside the rules of a key over its limit is told so, not that it is too fast", async () => {
  const { key } = await makeKey({
    limits: { minute: 1 },
    restrictions: { endpoints: ["GET /echo"] },
  });
  await echo(key);
  expect((await echo(key)).status).toBe(429);
  expect((await call("/strategies", { headers: { "x-api-key": key } })).status).toBe(403);
});

it("a stricter rule is in force on the next request although the old record is cached", async () => {
  const { id, key } = await makeKey();
  expect((await echo(key)).status).toBe(200);
  const rules = { restrictions: { endpoints: ["GET /strategies"] } };
  expect((await manage("PATCH", `/api-keys/${id}`, rules)).status).toBe(200);
  expect((await echo(key)).status).toBe(403);
});

it("a rule that is taken away is gone on the next request, and the request is counted once", async () => {
  const { id, key } = await restricted({ endpoints: ["GET /strategies"] });
  expect((await echo(key)).status).toBe(403);
  await manage("PATCH", `/api-keys/${id}`, { restrictions: null });
  const response = await echo(key);
  expect(response.status).toBe(200);
  expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
});

it("an address that the API blocks is refused for every key", async () => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ blocked_ips: ["198.51.100.0/24"] }));
  const from = (ip: string): Promise<Response> =>
    ask("/echo", { headers: { "x-api-key": key, "cf-connecting-ip": ip } });
  expect((await from("198.51.100.7")).status).toBe(403);
  expect((await from("203.0.113.7")).status).toBe(200);
});

test.each([
  [{ ips: ["10.0.0.0/33"] }, "restrictions.ips.0"],
  [{ blocked_ips: ["10.0.0.1", "nowhere"] }, "restrictions.blocked_ips.1"],
  [{ referrers: ["http://"] }, "restrictions.referrers.0"],
  [{ endpoints: ["/a/**/b"] }, "restrictions.endpoints.0"],
  [{ endpoints: ["(a+)+$"] }, "restrictions.endpoints.0"],
  [{ ips: Array.from({ length: 101 }, () => "10.0.0.1") }, "restrictions.ips"],
])("the bad rules %j are 400 and named", async (restrictions, field) => {
  const { account } = await makeKey();
  const made = await manage("POST", `/accounts/${account}/api-keys`, { name: "n", restrictions });
  expect(made.status).toBe(400);
  expect(made.body.error?.details?.map((detail) => detail.field)).toContain(field);
});

it("a refusal by an old record is not final: the object is asked with what is in force", async () => {
  const { id, key } = await restricted({ endpoints: ["GET /strategies"] });
  await echo(key);
  const decide = vi.spyOn(env.KEY_STATE, "getByName");
  await manage("PATCH", `/api-keys/${id}`, { restrictions: null });
  decide.mockClear();
  expect((await echo(key)).status).toBe(200);
  expect(decide.mock.calls.length).toBeLessThanOrEqual(3);
});

it("an address that the API blocks is refused for members, too, and nothing is made", async () => {
  const account = await makeAccount({ api: "example" });
  const ask = workerWith(apiWith("example", { blocked_ips: ["198.51.100.0/24"] }));
  const authorization = `Bearer ${await makeToken(account)}`;
  const post = (ip: string): Promise<Response> =>
    ask("/v1/api-keys", {
      method: "POST",
      headers: { authorization, "cf-connecting-ip": ip, "content-type": "application/json" },
      body: JSON.stringify({ name: "n" }),
    });
  expect((await post("198.51.100.7")).status).toBe(403);
  expect((await manage("GET", `/accounts/${account}/api-keys`)).body.data).toEqual([]);
  expect((await post("203.0.113.7")).status).toBe(201);
});

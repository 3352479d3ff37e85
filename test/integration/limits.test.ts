import { runInDurableObject } from "cloudflare:test";
import { expect, it } from "vitest";
import { echo, keyStateOf, makeAccount, makeKey } from "../support/gateway.ts";

async function statusesOf(key: string, times: number): Promise<readonly number[]> {
  const responses = await Promise.all(Array.from({ length: times }, () => echo(key)));
  return responses.map(({ status }) => status);
}

it("the 101st request of a minute is refused and the headers count down exactly", async () => {
  const { key } = await makeKey();
  const remaining: string[] = [];
  for (let i = 0; i < 100; i += 1) {
    const response = await echo(key);
    expect(response.status).toBe(200);
    expect(response.headers.get("x-ratelimit-limit")).toBe("100");
    remaining.push(response.headers.get("x-ratelimit-remaining") ?? "");
  }
  expect(remaining).toEqual(Array.from({ length: 100 }, (_, i) => String(99 - i)));

  const refused = await echo(key);
  const { error } = await refused.json<{ error: Record<string, unknown> }>();
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-ratelimit-limit")).toBe("100");
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
  expect(error["code"]).toBe("RATE_LIMIT_EXCEEDED");
  expect(error["details"]).toEqual({ retryAfter: Number(refused.headers.get("retry-after")) });
});

it("X-RateLimit-Reset is the second in which the window's whole limit is free again", async () => {
  const { key } = await makeKey();
  const before = Math.floor(Date.now() / 1000);
  const response = await echo(key);
  const reset = Number(response.headers.get("x-ratelimit-reset"));
  expect(reset).toBeGreaterThanOrEqual(before + 60);
  expect(reset).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 60);
});

it("the RateLimit headers tell every window", async () => {
  const { key } = await makeKey();
  const response = await echo(key);
  expect(response.headers.get("ratelimit-policy")).toBe(
    '"minute";q=100;w=60, "hour";q=1000;w=3600',
  );
  expect(response.headers.get("ratelimit")).toBe('"minute";r=99;t=60, "hour";r=999;t=3600');
});

it("1,000 concurrent requests on a limit of 100 admit exactly 100", async () => {
  const { key } = await makeKey();
  const statuses = await statusesOf(key, 1000);
  expect(statuses.filter((status) => status === 200)).toHaveLength(100);
  expect(statuses.filter((status) => status === 429)).toHaveLength(900);
});

it("a request over one window takes nothing from the others", async () => {
  const { id, key } = await makeKey({ limits: { minute: 2, hour: 10 } });
  await statusesOf(key, 8);
  const use = await runInDurableObject(keyStateOf(id), (_, state) =>
    state.storage.sql.exec<{ body: string }>("SELECT body FROM use").one(),
  );
  expect(JSON.parse(use.body)).toMatchObject({
    requestCount: 2,
    windows: [
      { name: "minute", used: 2 },
      { name: "hour", used: 2 },
    ],
  });
});

it("two keys of one account count apart", async () => {
  const account = await makeAccount();
  const first = await makeKey({ limits: { minute: 1 } }, account);
  const second = await makeKey({ limits: { minute: 1 } }, account);
  expect(new Set(await statusesOf(first.key, 2))).toEqual(new Set([200, 429]));
  expect((await echo(second.key)).status).toBe(200);
});

it("a key's own limits beat its account's, and those the API's", async () => {
  const account = await makeAccount({ limits: { minute: 7 } });
  const own = await makeKey({ limits: { hour: 3 } }, account);
  const inherited = await makeKey({}, account);
  expect((await echo(own.key)).headers.get("ratelimit-policy")).toBe('"hour";q=3;w=3600');
  expect((await echo(inherited.key)).headers.get("ratelimit-policy")).toBe('"minute";q=7;w=60');
});

it("rate-limit headers of the client change nothing and come back once", async () => {
  const { key } = await makeKey();
  const response = await echo(key, { headers: { "x-ratelimit-remaining": "5" } });
  expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
});

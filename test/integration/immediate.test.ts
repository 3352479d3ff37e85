import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { echo, makeAccount, makeKey, manage } from "../support/gateway.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** KV goes on answering with what it holds now: a stale replica of before the next change. */
async function freezeKv(): Promise<void> {
  const { keys } = await env.KEYS.list();
  const frozen = new Map<string, string | null>();
  for (const { name } of keys) frozen.set(name, await env.KEYS.get(name));
  const stale = (name: string): Promise<string | null> => Promise.resolve(frozen.get(name) ?? null);
  vi.spyOn(env.KEYS, "get").mockImplementation(stale as never);
}

async function codeOf(response: Response): Promise<unknown> {
  const { error } = await response.json<{ error: { code: unknown } }>();
  return error.code;
}

it("a new key works on the next request although KV still answers with a miss", async () => {
  await freezeKv();
  const { key } = await makeKey();
  expect((await echo(key)).status).toBe(200);
});

it("a revoked key is refused on the next request although KV has the old record", async () => {
  const { id, key } = await makeKey();
  expect((await echo(key)).status).toBe(200);
  await freezeKv();
  expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(200);
  const refused = await echo(key);
  expect(refused.status).toBe(401);
  expect(await codeOf(refused)).toBe("API_KEY_REVOKED");
});

it("a suspended account's keys are refused and a reactivated one's admitted at once", async () => {
  const account = await makeAccount();
  const first = await makeKey({}, account);
  const second = await makeKey({}, account);
  expect((await echo(first.key)).status).toBe(200);
  await freezeKv();

  const suspended = await manage("POST", `/accounts/${account}/suspend`, { reason: "unpaid" });
  expect(suspended.status).toBe(200);
  const refused = await echo(first.key);
  expect(refused.status).toBe(403);
  expect(await codeOf(refused)).toBe("SUSPENDED_ACCOUNT");
  expect((await echo(second.key)).status).toBe(403);

  expect((await manage("POST", `/accounts/${account}/reactivate`)).status).toBe(200);
  expect((await echo(first.key)).status).toBe(200);
  expect((await echo(second.key)).status).toBe(200);
});

it("an account's new limits are in force on the next request", async () => {
  const account = await makeAccount({ limits: { minute: 5 } });
  const { key } = await makeKey({}, account);
  await echo(key);
  await freezeKv();
  await manage("PATCH", `/accounts/${account}`, { limits: { minute: 2 } });
  const response = await echo(key);
  expect(response.headers.get("ratelimit-policy")).toBe('"minute";q=2;w=60');
  expect(response.headers.get("x-ratelimit-remaining")).toBe("0");
});

it("a refused request of a revoked or suspended key takes nothing from its limits", async () => {
  const account = await makeAccount();
  const { key } = await makeKey({}, account);
  await manage("POST", `/accounts/${account}/suspend`);
  await echo(key);
  const refused = await echo(key);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("100");
});

it("KV gets the change soon after", async () => {
  const { id, key } = await makeKey();
  await echo(key);
  await manage("DELETE", `/api-keys/${id}`);
  await vi.waitFor(async () => {
    const { keys } = await env.KEYS.list();
    const values = await Promise.all(keys.map(({ name }) => env.KEYS.get(name)));
    const mine = values.filter((value) => value?.includes(id));
    expect(mine.map((value) => value?.includes('"revokedAtMs":null'))).toEqual([false]);
  });
});

it("KV holds neither the text nor a plain hash of it", async () => {
  const { key } = await makeKey();
  await echo(key);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const hex = Array.from(new Uint8Array(digest), (b) => b.toString(16).padStart(2, "0")).join("");
  const { keys } = await env.KEYS.list();
  const values = await Promise.all(keys.map(({ name }) => env.KEYS.get(name)));
  const stored = JSON.stringify([keys.map(({ name }) => name), values]);
  expect(stored).not.toContain(key);
  expect(stored).not.toContain(hex);
});

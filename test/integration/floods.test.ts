/** A flood of a key over its limit costs one object call in five seconds, and ends when it may. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { echo, makeKey } from "../support/gateway.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

async function flood(times: number, ask: (index: number) => Promise<Response>): Promise<number[]> {
  const statuses: number[] = [];
  for (let sent = 0; sent < times; sent += 100) {
    const batch = Array.from({ length: 100 }, (_, index) => ask(sent + index));
    statuses.push(...(await Promise.all(batch)).map(({ status }) => status));
  }
  return statuses;
}

it("2,000 requests of a key over its limit cost one object call in five seconds", async () => {
  const { key } = await makeKey({ limits: { hour: 3 } });
  for (let request = 0; request < 4; request += 1) await echo(key);
  const calls = vi.spyOn(env.KEY_STATE, "getByName");
  const reads = vi.spyOn(env.KEYS, "get");
  expect(new Set(await flood(2000, () => echo(key)))).toEqual(new Set([429]));
  expect(calls.mock.calls.length).toBeLessThanOrEqual(1);
  expect(reads).not.toHaveBeenCalled();

  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 5000 });
  const before = calls.mock.calls.length;
  expect(new Set(await flood(100, () => echo(key)))).toEqual(new Set([429]));
  expect(calls.mock.calls.length - before).toBe(1);
});

function left(response: Response): number {
  return Number(response.headers.get("retry-after"));
}

it("a remembered refusal tells the time that is left, not the time that was left", async () => {
  const { key } = await makeKey({ limits: { minute: 1 } });
  await echo(key);
  const first = await echo(key);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3000 });
  const later = await echo(key);
  expect(left(first) - left(later)).toBeGreaterThanOrEqual(3);
  expect(later.headers.get("x-ratelimit-reset")).toBe(first.headers.get("x-ratelimit-reset"));
});

it("a flood over one window is admitted as soon as that window opens", async () => {
  const { key } = await makeKey({ limits: { second: 2 } });
  const statuses = await flood(100, () => echo(key));
  expect(statuses.filter((status) => status === 200)).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  expect((await echo(key)).status).toBe(200);
});

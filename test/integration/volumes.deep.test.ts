/** The long volumes: run with `npm run test:deep`, minutes rather than seconds. */
import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { echo, keyStateOf, makeKey, manage } from "../support/gateway.ts";
import { restAndEvict } from "../support/settle-counts.ts";
import { workerWith } from "../support/worker-with.ts";

const MINUTES = 60_000;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Sends `times` requests, `parallel` at a time, and counts the answers by status. */
async function flood(
  times: number,
  parallel: number,
  ask: (index: number) => Promise<Response>,
): Promise<ReadonlyMap<number, number>> {
  const statuses = new Map<number, number>();
  for (let sent = 0; sent < times; sent += parallel) {
    const batch = Array.from({ length: Math.min(parallel, times - sent) }, (_, i) => ask(sent + i));
    for (const { status } of await Promise.all(batch)) {
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  }
  return statuses;
}

const LIMITS = [1, 10, 100, 1000];

/** 500 requests at once through an isolate that remembers no refusal: every one asks the object. */
async function admittedOf(key: string): Promise<number> {
  const send = workerWith({});
  const statuses = await flood(500, 500, () => send("/echo", { headers: { "x-api-key": key } }));
  return statuses.get(200) ?? 0;
}

test.each(LIMITS)(
  "of 5,000 requests with 10 evictions after the alarm a limit of %i an hour admits exactly as many",
  { timeout: 5 * MINUTES },
  async (limit) => {
    const { id, key } = await makeKey({ limits: { hour: limit } });
    let admitted = 0;
    for (let round = 0; round < 10; round += 1) {
      admitted += await admittedOf(key);
      await restAndEvict(keyStateOf(id));
    }
    expect(admitted).toBe(limit);
  },
);

test.each(LIMITS)(
  "of 5,000 requests with 10 crashes a limit of %i an hour is never exceeded, and misses a block at most for each",
  { timeout: 5 * MINUTES },
  async (limit) => {
    const { key } = await makeKey({ limits: { hour: limit } });
    const crashes = 10;
    let admitted = 0;
    for (let round = 0; round < crashes; round += 1) {
      admitted += await admittedOf(key);
      await abortAllDurableObjects();
    }
    const block = Math.max(1, Math.floor(limit / 10));
    expect(admitted).toBeLessThanOrEqual(limit);
    expect(admitted).toBeGreaterThanOrEqual(limit - crashes * (block - 1));
  },
);

it(
  "100,000 requests of a key over its limit cost one object call in five seconds",
  { timeout: 10 * MINUTES },
  async () => {
    const { key } = await makeKey({ limits: { day: 1 } });
    await echo(key);
    await echo(key);
    const objects = vi.spyOn(env.KEY_STATE, "getByName");
    const startMs = Date.now();
    const statuses = await flood(100_000, 500, () => echo(key));
    expect([...statuses]).toEqual([[429, 100_000]]);
    expect(objects.mock.calls.length).toBeLessThanOrEqual((Date.now() - startMs) / 5000 + 1);
  },
);

it(
  "100,000 made-up keys cost no KV read and no object call",
  { timeout: 10 * MINUTES },
  async () => {
    const kv = vi.spyOn(env.KEYS, "get");
    const objects = vi.spyOn(env.KEY_STATE, "getByName");
    const statuses = await flood(100_000, 1000, (i) =>
      echo(`prod_key_${String(i).padStart(40, "k")}`),
    );
    expect([...statuses]).toEqual([[401, 100_000]]);
    expect([kv.mock.calls.length, objects.mock.calls.length]).toEqual([0, 0]);
  },
);

it("of 10,000 requests after a revocation none is admitted", { timeout: 5 * MINUTES }, async () => {
  const { id, key } = await makeKey({ limits: { hour: 1_000_000 } });
  const before = await flood(200, 100, () => echo(key));
  expect([...before]).toEqual([[200, 200]]);
  const { keys } = await env.KEYS.list();
  const stale = new Map<string, string | null>();
  for (const { name } of keys) stale.set(name, await env.KEYS.get(name));
  const readStale = async (name: string): Promise<string | null> => stale.get(name) ?? null;
  vi.spyOn(env.KEYS, "get").mockImplementation(readStale as never);
  expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(200);
  const after = await flood(10_000, 100, () => echo(key));
  expect([...after]).toEqual([[401, 10_000]]);
});

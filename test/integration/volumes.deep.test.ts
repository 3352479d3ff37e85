/** The long volumes: run with `npm run test:deep`, minutes rather than seconds. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { echo, keyStateOf, makeKey, manage } from "../support/gateway.ts";

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

test.each([1, 10, 100, 1000])(
  "of 5,000 requests with 10 evictions a limit of %i an hour admits exactly as many",
  { timeout: 5 * MINUTES },
  async (limit) => {
    const { id, key } = await makeKey({ limits: { hour: limit } });
    let admitted = 0;
    for (let round = 0; round < 10; round += 1) {
      const statuses = await flood(500, 500, () => echo(key));
      admitted += statuses.get(200) ?? 0;
      await evictDurableObject(keyStateOf(id));
    }
    expect(admitted).toBe(limit);
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

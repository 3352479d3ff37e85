/** F38, F39, F40: clocks that differ or step back, and what one request may cost. */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import { outboxOf } from "../../support/faults.ts";
import { keyStateOf, makeKey } from "../../support/gateway.ts";
import { catchLog } from "../../support/log.ts";
import { signed } from "../../support/signing-key.ts";

const NOON = Date.UTC(2090, 0, 1, 12);
const MINUTE_MS = 60_000;

beforeEach(() => {
  catchLog();
  vi.useFakeTimers({ toFake: ["Date"], now: NOON });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Lets the objects of keys have another time than the Worker, by so much. */
function skewObjects(skewMs: number): void {
  const real = env.KEY_STATE.getByName.bind(env.KEY_STATE);
  vi.spyOn(env.KEY_STATE, "getByName").mockImplementation((name, options) => {
    const stub = real(name, options) as unknown as { decide(call: unknown): Promise<unknown> };
    const decide = async (call: unknown): Promise<unknown> => {
      const nowMs = Date.now();
      vi.setSystemTime(nowMs + skewMs);
      try {
        return await stub.decide(call);
      } finally {
        vi.setSystemTime(nowMs);
      }
    };
    return { decide } as never;
  });
}

describe.each([-5 * MINUTE_MS, 5 * MINUTE_MS])(
  "F38 an object whose clock is %i ms off",
  (skewMs) => {
    it("opens and ends windows by its own clock, and tells the client how long it has to wait", async () => {
      const { key } = await makeKey({ limits: { minute: 2 } });
      skewObjects(skewMs);
      const statuses = [];
      for (let sent = 0; sent < 3; sent += 1) statuses.push((await openEdge().ask(key)).status);
      vi.setSystemTime(NOON + 59_000);
      const refused = await openEdge().ask(key);
      statuses.push(refused.status);
      expect(refused.headers.get("retry-after")).toBe("1");
      expect(refused.headers.get("ratelimit")).toBe('"minute";r=0;t=1');
      vi.setSystemTime(NOON + MINUTE_MS);
      statuses.push((await openEdge().ask(key)).status);
      expect(statuses).toEqual([200, 200, 429, 429, 200]);
    });

    it("is no reason to go on refusing what it admits again", async () => {
      const { key } = await makeKey({ limits: { second: 1 } });
      skewObjects(skewMs);
      const edge = openEdge();
      expect((await edge.ask(key)).status).toBe(200);
      expect((await edge.ask(key)).status).toBe(429);
      vi.setSystemTime(NOON + 1000);
      expect((await edge.ask(key)).status).toBe(200);
    });

    it("changes nothing about how old a signature may be, nor that it is good once", async () => {
      const made = await makeKey();
      skewObjects(skewMs);
      const edge = openEdge();
      for (const ageMs of [-300_000, 0, 300_000]) {
        const post = { method: "POST", path: "/strategies", body: "{}", timestamp: NOON - ageMs };
        const [, init] = await signed(made, post);
        expect((await edge.ask(made.key, init)).status).toBe(200);
        expect(await codeOf(await edge.ask(made.key, init))).toBe("REPLAYED_SIGNATURE");
      }
      const [, old] = await signed(made, { path: "/strategies", timestamp: NOON - 300_001 });
      expect(await codeOf(await edge.ask(made.key, old))).toBe("TIMESTAMP_OUT_OF_RANGE");
      expect(edge.forwarded).toBe(3);
    });
  },
);

it("F39 a clock that steps back in the object gives no request back, also after a restart", async () => {
  const { id, key } = await makeKey({ limits: { minute: 3 } });
  const statuses: number[] = [];
  const send = async (atMs: number): Promise<void> => {
    vi.setSystemTime(atMs);
    statuses.push((await openEdge().ask(key)).status);
  };
  await send(NOON);
  await send(NOON + 30_000);
  await send(NOON - 600_000);
  await send(NOON - 600_000);
  await evictDurableObject(keyStateOf(id));
  await send(NOON - 600_000 + 59_999);
  expect(statuses).toEqual([200, 200, 200, 429, 429]);
  await send(NOON - 600_000 + MINUTE_MS);
  expect(statuses.at(-1)).toBe(200);
});

test.each([1, 999, 59_999])(
  "F39 a clock that steps back and forth by %i ms admits the limit and no more",
  async (stepMs) => {
    const { key } = await makeKey({ limits: { minute: 5 } });
    let admitted = 0;
    for (let sent = 0; sent < 20; sent += 1) {
      vi.setSystemTime(NOON - (sent % 2) * stepMs);
      admitted += (await openEdge().ask(key)).status === 200 ? 1 : 0;
    }
    expect(admitted).toBe(5);
  },
);

interface Spy {
  readonly mock: { readonly calls: readonly unknown[] };
}

function countCalls(...spies: readonly Spy[]): number {
  return spies.reduce((sum, { mock }) => sum + mock.calls.length, 0);
}

/** What a request has cost: HMACs, KV reads, calls of objects. */
async function costOf(send: () => Promise<Response>, status = 200): Promise<readonly number[]> {
  const macs = [vi.spyOn(crypto.subtle, "sign"), vi.spyOn(crypto.subtle, "verify")];
  const reads = vi.spyOn(env.KEYS, "get");
  const calls = [env.KEY_STATE, env.ACCOUNT, env.DIRECTORY].map((namespace) =>
    vi.spyOn(namespace, "getByName"),
  );
  expect((await send()).status).toBe(status);
  const cost = [countCalls(...macs), countCalls(reads), countCalls(...calls)];
  vi.restoreAllMocks();
  return cost;
}

/** A key about which nothing is under way any more. */
async function makeKeyInKv(): ReturnType<typeof makeKey> {
  const made = await makeKey();
  await vi.waitFor(async () => expect(await outboxOf(made.account)).toEqual([]));
  return made;
}

it("F40 a request of a key in use costs no HMAC, no KV read and one call; a signed one an HMAC", async () => {
  const made = await makeKeyInKv();
  const edge = openEdge();
  await edge.ask(made.key);
  expect(await costOf(() => edge.ask(made.key))).toEqual([0, 0, 1]);
  const [, first] = await signed(made, { method: "POST", path: "/strategies", body: "[1]" });
  await edge.ask(made.key, first);
  const [, second] = await signed(made, { method: "POST", path: "/strategies", body: "[2]" });
  expect(await costOf(() => edge.ask(made.key, second))).toEqual([1, 0, 1]);
});

it("F40 a forged text costs one HMAC once in ten seconds, and nothing else", async () => {
  const { key } = await makeKey();
  const forged = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
  const edge = openEdge();
  expect((await edge.ask(forged)).status).toBe(401); // It derives the keys.
  expect(await costOf(() => edge.ask(forged), 401)).toEqual([0, 0, 0]);
  vi.setSystemTime(NOON + 10_000);
  expect(await costOf(() => edge.ask(forged), 401)).toEqual([1, 0, 0]);
});

it("F40 the first request that an isolate sees of a key costs one KV read and one call; a signed one two", async () => {
  const made = await makeKeyInKv();
  const [, init] = await signed(made, { path: "/strategies" });
  const cold = await costOf(() => openEdge().ask(made.key));
  expect(cold.slice(1)).toEqual([1, 1]);
  const coldSigned = await costOf(() => openEdge().ask(made.key, init));
  expect(coldSigned.slice(1)).toEqual([1, 2]);
});

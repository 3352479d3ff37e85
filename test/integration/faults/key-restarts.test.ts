/** F15, F16, F17: the object of a key goes and comes back in the middle of its work, or is there twice. */
import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { CRASH_POINTS, crashAtWrite } from "../../support/crash.ts";
import { codeOf, openEdge } from "../../support/edge.ts";
import { giveStubs, type FakeDecide } from "../../support/fake-stubs.ts";
import { keyStateOf, makeKey, manage } from "../../support/gateway.ts";
import { catchLog } from "../../support/log.ts";
import { createRandom } from "../../support/random.ts";
import { signed } from "../../support/signing-key.ts";

/** For thousands of requests, on a machine that has other things to do. */
const SLOW = { timeout: 60_000 };

beforeEach(() => {
  catchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function countOf(id: string): Promise<number> {
  const { body } = await manage("GET", `/api-keys/${id}`);
  return Number(body.data?.["request_count"]);
}

it("F15 an eviction in the middle of a window keeps counts, used signatures and status", async () => {
  const made = await makeKey({ limits: { minute: 10 } });
  const edge = openEdge();
  const [, init] = await signed(made, { method: "POST", path: "/strategies", body: "{}" });
  expect((await edge.ask(made.key, init)).status).toBe(200);
  for (let sent = 0; sent < 6; sent += 1) await edge.ask(made.key);
  await evictDurableObject(keyStateOf(made.id));

  expect(await codeOf(await edge.ask(made.key, init))).toBe("REPLAYED_SIGNATURE");
  const statuses = [];
  for (let sent = 0; sent < 6; sent += 1) statuses.push((await edge.ask(made.key)).status);
  expect(statuses).toEqual([200, 200, 200, 429, 429, 429]);
  expect(edge.forwarded).toBe(10);

  await manage("DELETE", `/api-keys/${made.id}`);
  await evictDurableObject(keyStateOf(made.id));
  expect(await codeOf(await openEdge().ask(made.key))).toBe("API_KEY_REVOKED");
});

const LIMIT = 250;

/** Called before a burst; what it answers with is told of each answer, by its number. */
type Prepare = () => Promise<(answered: number) => void | Promise<void>>;

/** Sends requests in ten bursts, each of which has its own stop of the object in it. */
async function sendInBursts(
  key: string,
  atOnce: number,
  prepare: Prepare,
): Promise<{ readonly forwarded: number; readonly statuses: ReadonlySet<number> }> {
  const statuses = new Set<number>();
  let forwarded = 0;
  for (let round = 0; round < 10; round += 1) {
    const edge = openEdge();
    const noteAnswer = await prepare();
    let answered = 0;
    const send = async (): Promise<number> => {
      const { status } = await edge.ask(key);
      answered += 1;
      await noteAnswer(answered);
      return status;
    };
    const burst = await Promise.all(Array.from({ length: atOnce }, send));
    expect(edge.forwarded).toBe(burst.filter((status) => status === 200).length);
    forwarded += edge.forwarded;
    for (const status of burst) statuses.add(status);
  }
  return { forwarded, statuses };
}

/** After a storm: nothing was admitted uncounted, and what is left is admitted to the last request. */
async function expectExactFrom(forwarded: number, id: string, key: string): Promise<void> {
  const counted = await countOf(id);
  expect(counted).toBeGreaterThanOrEqual(forwarded);
  expect(counted).toBeLessThanOrEqual(LIMIT);
  const edge = openEdge();
  const after = await Promise.all(Array.from({ length: LIMIT }, () => edge.ask(key)));
  expect(new Set(after.map(({ status }) => status))).toEqual(
    new Set(counted < LIMIT ? [200, 429] : [429]),
  );
  expect(edge.forwarded).toBe(LIMIT - counted);
}

test.each([1, 2, 3])(
  "F16 ten aborts of everything in 1,500 requests never admit more than was counted (seed %i)",
  SLOW,
  async (seed) => {
    const { id, key } = await makeKey({ limits: { hour: LIMIT } });
    const random = createRandom(seed);
    const { forwarded, statuses } = await sendInBursts(key, 150, async () => {
      const abortAt = 1 + random.below(40);
      return (answered) => (answered === abortAt ? abortAllDurableObjects() : undefined);
    });
    expect([200, 429, 503]).toEqual(expect.arrayContaining([...statuses]));
    await expectExactFrom(forwarded, id, key);
  },
);

test.each([1, 2, 3])(
  "F11 F16 ten resets in the middle of a write are waited out by one retry each (seed %i)",
  SLOW,
  async (seed) => {
    const { id, key } = await makeKey({ limits: { hour: LIMIT } });
    const random = createRandom(seed);
    const { forwarded, statuses } = await sendInBursts(key, 50, async () => {
      await crashAtWrite(id, 1 + random.below(4), random.pick(CRASH_POINTS));
      return () => undefined;
    });
    expect(statuses).toEqual(new Set([200, 429]));
    await expectExactFrom(forwarded, id, key);
  },
);

it("F17 of two objects of one key the old one admits no more than storage was told before", async () => {
  const limit = 60;
  const block = limit / 10;
  const { id, key } = await makeKey({ limits: { hour: limit } });
  const [near, far] = [openEdge(), openEdge()];
  for (let sent = 0; sent < 20; sent += 1) expect((await near.ask(key)).status).toBe(200);
  // What was in memory lives on, cut off from its storage, while another one starts from what is stored.
  const old = await runInDurableObject(keyStateOf(id), (instance) => instance);
  await evictDurableObject(keyStateOf(id));
  const askOld: FakeDecide = async (call) =>
    (old as unknown as { decide: FakeDecide }).decide(structuredClone(call));

  const byOld: number[] = [];
  for (let sent = 0; sent < limit; sent += 1) {
    const stubs = giveStubs(askOld);
    byOld.push((await near.ask(key)).status);
    expect(stubs()).toBe(1);
    vi.restoreAllMocks();
    catchLog();
    await far.ask(key);
  }
  const admittedByOld = byOld.filter((status) => status === 200).length;
  expect(admittedByOld).toBeLessThan(block);
  expect(byOld.slice(admittedByOld)).toEqual(Array(limit - admittedByOld).fill(503));
  expect(near.forwarded).toBe(20 + admittedByOld);
  expect(near.forwarded + far.forwarded).toBeLessThanOrEqual(limit);
  expect(await countOf(id)).toBe(limit);
});

it("F17 what was signed is not admitted by the old object of two", async () => {
  const made = await makeKey();
  const edge = openEdge();
  await edge.ask(made.key);
  const old = await runInDurableObject(keyStateOf(made.id), (instance) => instance);
  await evictDurableObject(keyStateOf(made.id));
  const [, init] = await signed(made, { method: "POST", path: "/strategies", body: "{}" });
  expect((await edge.ask(made.key, init)).status).toBe(200);
  giveStubs(async (call) =>
    (old as unknown as { decide: FakeDecide }).decide(structuredClone(call)),
  );
  expect((await edge.ask(made.key, init)).status).toBe(503);
  expect(edge.forwarded).toBe(2);
});

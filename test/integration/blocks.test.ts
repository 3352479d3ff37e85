/** What counting costs in writes, and what restarts do to it, in a key's real object. */
import {
  abortAllDurableObjects,
  evictDurableObject,
  runDurableObjectAlarm,
  runInDurableObject,
} from "cloudflare:test";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { echo, keyStateOf, makeKey, manage } from "../support/gateway.ts";
import { restAndEvict } from "../support/settle-counts.ts";
import { workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** How many of `times` requests are admitted, 100 at once, each from an isolate that remembers nothing. */
async function admittedOf(key: string, times: number): Promise<number> {
  const init = { headers: { "x-api-key": key } };
  const statuses: number[] = [];
  for (let sent = 0; sent < times; sent += 100) {
    const send = workerWith({});
    const batch = Array.from({ length: Math.min(100, times - sent) }, () => send("/echo", init));
    statuses.push(...(await Promise.all(batch)).map(({ status }) => status));
  }
  expect(statuses.filter((status) => status !== 200 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 200).length;
}

/** Counts the writes of a key's counts from here on. */
async function watchWrites(id: string): Promise<() => number> {
  let writes = 0;
  await runInDurableObject(keyStateOf(id), (_, { storage }) => {
    const { sql } = storage;
    const exec = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation((query, ...bindings) => {
      if (query.includes("INTO use")) writes += 1;
      return exec(query, ...bindings);
    });
  });
  return () => writes;
}

describe("the counts of a quiet key", () => {
  it("are written with each request", async () => {
    const { id, key } = await makeKey();
    await echo(key);
    const writes = await watchWrites(id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 7000 });
    await echo(key);
    vi.setSystemTime(Date.now() + 7000);
    await echo(key);
    expect(writes()).toBe(2);
  });
});

describe("the counts of a busy key", () => {
  it("are written in blocks of what came in five seconds", async () => {
    const { id, key } = await makeKey({ limits: { minute: 10_000 } });
    await echo(key);
    const writes = await watchWrites(id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1000 });
    // 300 requests, 100 in a second: blocks grow with what has come, to 300 and more.
    for (let second = 0; second < 3; second += 1) {
      await Promise.all(Array.from({ length: 100 }, () => echo(key)));
      vi.setSystemTime(Date.now() + 1000);
    }
    expect(writes()).toBeLessThan(15);
    const { body } = await manage("GET", `/api-keys/${id}`);
    expect(body.data?.["request_count"]).toBe(301);
  });

  it("never run ahead by more than a tenth of the limit", async () => {
    const { id, key } = await makeKey({ limits: { minute: 50 } });
    await admittedOf(key, 30);
    const ahead = await runInDurableObject(keyStateOf(id), (_, { storage }) => {
      const { body } = storage.sql.exec<{ body: string }>("SELECT body FROM use").one();
      return (JSON.parse(body) as { requestCount: number }).requestCount - 30;
    });
    expect(ahead).toBeGreaterThanOrEqual(0);
    expect(ahead).toBeLessThan(5);
  });

  it("are stored exactly by the alarm that comes after the last request", async () => {
    const { id, key } = await makeKey({ limits: { minute: 1000 } });
    await admittedOf(key, 41);
    await restAndEvict(keyStateOf(id));
    const { body } = await manage("GET", `/api-keys/${id}`);
    expect(body.data?.["request_count"]).toBe(41);
    expect((await echo(key)).headers.get("x-ratelimit-remaining")).toBe("958");
  });

  it("are left ahead by an alarm that comes while requests do, which asks for another", async () => {
    const { id, key } = await makeKey({ limits: { minute: 1000 } });
    await admittedOf(key, 41);
    const stub = keyStateOf(id);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    const writes = await watchWrites(id);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(writes()).toBe(0);
  });

  it("survive an alarm that fails: the next request asks for another one", async () => {
    const { id, key } = await makeKey({ limits: { minute: 1000 } });
    await admittedOf(key, 41);
    const stub = keyStateOf(id);
    await runInDurableObject(stub, (_, { storage }) => {
      vi.spyOn(storage, "transactionSync").mockImplementation(() => {
        throw new Error("disk I/O error");
      });
    });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 8000 });
    await expect(runDurableObjectAlarm(stub)).rejects.toThrow();
    vi.restoreAllMocks();
    await admittedOf(key, 1);
    vi.setSystemTime(Date.now() + 8000);
    await runDurableObjectAlarm(stub);
    await evictDurableObject(stub);
    const { body } = await manage("GET", `/api-keys/${id}`);
    expect(body.data?.["request_count"]).toBe(42);
  });
});

describe("restarts", () => {
  test.each([1, 10, 100])(
    "after the alarm leave a limit of %i exact over ten rounds of 100 requests",
    async (limit) => {
      const { id, key } = await makeKey({ limits: { hour: limit } });
      let admitted = 0;
      for (let round = 0; round < 10; round += 1) {
        admitted += await admittedOf(key, 100);
        await restAndEvict(keyStateOf(id));
      }
      expect(admitted).toBe(limit);
    },
  );

  test.each([10, 100, 500])(
    "by crashes take at most a block each from a limit of %i, and never add",
    async (limit) => {
      const { key } = await makeKey({ limits: { hour: limit } });
      const crashes = 5;
      let admitted = 0;
      for (let round = 0; round < crashes; round += 1) {
        admitted += await admittedOf(key, 30);
        await abortAllDurableObjects();
      }
      admitted += await admittedOf(key, limit);
      const block = Math.max(1, Math.floor(limit / 10));
      expect(admitted).toBeLessThanOrEqual(limit);
      expect(admitted).toBeGreaterThanOrEqual(limit - crashes * (block - 1));
    },
  );

  it("admit everybody in the end who tries again when it is told to", async () => {
    const { key } = await makeKey({ limits: { second: 5 } });
    const send = async (): Promise<boolean> => {
      for (let attempt = 0; attempt < 6; attempt += 1) {
        const response = await echo(key);
        if (response.status === 200) return true;
        const seconds = Number(response.headers.get("retry-after"));
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      }
      return false;
    };
    const clients = Promise.all(Array.from({ length: 15 }, send));
    await new Promise((resolve) => setTimeout(resolve, 500));
    await abortAllDurableObjects();
    expect(await clients).not.toContain(false);
  });
});

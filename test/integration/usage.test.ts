/** How keys were used, as the whole Worker counts and tells it. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, test, vi } from "vitest";
import {
  call,
  echo,
  keyStateOf,
  makeAccount,
  makeKey,
  manage,
  OPERATOR,
} from "../support/gateway.ts";
import { ask, makeExampleKey } from "../support/own-keys.ts";
import { restAndEvict } from "../support/settle-counts.ts";
import { readUsage, usageOf } from "../support/usage.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const HOUR_MS = 3_600_000;

/** Counts the rows that a key's object writes from here on. */
async function watchWrites(id: string): Promise<() => number> {
  let writes = 0;
  await runInDurableObject(keyStateOf(id), (_, { storage }) => {
    const exec = storage.sql.exec.bind(storage.sql);
    vi.spyOn(storage.sql, "exec").mockImplementation((query, ...bindings) => {
      if (query.startsWith("INSERT")) writes += 1;
      return exec(query, ...bindings);
    });
  });
  return () => writes;
}

/** Goes to the next full hour and some time more, and stays there. */
function goToHour(plusMs = 0): number {
  const nowMs = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + plusMs;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  return nowMs;
}

/** Has the Worker not wait before it tells what is left over. */
function tellAtOnce(): void {
  vi.spyOn(scheduler, "wait").mockResolvedValue();
}

describe("what the key's object decides", () => {
  it("is told on the next read, with endpoints, addresses and the time", async () => {
    const { id, key } = await makeKey();
    const init = { headers: { "cf-connecting-ip": "203.0.113.7" } };
    for (const path of ["/echo", "/echo", "/echo/42"]) {
      await call(path, { headers: { ...init.headers, "x-api-key": key } });
    }
    const usage = await usageOf(id);
    expect(usage.totals.requests).toBe(3);
    expect(usage.top_endpoints).toEqual([
      { endpoint: "GET /echo", requests: 2 },
      { endpoint: "GET /echo/:id", requests: 1 },
    ]);
    expect(usage.top_ips).toEqual([{ ip: "203.0.113.7", requests: 3 }]);
    expect(usage.buckets).toHaveLength(24);
    expect(usage.buckets.at(-1)?.requests).toBe(3);
    expect(Date.parse(usage.to)).toBeGreaterThan(Date.now());
  });

  it("is as much as the key's request count says, at the cost that was taken", async () => {
    const { id, key } = await makeKey();
    await manage("POST", "/verify", { key, api: "deframe", cost: 7 });
    await echo(key);
    const { body } = await manage("GET", `/api-keys/${id}`);
    expect([body.data?.["request_count"], (await usageOf(id)).totals.requests]).toEqual([8, 8]);
  });

  it("holds refusals by their reason, whoever judged", async () => {
    const { id, key } = await makeKey({ restrictions: { ips: ["203.0.113.0/24"] } });
    const from = (ip: string): Promise<Response> =>
      echo(key, { headers: { "cf-connecting-ip": ip } });
    await from("203.0.113.1");
    expect([(await from("198.51.100.1")).status, (await from("198.51.100.1")).status]).toEqual([
      403, 403,
    ]);
    await manage("PATCH", `/api-keys/${id}`, { enabled: false });
    await from("203.0.113.1");
    await manage("POST", "/verify", { key, api: "deframe", cost: 0 });
    const { totals } = await usageOf(id);
    expect(totals.refused).toEqual({ ip_not_allowed: 2, disabled_key: 1 });
    expect(totals.requests).toBe(1);
  });

  it("does not hold what a flood over the limit was refused without it, until the next call", async () => {
    const { id, key } = await makeKey({ limits: { minute: 1 } });
    for (let sent = 0; sent < 5; sent += 1) await echo(key);
    expect((await usageOf(id)).totals.refused).toEqual({ rate_limited: 1 });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 61_000 });
    expect((await echo(key)).status).toBe(200);
    expect((await usageOf(id, "?interval=day")).totals.refused).toEqual({ rate_limited: 4 });
  });
});

describe("what is seen of answers", () => {
  it("rides on the key's next request", async () => {
    const { id, key } = await makeKey();
    await echo(key);
    expect((await usageOf(id)).totals.status).toEqual({});
    await echo(key);
    const { totals } = await usageOf(id);
    expect(totals.status).toEqual({ "2xx": 1 });
    expect(totals.latency_ms.p50).toBeGreaterThanOrEqual(0);
  });

  it("is told some seconds later where the object will write anyway, and costs no write", async () => {
    const { id, key } = await makeKey({ limits: { minute: 1000 } });
    const { promise, resolve } = Promise.withResolvers<void>();
    vi.spyOn(scheduler, "wait").mockReturnValue(promise);
    const send = workerWith({});
    for (let sent = 0; sent < 8; sent += 1) await send("/echo", { headers: { "x-api-key": key } });
    expect((await usageOf(id)).totals.status).toEqual({ "2xx": 7 });
    const writes = await watchWrites(id);
    resolve();
    await vi.waitFor(async () => {
      expect((await usageOf(id)).totals.status).toEqual({ "2xx": 8 });
    });
    expect(writes()).toBe(0);
    await restAndEvict(keyStateOf(id));
    expect((await usageOf(id)).totals.status).toEqual({ "2xx": 8 });
  });

  it("holds an origin that cannot be reached as an answer of ours", async () => {
    const { id, key } = await makeKey();
    const send = workerWith(deframeWith({ origin: "http://127.0.0.1:1" }));
    const init = { headers: { "x-api-key": key } };
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("connection refused"));
    expect((await send("/strategies", init)).status).toBe(502);
    await send("/strategies", init);
    const { totals } = await usageOf(id);
    expect([totals.refused, totals.status]).toEqual([{ origin_unreachable: 1 }, { "5xx": 1 }]);
  });

  it("never stands in the way of a request when it cannot be told", async () => {
    const { id, key } = await makeKey();
    const stub = keyStateOf(id);
    await echo(key);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("UPDATE use SET usage = 'damaged'");
    });
    await evictDurableObject(stub);
    expect((await echo(key)).status).toBe(200);
    expect((await usageOf(id)).totals.requests).toBe(1);
  });
});

describe("usage in storage", () => {
  it("survives the eviction of the object with the counts", async () => {
    const { id, key } = await makeKey({ limits: { minute: 1000 } });
    await Promise.all(Array.from({ length: 41 }, () => echo(key)));
    await restAndEvict(keyStateOf(id));
    expect((await usageOf(id)).totals.requests).toBe(41);
  });

  it("of refusals alone is saved by one alarm, once in a minute at most", async () => {
    const { id, key } = await makeKey();
    await manage("PATCH", `/api-keys/${id}`, { enabled: false });
    const stub = keyStateOf(id);
    for (let sent = 0; sent < 3; sent += 1) expect((await echo(key)).status).toBe(401);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    await echo(key);
    const next = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(Date.now() + HOUR_MS);
    await evictDurableObject(stub);
    expect((await usageOf(id)).totals.refused).toEqual({ disabled_key: 3 });
  });

  it("takes two rows for an hour that is over and one for a day, with the next request", async () => {
    const { id, key } = await makeKey();
    const startMs = goToHour(60_000);
    for (const hours of [0, 1, 24]) {
      vi.setSystemTime(startMs + hours * HOUR_MS);
      await echo(key);
    }
    const counts = await runInDurableObject(keyStateOf(id), (_, { storage }) =>
      ["usage_minutes", "usage_hours", "usage_days"].map(
        (table) => storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${table}`).one().n,
      ),
    );
    expect(counts).toEqual([2, 2, 1]);
    const days = await usageOf(id, "?interval=day");
    expect(days.buckets.slice(-2).map(({ requests }) => requests)).toEqual([2, 1]);
    const hours = await usageOf(id);
    expect(hours.totals.requests).toBe(2);
    const from = new Date(startMs).toISOString();
    const to = new Date(startMs + HOUR_MS).toISOString();
    const minutes = await usageOf(id, `?interval=minute&from=${from}&to=${to}`);
    expect(minutes.buckets).toHaveLength(60);
    expect(minutes.buckets.map(({ requests }) => requests).filter((n) => n > 0)).toEqual([1]);
    expect(minutes.buckets[0]?.start).toBe(from);
  });

  it("counts an answer in the hour of its request", async () => {
    const { id, key } = await makeKey();
    goToHour(HOUR_MS - 60_000);
    await echo(key);
    vi.setSystemTime(Date.now() + 2 * HOUR_MS);
    await echo(key);
    const { buckets } = await usageOf(id);
    const shown = buckets.map(({ requests, status }) => [requests, status["2xx"] ?? 0]);
    expect(shown.slice(-3)).toEqual([
      [1, 1],
      [0, 0],
      [1, 0],
    ]);
  });
});

describe("the usage of an account", () => {
  it("is that of its keys together", async () => {
    const account = await makeAccount();
    const [a, b] = [await makeKey({}, account), await makeKey({}, account)];
    for (const { key } of [a, b, b]) await echo(key);
    const usage = await readUsage(`/accounts/${account}/usage`);
    expect(usage.totals.requests).toBe(3);
    expect(usage.top_endpoints).toEqual([{ endpoint: "GET /echo", requests: 3 }]);
    expect(usage.partial).toBeUndefined();
  });

  it("of an account that there is not is not found", async () => {
    expect((await manage("GET", "/accounts/nobody/usage")).status).toBe(404);
  });
});

test.each([
  ["a span backwards", "?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from"],
  [
    "too many buckets",
    "?interval=minute&from=2026-01-01T00:00:00Z&to=2026-01-09T00:00:00Z",
    "interval",
  ],
  [
    "minutes that are not kept any more",
    "?interval=minute&from=2020-01-01T00:00:00Z&to=2020-01-01T01:00:00Z",
    "from",
  ],
  ["an interval that there is not", "?interval=week", "interval"],
  ["a form that there is not", "?format=xml", "format"],
  ["a date without a zone", "?from=2026-01-01T00:00:00", "from"],
  ["a parameter that there is not", "?since=yesterday", "since"],
])("usage of %s is refused, naming what is wrong", async (_, query, field) => {
  const { status, body } = await manage("GET", `/api-keys/key_0123456789AB/usage${query}`);
  expect(status).toBe(400);
  expect(body.error?.details?.map((detail) => detail.field)).toEqual([field]);
});

it("usage of a key that there is not is not found", async () => {
  expect((await manage("GET", "/api-keys/key_0123456789AB/usage")).status).toBe(404);
});

test.each([
  ["by its parameter", "?format=csv", "application/json"],
  ["by the Accept header", "", "text/csv, */*;q=0.1"],
])("usage is CSV where that is asked for %s", async (_, query, accept) => {
  const { id, key } = await makeKey();
  await echo(key);
  const response = await call(`/manage/v1/api-keys/${id}/usage${query}`, {
    headers: { ...OPERATOR, accept },
  });
  expect(response.headers.get("content-type")).toContain("text/csv");
  const lines = (await response.text()).trimEnd().split("\r\n");
  expect(lines[0]).toBe("start,requests,refused,latency_p50_ms,latency_p95_ms,latency_p99_ms");
  expect(lines).toHaveLength(25);
  expect(lines.at(-1)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:00:00\.000Z,1,0,,,$/);
});

describe("an API's own customer", () => {
  it("reads the usage of a key of its account", async () => {
    const { id, key } = await makeExampleKey();
    const { status, body } = await ask(key, "GET", `/v1/api-keys/${id}/usage?interval=day`);
    expect(status).toBe(200);
    expect(body.data?.["totals"]).toMatchObject({ requests: 1 });
  });

  it("is told of no key of another account", async () => {
    const { key } = await makeExampleKey();
    const other = await makeExampleKey();
    expect((await ask(key, "GET", `/v1/api-keys/${other.id}/usage`)).status).toBe(404);
  });

  it("needs the permission to read keys", async () => {
    const { id, key } = await makeExampleKey({ permissions: ["api-keys:write"] });
    expect((await ask(key, "GET", `/v1/api-keys/${id}/usage`)).status).toBe(403);
  });

  it("reads it over JSON-RPC", async () => {
    const account = await makeAccount({ api: "subfrost", plan: "business" });
    const { id, key } = await makeKey({}, account, "subfrost");
    const params = { id, interval: "day", from: "2026-11-01T00:00:00Z" };
    const response = await call(`/v4/${key}`, {
      method: "POST",
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "admin_getApiKeyUsage", params }),
    });
    expect(await response.json()).toMatchObject({
      result: { interval: "day", from: "2026-11-01T00:00:00.000Z", totals: { requests: 1 } },
    });
  });
});

describe("requests that never reach a key", () => {
  it("are told of their API by reason, with the addresses they came from", async () => {
    goToHour(60_000);
    tellAtOnce();
    const send = workerWith({});
    const headers = { "cf-connecting-ip": "198.51.100.9" };
    const junk = `prod_key_${"k".repeat(40)}`;
    await send("/echo", { headers });
    await vi.waitFor(async () => {
      expect((await readUsage("/usage?api=deframe")).totals.refused).toEqual({
        missing_credential: 1,
      });
    });
    await send("/echo", { headers: { ...headers, "x-api-key": junk } });
    await send("/echo", { headers: { ...headers, "x-api-key": `Bearer ${junk}` } });
    vi.setSystemTime(Date.now() + 60_000);
    await send("/echo", { headers: { ...headers, "x-api-key": junk } });
    await vi.waitFor(async () => {
      const usage = await readUsage("/usage?api=deframe");
      expect(usage.totals.refused).toEqual({
        missing_credential: 1,
        unknown_key: 2,
        malformed_credential: 1,
      });
      expect(usage.top_ips).toEqual([{ ip: "198.51.100.9", requests: 4 }]);
    });
  });

  it("leave nothing of what they presented in the directory", async () => {
    const stub = env.DIRECTORY.getByName("directory");
    const stored = await runInDurableObject(stub, (_, { storage }) =>
      JSON.stringify(storage.sql.exec("SELECT * FROM strays").toArray()),
    );
    expect(stored).toContain("unknown_key");
    expect(stored).not.toContain("kkkk");
  });

  it("of an API that there is not are refused", async () => {
    expect((await manage("GET", "/usage?api=none")).status).toBe(400);
    expect((await manage("GET", "/usage?api=deframe&interval=minute")).status).toBe(400);
  });
});

/** F22, F23, F43: the alarm and the audit log of an account's object. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import {
  cutOff,
  fillAudit,
  healAudit,
  inAccount,
  outboxOf,
  runAlarms,
  storedInKv,
} from "../../support/faults.ts";
import { makeKey, manage } from "../../support/gateway.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function fail(): Promise<never> {
  throw new Error("gone");
}

/** What an account's object holds. */
function storedIn(account: string): Promise<unknown> {
  return inAccount(account, ({ sql }) =>
    ["account", "keys", "behind", "spread", "audit"].map((table) =>
      sql.exec(`SELECT * FROM ${table}`).toArray(),
    ),
  );
}

it("F22 an alarm that fails seven times comes again, and loses nothing", async () => {
  const { id, key, account } = await makeKey();
  await cutOff(account, [id]);
  await manage("DELETE", `/api-keys/${id}`);
  await inAccount(account, ({ sql }) => {
    const real = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation(((query: string, ...bindings: unknown[]) => {
      if (query.includes("ORDER BY random()")) throw new Error("the disk does not answer");
      return real(query, ...bindings);
    }) as never);
  });
  for (let times = 0; times < 7; times += 1) {
    expect(await runDurableObjectAlarm(env.ACCOUNT.getByName(account))).toBe(true);
  }
  expect(await outboxOf(account)).toEqual([[id, "object"]]);

  vi.restoreAllMocks();
  await runAlarms(account);
  expect(await outboxOf(account)).toEqual([]);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
  expect(await storedInKv(id)).toEqual([expect.not.stringContaining('"revokedAtMs":null')]);
});

it("F22 an object that starts with work left and no alarm sets one", async () => {
  const { id, key, account } = await makeKey();
  await cutOff(account, [id]);
  await manage("DELETE", `/api-keys/${id}`);
  await inAccount(account, (storage) => storage.deleteAlarm());
  await evictDurableObject(env.ACCOUNT.getByName(account));
  vi.restoreAllMocks();
  expect((await manage("GET", `/accounts/${account}`)).body.data?.["pending"]).toBe(1);
  expect(await runAlarms(account)).toBe(1);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
});

it("F22 while the directory is down accounts are made, and are listed once it is back", async () => {
  const id = `acc-${crypto.randomUUID()}`;
  await runInDurableObject(env.ACCOUNT.getByName(id), (instance) => {
    const { DIRECTORY } = (instance as unknown as { env: Cloudflare.Env }).env;
    vi.spyOn(DIRECTORY, "getByName").mockReturnValue({ upsert: fail } as never);
  });
  const made = await manage("POST", "/accounts", { api: "subfrost", id, name: "A" });
  expect(made.status).toBe(201);
  vi.restoreAllMocks();
  expect((await manage("GET", "/accounts?api=subfrost")).body.data).toEqual([]);
  await runAlarms(id);
  expect((await manage("GET", "/accounts?api=subfrost")).body.data).toMatchObject([{ id }]);
});

it("F23 an alarm that runs again after all is done writes nothing", async () => {
  const { id, account } = await makeKey();
  await manage("POST", `/accounts/${account}/suspend`, {});
  await manage("DELETE", `/api-keys/${id}`);
  await vi.waitFor(async () => {
    await runAlarms(account);
    expect(await outboxOf(account)).toEqual([]);
  });
  const before = await storedIn(account);
  const kv = Object.getPrototypeOf(env.KEYS) as KVNamespace;
  const put = vi.spyOn(kv, "put");
  for (let times = 0; times < 2; times += 1) {
    await runInDurableObject(env.ACCOUNT.getByName(account), (instance) =>
      (instance as unknown as { alarm(): Promise<void> }).alarm(),
    );
  }
  expect(await storedIn(account)).toEqual(before);
  expect(put).not.toHaveBeenCalled();
});

it("F23 two alarms at once bring a change everywhere once", async () => {
  const { id, key, account } = await makeKey();
  await cutOff(account, [id]);
  await manage("DELETE", `/api-keys/${id}`);
  vi.restoreAllMocks();
  await runInDurableObject(env.ACCOUNT.getByName(account), async (instance) => {
    const alarm = (): Promise<void> => (instance as unknown as { alarm(): Promise<void> }).alarm();
    await Promise.all([alarm(), alarm()]);
  });
  expect(await outboxOf(account)).toEqual([]);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
});

type Made = Awaited<ReturnType<typeof makeKey>>;

test.each<[string, (made: Made) => ReturnType<typeof manage>, number]>([
  ["suspend", ({ account }) => manage("POST", `/accounts/${account}/suspend`, {}), 200],
  [
    "re-limit",
    ({ account }) => manage("PATCH", `/accounts/${account}`, { limits: { day: 1 } }),
    200,
  ],
  ["create", ({ account }) => manage("POST", `/accounts/${account}/api-keys`, { name: "N" }), 201],
  ["restrict", ({ id }) => manage("PATCH", `/api-keys/${id}`, { enabled: false }), 200],
  ["rotate", ({ id }) => manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 0 }), 200],
  ["revoke", ({ id }) => manage("DELETE", `/api-keys/${id}`), 200],
])(
  "F43 %s without its audit entry is 503 and has not happened; afterwards it can",
  async (_, change, done) => {
    const made = await makeKey();
    const { id, key, account } = made;
    await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
    const accountBefore = await manage("GET", `/accounts/${account}`);
    const keysBefore = await manage("GET", `/accounts/${account}/api-keys`);
    const kvBefore = await storedInKv(id);
    await fillAudit(account);
    const refused = await change(made);
    expect([refused.status, refused.body.error?.code]).toEqual([503, "unavailable"]);
    expect(refused.body).not.toHaveProperty("pending");
    expect(refused.body).not.toHaveProperty("data");

    expect((await manage("GET", `/accounts/${account}`)).body).toEqual(accountBefore.body);
    expect((await manage("GET", `/accounts/${account}/api-keys`)).body).toEqual(keysBefore.body);
    expect(await outboxOf(account)).toEqual([]);
    expect(await storedInKv(id)).toEqual(kvBefore);
    const edge = openEdge();
    expect((await edge.ask(key)).status).toBe(200);
    expect(edge.forwarded).toBe(1);

    await healAudit(account);
    expect((await change(made)).status).toBe(done);
    const verified = await manage("GET", `/accounts/${account}/audit/verify`);
    expect(verified.body.data).toEqual({ intact: true, entries: 3, broken_at: null });
  },
);

it("F43 reactivate without its audit entry is 503 and the keys stay refused", async () => {
  const { key, account } = await makeKey();
  await manage("POST", `/accounts/${account}/suspend`, {});
  await fillAudit(account);
  expect((await manage("POST", `/accounts/${account}/reactivate`)).status).toBe(503);
  expect((await manage("GET", `/accounts/${account}`)).body.data?.["status"]).toBe("suspended");
  expect(await codeOf(await openEdge().ask(key))).toBe("SUSPENDED_ACCOUNT");
});

it("F43 an account without its audit entry is not made, and can be made afterwards", async () => {
  const id = `acc-${crypto.randomUUID()}`;
  await runInDurableObject(env.ACCOUNT.getByName(id), (_, { storage: { sql } }) => {
    const real = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation(((query: string, ...bindings: unknown[]) => {
      if (query.startsWith("INSERT INTO audit")) throw new Error("database or disk is full");
      return real(query, ...bindings);
    }) as never);
  });
  const body = { api: "deframe", id, name: "A" };
  expect((await manage("POST", "/accounts", body)).status).toBe(503);
  expect((await manage("GET", `/accounts/${id}`)).status).toBe(404);
  vi.restoreAllMocks();
  expect((await manage("POST", "/accounts", body)).status).toBe(201);
});

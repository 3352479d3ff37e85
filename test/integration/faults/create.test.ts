/** F07, F08, F09, F26, F27: making a key while something of what it takes fails. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import {
  cutOff,
  failKv,
  failKvWrites,
  inAccount,
  outboxOf,
  runAlarms,
  storedInKv,
} from "../../support/faults.ts";
import {
  call,
  keyStateOf,
  makeAccount,
  makeKey,
  manage,
  OPERATOR,
  type Answer,
} from "../../support/gateway.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface Sent {
  readonly status: number;
  readonly replayed: string | null;
  readonly body: Answer;
}

/** Asks for a key under a name, so that it may be asked for again. */
async function createNamed(account: string, name: string): Promise<Sent> {
  const response = await call(`/manage/v1/accounts/${account}/api-keys`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json", "idempotency-key": name },
    body: JSON.stringify({ name: "K" }),
  });
  const replayed = response.headers.get("idempotent-replayed");
  return { status: response.status, replayed, body: await response.json() };
}

/** The ids of an account's keys as management lists them. */
async function idsOf(account: string): Promise<readonly string[]> {
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  return (body.data as unknown as readonly { id: string }[]).map(({ id }) => id);
}

/**
 * Lets the account's object do the next call of a method and then be reset, so that its answer is lost
 * and the call comes again.
 */
function loseAnswerOf(method: "create" | "createKey"): void {
  const real = env.ACCOUNT.getByName.bind(env.ACCOUNT);
  let lost = false;
  vi.spyOn(env.ACCOUNT, "getByName").mockImplementation((name: string) => {
    const stub = real(name);
    const remote = stub as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    const callAndLose = async (...args: unknown[]): Promise<unknown> => {
      await remote[method]?.(...args);
      throw Object.assign(new Error("reset"), { durableObjectReset: true });
    };
    return new Proxy(stub, {
      get(target, property) {
        if (property === method && !lost) {
          lost = true;
          return callAndLose;
        }
        return Reflect.get(target, property) as unknown;
      },
    });
  });
}

it("F08 a key is made while KV refuses writes, works at once, and KV gets it by the alarm", async () => {
  const account = await makeAccount();
  failKvWrites();
  const { id, key } = await makeKey({}, account);
  const edge = openEdge();
  expect((await edge.ask(key)).status).toBe(200);
  expect(edge.forwarded).toBe(1);
  await runAlarms(account);
  expect(await outboxOf(account)).toEqual([[id, "kv"]]);
  expect((await openEdge().ask(key)).status).toBe(200);

  vi.restoreAllMocks();
  expect(await storedInKv(id)).toEqual([]);
  await runAlarms(account);
  expect(await outboxOf(account)).toEqual([]);
  expect(await storedInKv(id)).toEqual([expect.stringContaining(`"account":"${account}"`)]);
});

it("F09 while all of KV is down keys that exist work and keys are made, changed and revoked", async () => {
  const old = await makeKey();
  failKv();
  const fresh = await makeKey({}, old.account);
  const edge = openEdge();
  expect((await edge.ask(old.key)).status).toBe(200);
  expect((await edge.ask(fresh.key)).status).toBe(200);

  const restricted = await manage("PATCH", `/api-keys/${old.id}`, { limits: { minute: 1 } });
  expect([restricted.status, await codeOf(await edge.ask(old.key))]).toEqual([
    200,
    "RATE_LIMIT_EXCEEDED",
  ]);
  expect((await manage("DELETE", `/api-keys/${fresh.id}`)).status).toBe(200);
  expect(await codeOf(await edge.ask(fresh.key))).toBe("API_KEY_REVOKED");
  expect((await manage("POST", `/accounts/${old.account}/suspend`, {})).status).toBe(200);
  // The edge before remembers for 5 seconds that the key is over its limit.
  expect(await codeOf(await openEdge().ask(old.key))).toBe("SUSPENDED_ACCOUNT");
  expect(edge.forwarded).toBe(2);

  vi.restoreAllMocks();
  await runAlarms(old.account);
  expect(await outboxOf(old.account)).toEqual([]);
  expect(await storedInKv(old.id)).toEqual([expect.stringContaining('"suspended":true')]);
  expect(await storedInKv(fresh.id)).toEqual([expect.not.stringContaining('"revokedAtMs":null')]);
});

it("F26 a key whose KV write failed is the same key when it is asked for again, without its text", async () => {
  const account = await makeAccount();
  failKvWrites();
  const first = await createNamed(account, "order-1");
  expect([first.status, first.replayed]).toEqual([201, null]);
  const key = first.body.data?.key ?? "";
  expect((await openEdge().ask(key)).status).toBe(200);

  const again = await createNamed(account, "order-1");
  expect([again.status, again.replayed]).toEqual([201, "true"]);
  expect(again.body.data?.id).toBe(first.body.data?.id);
  expect(again.body.data).not.toHaveProperty("key");
  expect(JSON.stringify(again.body)).not.toContain(key);

  vi.restoreAllMocks();
  await runAlarms(account);
  const id = first.body.data?.id ?? "";
  expect(await storedInKv(id)).toHaveLength(1);
  expect(await idsOf(account)).toEqual([id]);
});

it("F26 a key whose object did not confirm is 503; asked for again it is another one, shown once", async () => {
  const account = await makeAccount();
  await cutOff(account);
  const failed = await createNamed(account, "order-1");
  expect(failed.status).toBe(503);
  expect(failed.body).not.toHaveProperty("data");
  expect(await idsOf(account)).toEqual([]);
  expect(await outboxOf(account)).toEqual([]);

  vi.restoreAllMocks();
  const again = await createNamed(account, "order-1");
  expect([again.status, again.replayed]).toEqual([201, null]);
  expect((await openEdge().ask(again.body.data?.key ?? "")).status).toBe(200);
  expect(await idsOf(account)).toEqual([again.body.data?.id]);
});

it.each([null, "order-1"])(
  "F11 a key whose maker was reset before it could answer is made once and told (name %s)",
  async (name) => {
    const account = await makeAccount();
    loseAnswerOf("createKey");
    const made =
      name === null
        ? await manage("POST", `/accounts/${account}/api-keys`, { name: "K" })
        : await createNamed(account, name);
    vi.restoreAllMocks();
    expect(made.status).toBe(201);
    expect((await openEdge().ask(made.body.data?.key ?? "")).status).toBe(200);
    expect(await idsOf(account)).toEqual([made.body.data?.id]);
  },
);

it("F11 an account whose object was reset before it could answer is made once", async () => {
  loseAnswerOf("create");
  const id = `acc-${crypto.randomUUID()}`;
  const made = await manage("POST", "/accounts", { api: "deframe", id, name: "A" });
  vi.restoreAllMocks();
  expect([made.status, made.body.data?.id]).toEqual([201, id]);
  const again = await manage("POST", "/accounts", { api: "deframe", id, name: "A" });
  expect(again.status).toBe(409);
  const audit = await manage("GET", `/accounts/${id}/audit`);
  expect(audit.body.data).toMatchObject([{ action: "account.create" }]);
});

it("F27 a record in KV whose key has no object behind it is an unknown key", async () => {
  const { id, key, account } = await makeKey();
  await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
  await runInDurableObject(keyStateOf(id), (_, { storage }) => storage.deleteAll());
  await evictDurableObject(keyStateOf(id));
  expect(await storedInKv(id)).toHaveLength(1);

  const edge = openEdge();
  const refused = await edge.ask(key);
  expect([refused.status, await codeOf(refused)]).toEqual([401, "INVALID_API_KEY"]);
  expect(refused.headers.has("x-ratelimit-limit")).toBe(false);
  expect(edge.forwarded).toBe(0);
  const tables = await runInDurableObject(keyStateOf(id), (_, { storage }) =>
    storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'record'").toArray(),
  );
  expect(tables).toEqual([]);
});

it("F27 the object confirms a new key before KV is written", async () => {
  const account = await makeAccount();
  const order: string[] = [];
  await inAccount(account, (_, { KEYS, KEY_STATE }) => {
    const put = KEYS.put.bind(KEYS);
    vi.spyOn(KEYS, "put").mockImplementation(((name: string, value: string) => {
      order.push(name.slice(0, 3));
      return put(name, value);
    }) as never);
    const getByName = KEY_STATE.getByName.bind(KEY_STATE);
    vi.spyOn(KEY_STATE, "getByName").mockImplementation((name: string) => {
      order.push("object");
      return getByName(name);
    });
  });
  await makeKey({}, account);
  await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
  expect(order).toEqual(["object", "id:", "k1:"]);
});

it("F07 a record that KV does not have is written once a minute, however many places miss it", async () => {
  const { key, account } = await makeKey();
  await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
  const kv = Object.getPrototypeOf(env.KEYS) as KVNamespace;
  vi.spyOn(kv, "get").mockResolvedValue(null as never);
  const put = vi.spyOn(kv, "put");
  for (let edges = 0; edges < 10; edges += 1) {
    expect((await openEdge().ask(key)).status).toBe(200);
  }
  await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
  expect(put.mock.calls.filter(([name]) => name.startsWith("k1:"))).toHaveLength(1);
});

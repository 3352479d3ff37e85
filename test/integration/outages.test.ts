import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { echo, keyStateOf, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { workerWith } from "../support/worker-with.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A fresh isolate's Worker: it has no record cached. */
function coldWorker(): (key: string) => Promise<Response> {
  const ask = workerWith({});
  return (key) => ask("/echo", { headers: { "x-api-key": key } });
}

/** The KV entries that hold a key's record. */
async function entriesOf(keyId: string): Promise<readonly (readonly [string, string])[]> {
  const { keys } = await env.KEYS.list();
  const entries = await Promise.all(
    keys.map(async ({ name }) => [name, (await env.KEYS.get(name)) ?? ""] as const),
  );
  return entries.filter(([, value]) => value.includes(`"${keyId}"`));
}

async function entryOf(keyId: string): Promise<readonly [string, string]> {
  return vi.waitFor(async () => {
    const [entry] = await entriesOf(keyId);
    if (entry === undefined) throw new Error("not in KV yet");
    return entry;
  });
}

it("a key works while KV throws", async () => {
  const { key } = await makeKey();
  vi.spyOn(env.KEYS, "get").mockRejectedValue(new Error("KV is down"));
  expect((await coldWorker()(key)).status).toBe(200);
});

it("a key works while KV does not answer in time", async () => {
  const { key } = await makeKey();
  vi.spyOn(env.KEYS, "get").mockImplementation((async () => {
    await scheduler.wait(2000);
    return null;
  }) as never);
  expect((await coldWorker()(key)).status).toBe(200);
});

it("a record that KV has lost is written again", async () => {
  const { id, key } = await makeKey();
  const [name, value] = await entryOf(id);
  await env.KEYS.delete(name);
  expect((await coldWorker()(key)).status).toBe(200);
  const [restoredName, restored] = await entryOf(id);
  expect([restoredName, restored]).toEqual([name, value]);
});

test.each([
  ["altered", (value: string) => value.replace('"production"', '"development"')],
  ["not JSON", () => "AAAA.nonsense"],
  ["empty", () => "."],
  ["of another version", (value: string) => value.replace('"format":1', '"format":9')],
])("a record in KV that is %s is answered 503 and not forwarded", async (_, damage) => {
  const { id, key } = await makeKey();
  const [name, value] = await entryOf(id);
  await env.KEYS.put(name, damage(value));
  const response = await coldWorker()(key);
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
});

it("a record that was moved to another key's name is answered 503", async () => {
  const first = await makeKey();
  const second = await makeKey();
  const [name] = await entryOf(first.id);
  const [, value] = await entryOf(second.id);
  await env.KEYS.put(name, value);
  expect((await coldWorker()(first.key)).status).toBe(503);
});

it("when the key's object cannot be reached the answer is 503 in the dialect", async () => {
  const { key } = await makeKey();
  vi.spyOn(env.KEY_STATE, "getByName").mockReturnValue({
    decide: () => Promise.reject(new Error("gone")),
  } as never);
  const response = await echo(key);
  expect(response.status).toBe(503);
  expect(response.headers.get("retry-after")).toBe("1");
  expect(await response.json()).toMatchObject({ error: { code: "UNAVAILABLE", httpStatus: 503 } });
});

it("an object that was reset is asked once more on a new stub", async () => {
  const { key } = await makeKey();
  const real = env.KEY_STATE.getByName.bind(env.KEY_STATE);
  const getByName = vi.spyOn(env.KEY_STATE, "getByName").mockImplementation(real);
  const reset = Object.assign(new Error("reset"), { durableObjectReset: true });
  getByName.mockReturnValueOnce({ decide: () => Promise.reject(reset) } as never);
  expect((await echo(key)).status).toBe(200);
  expect(getByName).toHaveBeenCalledTimes(2);
});

it("an overloaded object is not asked again", async () => {
  const { key } = await makeKey();
  const overloaded = Object.assign(new Error("busy"), { retryable: true, overloaded: true });
  const getByName = vi.spyOn(env.KEY_STATE, "getByName").mockReturnValue({
    decide: () => Promise.reject(overloaded),
  } as never);
  expect((await echo(key)).status).toBe(503);
  expect(getByName).toHaveBeenCalledTimes(1);
});

it("a write that fails in the object is neither counted nor forwarded", async () => {
  const { id, key } = await makeKey();
  await echo(key);
  await runInDurableObject(keyStateOf(id), (_, state) => {
    vi.spyOn(state.storage.sql, "exec").mockImplementationOnce(() => {
      throw new Error("database or disk is full");
    });
  });
  expect((await echo(key)).status).toBe(503);
  expect((await echo(key)).headers.get("x-ratelimit-remaining")).toBe("98");
});

it("an object written by newer code answers 503 and keeps its data", async () => {
  const { id, key } = await makeKey();
  await runInDurableObject(keyStateOf(id), (_, state) => {
    state.storage.sql.exec("UPDATE schema_version SET version = 99");
  });
  await evictDurableObject(keyStateOf(id));
  expect((await echo(key)).status).toBe(503);
});

it("a key whose object did not confirm its creation is never shown", async () => {
  const account = await makeAccount();
  const object = env.ACCOUNT.getByName(account);
  await runInDurableObject(object, (instance) => {
    const namespace = (instance as unknown as { env: Cloudflare.Env }).env.KEY_STATE;
    vi.spyOn(namespace, "getByName").mockReturnValue({
      install: () => Promise.reject(new Error("gone")),
    } as never);
  });
  const created = await manage("POST", `/accounts/${account}/api-keys`, { name: "K" });
  vi.restoreAllMocks();
  expect(created.status).toBe(503);
  const listed = await manage("GET", `/accounts/${account}/api-keys`);
  expect(listed.body.data).toEqual([]);
});

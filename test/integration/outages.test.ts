import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { echo, keyStateOf, makeAccount, makeKey, manage } from "../support/gateway.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
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

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { parseMasterKeys } from "../../src/core/master-keys.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import { echo, keyStateOf } from "../support/gateway.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Counts what a request costs: KV reads and object calls. */
function countIo(): { readonly kv: () => number; readonly objects: () => number } {
  const kv = vi.spyOn(env.KEYS, "get");
  const keys = vi.spyOn(env.KEY_STATE, "getByName");
  const accounts = vi.spyOn(env.ACCOUNT, "getByName");
  return {
    kv: () => kv.mock.calls.length,
    objects: () => keys.mock.calls.length + accounts.mock.calls.length,
  };
}

/** A text of the right form whose tag was made with the deployment's own master key. */
async function drawFitting(idPart: string): Promise<string> {
  const [first, ...others] = parseMasterKeys(env.MASTER_KEYS, []);
  if (first === undefined) throw new Error("the tests have no master key");
  const keyring = createKeyring([first, ...others]);
  const unsigned = `prod_key_${idPart}${"s".repeat(22)}`;
  return unsigned + (await keyring.tag(first.id, "base62", unsigned));
}

/** What an object's storage holds: its tables, its alarm, and its size beside a blank one's. */
function storedIn(keyId: string): Promise<unknown> {
  return runInDurableObject(keyStateOf(keyId), async (_, { storage }) => ({
    tables: storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    size: storage.sql.databaseSize,
    alarm: await storage.getAlarm(),
    entries: await storage.list(),
  }));
}

test.each([
  "junk",
  "prod_key_",
  `prod_key_${"A".repeat(40)}`,
  `dev_key_${"0".repeat(40)}`,
  "../../etc/passwd",
  "__proto__",
  "x".repeat(600),
])("the junk key %s costs no KV read and no object call", async (junk) => {
  const io = countIo();
  const response = await echo(junk);
  expect(response.status).toBe(401);
  expect([io.kv(), io.objects()]).toEqual([0, 0]);
});

it("2,000 made-up keys of the right form cost no KV read and no object call", async () => {
  const io = countIo();
  const made = Array.from({ length: 2000 }, (_, i) => `prod_key_${String(i).padStart(40, "k")}`);
  const responses = await Promise.all(made.map((key) => echo(key)));
  expect(responses.every(({ status }) => status === 401)).toBe(true);
  expect([io.kv(), io.objects()]).toEqual([0, 0]);
});

it("an unknown id with a fitting tag costs one KV read and one call, and stores nothing", async () => {
  const io = countIo();
  const response = await echo(await drawFitting("neverIssued0"));
  expect(response.status).toBe(401);
  expect(response.headers.has("x-ratelimit-limit")).toBe(false);
  expect([io.kv(), io.objects()]).toEqual([1, 1]);

  expect(await storedIn("key_neverIssued0")).toEqual(await storedIn("key_neverAsked00"));
});

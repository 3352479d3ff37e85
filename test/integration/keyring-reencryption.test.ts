/** Re-encryption: what was made with an older entry is brought under the first. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, test, vi } from "vitest";
import { createKeyring } from "../../src/core/keyring.ts";
import { parseMasterKeys } from "../../src/core/master-keys.ts";
import { makeAccount, makeKey, manage } from "../support/gateway.ts";
import {
  ask,
  BOTH,
  BY,
  cutOff,
  deploy,
  directory,
  finish,
  makeRecoverableKey,
  NEW,
  NOTHING,
  read,
  startEachAnew,
  textsOf,
} from "../support/master-keys.ts";
import { workerWith } from "../support/worker-with.ts";

const { logged } = startEachAnew();

it("re-encrypts in the background, after which the old entry's secrets do without it", async () => {
  const { id, key, account, secret } = await makeRecoverableKey();
  const worker = await deploy(BOTH, [account]);

  const started = await ask(worker, "POST", "/reencrypt");
  expect([started.status, started.headers.get("location")]).toEqual([202, "/manage/v1/keyring"]);
  expect(started.data.reencryption).toMatchObject({ entry: "t2", finished_at: null, accounts: 1 });
  const done = await finish(worker);
  expect(done.reencryption).toMatchObject({ accounts_done: 1, reencrypted: 2, failed: 0 });
  expect(done.entries).toEqual([
    {
      ...NOTHING,
      id: "t2",
      first: true,
      configured: true,
      recoverable_texts: 1,
      signing_secrets: 1,
    },
    { ...NOTHING, id: "t1", first: false, configured: true, key_texts: 1 },
  ]);
  expect((await ask(worker, "POST", "/reencrypt")).status).toBe(200);

  const [text] = await textsOf(id);
  const [second] = parseMasterKeys(NEW, []);
  if (second === undefined) throw new Error("no master key");
  const onlyNew = createKeyring([second]);
  const context = `signing-secret:${id}:${String(text?.["hash"])}`;
  expect([
    await onlyNew.decrypt(String(text?.["signingSecret"]), context),
    await onlyNew.decrypt(String(text?.["encrypted"]), id),
  ]).toEqual([secret, key]);
});

it("a re-encryption is in the audit log once, with whom it was asked for by and no value", async () => {
  const { id, account } = await makeRecoverableKey();
  const worker = await deploy(BOTH, [account]);
  await ask(worker, "POST", "/reencrypt");
  await finish(worker);
  await ask(worker, "POST", "/reencrypt");
  const { body } = await manage("GET", `/accounts/${account}/audit`);
  expect(body.data).toMatchObject([
    { action: "account.reencrypt", actor: "operator", target: account, after: { entry: "t2" } },
    { action: "key.create" },
    { action: "account.create" },
  ]);
  const [entry] = body.data as never as { before: unknown; after: unknown }[];
  expect([entry?.before, entry?.after]).toEqual([null, { entry: "t2", keys: [id] }]);
});

it("what cannot be decrypted is counted, named by its key and entry, and kept", async () => {
  const { id, account } = await makeRecoverableKey();
  const [before] = await textsOf(id);
  const worker = await deploy(`t3:${btoa("c".repeat(32))}`, [account]);
  await ask(worker, "POST", "/reencrypt");
  const done = await finish(worker);
  expect(done.reencryption).toMatchObject({ reencrypted: 0, failed: 2 });
  expect(done.entries).toMatchObject([{ id: "t3" }, { id: "t1", recoverable_texts: 1 }]);
  expect(logged()).toContain(`"event":"reencryption_failed","key_id":"${id}","entry":"t1"`);
  expect(logged()).not.toContain(String(before?.["encrypted"]));
  expect(await textsOf(id)).toEqual([before]);
});

it("an account that cannot be reached holds up the end, not the others; a restart loses nothing", async () => {
  const near = await makeRecoverableKey();
  const far = await makeRecoverableKey();
  const worker = await deploy(BOTH, [near.account, far.account]);
  await cutOff([far.account]);
  await ask(worker, "POST", "/reencrypt");
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(directory());
    const { reencryption } = await read(worker);
    expect(reencryption).toMatchObject({ accounts: 2, accounts_done: 1, finished_at: null });
  });
  expect((await textsOf(near.id))[0]?.["encrypted"]).toMatch(/^t2\./);
  expect((await textsOf(far.id))[0]?.["encrypted"]).toMatch(/^t1\./);

  await evictDurableObject(directory());
  vi.restoreAllMocks();
  const { reencryption, entries } = await finish(worker);
  expect(reencryption).toMatchObject({ accounts_done: 2, reencrypted: 4 });
  expect(entries).toMatchObject([{ recoverable_texts: 2 }, { key_texts: 2, recoverable_texts: 0 }]);
});

it("a crash after a batch and before it was noted repeats the batch and changes nothing twice", async () => {
  const { id, account } = await makeRecoverableKey();
  const worker = await deploy(BOTH, [account]);
  await runInDurableObject(directory(), async (instance, { storage }) => {
    await (instance as unknown as { reencrypt(...args: unknown[]): unknown }).reencrypt("t2", BY);
    await storage.deleteAlarm();
    vi.spyOn(storage, "transactionSync").mockImplementationOnce(() => {
      throw new Error("crash");
    });
    await expect((instance as unknown as { alarm(): Promise<void> }).alarm()).rejects.toThrow();
  });
  const [reencrypted] = await textsOf(id);
  expect(reencrypted?.["encrypted"]).toMatch(/^t2\./);
  // Without an alarm the object, made anew, sets it.
  await evictDurableObject(directory());
  const { entries } = await finish(worker);
  expect(entries).toMatchObject([{ recoverable_texts: 1 }, { key_texts: 1, recoverable_texts: 0 }]);
  expect((await textsOf(id))[0]).toEqual(reencrypted);
  expect((await manage("GET", `/api-keys/${id}`)).body.data?.["version"]).toBe(2);
});

it("is not done while a key's object has not confirmed", async () => {
  const { id, account } = await makeRecoverableKey();
  const worker = await deploy(BOTH, [account]);
  await runInDurableObject(env.ACCOUNT.getByName(account), (instance) => {
    const namespace = (instance as unknown as { env: Cloudflare.Env }).env.KEY_STATE;
    vi.spyOn(namespace, "getByName").mockReturnValue({
      install: () => Promise.reject(new Error("gone")),
    } as never);
  });
  await ask(worker, "POST", "/reencrypt");
  await runDurableObjectAlarm(directory());
  await runDurableObjectAlarm(directory());
  expect((await read(worker)).reencryption).toMatchObject({ accounts_done: 0, finished_at: null });
  vi.restoreAllMocks();
  await runDurableObjectAlarm(env.ACCOUNT.getByName(account));
  await finish(worker);
  expect((await textsOf(id))[0]?.["encrypted"]).toMatch(/^t2\./);
});

it("an account with more keys than one visit takes is re-encrypted and counted whole", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const keys = await Promise.all(
    Array.from({ length: 60 }, () => makeKey({}, account, "dataframer")),
  );
  const worker = await deploy(BOTH, [account]);
  await ask(worker, "POST", "/reencrypt");
  const { reencryption, entries } = await finish(worker);
  expect(reencryption).toMatchObject({ accounts_done: 1, reencrypted: 120, failed: 0 });
  expect(entries).toMatchObject([
    { id: "t2", recoverable_texts: 60 },
    { id: "t1", key_texts: 60, recoverable_texts: 0 },
  ]);
  expect((await textsOf(keys[59]?.id ?? ""))[0]?.["encrypted"]).toMatch(/^t2\./);
  expect((await read(worker)).entries).toEqual(entries);
});

it("an account that does not have the new entry yet is asked again", async () => {
  const { id, account } = await makeRecoverableKey();
  const worker = workerWith({ MASTER_KEYS: BOTH });
  await ask(worker, "POST", "/reencrypt");
  await runDurableObjectAlarm(directory());
  expect((await read(worker)).reencryption).toMatchObject({ accounts_done: 0, finished_at: null });
  await deploy(BOTH, [account]);
  await finish(worker);
  expect((await textsOf(id))[0]?.["encrypted"]).toMatch(/^t2\./);
});

test.each([
  ["revoked", { kind: "revoke" }],
  [
    "rotated",
    {
      kind: "rotate",
      text: { hash: "new", entry: "t2", untilMs: null },
      last4: "9999",
      graceSeconds: 60,
    },
  ],
] as const)("a key that is %s while its values are re-encrypted stays so", async (_, change) => {
  const { id, account } = await makeRecoverableKey();
  await deploy(BOTH, [account]);
  const [before] = await textsOf(id);
  await runInDurableObject(env.ACCOUNT.getByName(account), async (instance) => {
    const decrypt = crypto.subtle.decrypt.bind(crypto.subtle);
    vi.spyOn(crypto.subtle, "decrypt").mockImplementationOnce(async (...args) => {
      await instance.changeKey(id, change, BY);
      return decrypt(...args);
    });
    await instance.visitKeyring({ after: 0, reencrypt: { entry: "t2", by: BY } });
  });
  const described = await env.KEY_STATE.getByName(id).describe();
  const key = described?.record.key;
  if (change.kind === "revoke") {
    expect(key?.revokedAtMs).not.toBeNull();
    expect([key?.version, key?.texts]).toEqual([2, [before]]);
  } else {
    expect(key).toMatchObject({ last4: "9999", version: 3, texts: [{ hash: "new" }, {}] });
    expect(key?.texts[1]).toMatchObject({ hash: before?.["hash"], entry: "t1" });
    expect(key?.texts[1]?.untilMs).toBeGreaterThan(Date.now());
    expect(key?.texts[1]?.encrypted).toMatch(/^t2\./);
  }
});

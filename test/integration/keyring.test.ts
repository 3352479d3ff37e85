/** The keyring is changed: what still needs each entry, re-encryption, and an entry that is taken out. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi, type MockInstance } from "vitest";
import { hashImported } from "../../src/core/imported.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import { parseMasterKeys } from "../../src/core/master-keys.ts";
import { makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import { apiWith, deframeWith, workerWith } from "../support/worker-with.ts";

const OLD = env.MASTER_KEYS;
const NEW = `t2:${btoa("b".repeat(32))}`;
const BOTH = `${NEW},${OLD}`;
const NOTHING = {
  key_texts: 0,
  recoverable_texts: 0,
  signing_secrets: 0,
  imported_keys: 0,
  webhook_secrets: 0,
};
const BY = { actor: "operator", requestId: "r" };

type Ask = ReturnType<typeof workerWith>;

interface Keyring {
  readonly as_of: string | null;
  readonly counting: boolean;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly reencryption: Readonly<Record<string, unknown>> | null;
}

function directory(): DurableObjectStub {
  return env.DIRECTORY.getByName("directory");
}

let errors: MockInstance;

beforeEach(async () => {
  errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
  await runInDurableObject(directory(), async (_, { storage }) => {
    for (const table of ["accounts", "keyring", "keyring_unfinished"]) {
      storage.sql.exec(`DELETE FROM ${table}`);
    }
    await storage.deleteAlarm();
  });
});

afterEach(() => {
  vi.restoreAllMocks();
  Object.assign(env, { MASTER_KEYS: OLD });
});

/** Deploys another `MASTER_KEYS`: a new Worker, and these accounts' objects made anew. */
async function deploy(masterKeys: string, accounts: readonly string[] = []): Promise<Ask> {
  Object.assign(env, { MASTER_KEYS: masterKeys });
  await Promise.all(accounts.map((id) => evictDurableObject(env.ACCOUNT.getByName(id))));
  return workerWith({});
}

async function ask(
  worker: Ask,
  method: string,
  path: string,
): Promise<{ readonly status: number; readonly headers: Headers; readonly data: Keyring }> {
  const response = await worker(`/manage/v1/keyring${path}`, { method, headers: OPERATOR });
  const { data }: { data: Keyring } = await response.json();
  return { status: response.status, headers: response.headers, data };
}

async function read(worker: Ask): Promise<Keyring> {
  return (await ask(worker, "GET", "")).data;
}

/** Runs the alarms until the re-encryption has ended. */
function finish(worker: Ask): Promise<Keyring> {
  return vi.waitFor(
    async () => {
      await runDurableObjectAlarm(directory());
      const keyring = await read(worker);
      if (keyring.reencryption?.["finished_at"] === null) throw new Error("it goes on");
      return keyring;
    },
    { timeout: 5000 },
  );
}

/** A recoverable key in an account of its own. */
function makeRecoverableKey(): ReturnType<typeof makeKey> {
  return makeKey({}, undefined, "dataframer");
}

async function textsOf(keyId: string): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const described = await env.KEY_STATE.getByName(keyId).describe();
  return described?.record.key.texts as never;
}

/** Makes these accounts' objects unreachable for the directory, until the mocks are restored. */
async function cutOff(accounts: readonly string[]): Promise<void> {
  await runInDurableObject(directory(), (instance) => {
    const namespace = (instance as unknown as { env: Cloudflare.Env }).env.ACCOUNT;
    const real = namespace.getByName.bind(namespace);
    vi.spyOn(namespace, "getByName").mockImplementation((name: string) =>
      accounts.includes(name)
        ? ({ visitKeyring: () => Promise.reject(new Error("gone")) } as never)
        : real(name),
    );
  });
}

function logged(): string {
  return errors.mock.calls.flat().join("\n");
}

it("F42 with the old entry kept its keys work, and new ones are made with the first", async () => {
  const { key } = await makeKey();
  const worker = await deploy(BOTH);
  expect((await worker("/echo", { headers: { "x-api-key": key } })).status).toBe(200);
  const account = await makeAccount();
  const made = await worker(`/manage/v1/accounts/${account}/api-keys`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body: '{"name":"K"}',
  });
  const { data }: { data: { key: string } } = await made.json();
  const cold = await deploy(NEW);
  expect((await cold("/echo", { headers: { "x-api-key": data.key } })).status).toBe(200);
});

it("F42 an entry that is taken out too early fails closed, and is named to the operator", async () => {
  const { key } = await makeKey();
  const worker = await deploy(NEW);
  const refused = await worker("/echo", { headers: { "x-api-key": key } });
  expect(refused.status).toBe(401);
  expect(await refused.json()).toMatchObject({ error: { code: "INVALID_API_KEY" } });
  expect((await read(worker)).entries).toEqual([
    { id: "t2", first: true, configured: true, ...NOTHING },
    { id: "t1", first: false, configured: false, ...NOTHING, key_texts: 1, signing_secrets: 1 },
  ]);
  expect(logged()).toContain('"event":"keyring_entry_missing","entry":"t1","key_texts":1');
});

it("F42 a recoverable text whose entry is gone is 503, no older key instead; the log names both", async () => {
  const { id, key, account } = await makeRecoverableKey();
  const headers = { authorization: `Bearer ${await makeToken(account)}` };
  const worker = workerWith({ ...apiWith("dataframer", {}), MASTER_KEYS: NEW });
  const response = await worker("/api/users/api-key/", { headers });
  expect([response.status, Object.keys(await response.json())]).toEqual([503, ["detail"]]);
  const event = `"event":"recoverable_text_unreadable","key_id":"${id}","entry":"t1"`;
  expect(logged()).toContain(event);
  expect(logged()).not.toContain(key);
});

it("counts what needs each entry: not what was revoked, rotated away or never shown", async () => {
  const { account } = await makeRecoverableKey();
  const revoked = await makeRecoverableKey();
  const rotated = await makeKey({}, account, "dataframer");
  await manage("DELETE", `/api-keys/${revoked.id}`);
  await manage("POST", `/api-keys/${rotated.id}/rotate`, { grace_seconds: 0 });
  const { entries, as_of } = await read(workerWith({}));
  expect(entries).toEqual([
    {
      ...NOTHING,
      id: "t1",
      first: true,
      configured: true,
      key_texts: 2,
      recoverable_texts: 2,
      signing_secrets: 2,
    },
  ]);
  expect(Math.abs(Date.parse(String(as_of)) - Date.now())).toBeLessThan(5000);
});

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

it("an imported key goes on working when the entry that sealed its copy is taken out", async () => {
  const account = await makeAccount();
  const text = "key-of-another-system-0123456789";
  const hash = (await hashImported(text)).replace("sha256:", "");
  const imports = deframeWith({
    key: { environments: { production: "prod_key_" }, accept_imported: true },
  });
  await workerWith(imports)(`/manage/v1/accounts/${account}/api-keys/import`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body: JSON.stringify({ hash, name: "Imported" }),
  });
  await vi.waitFor(async () => {
    expect((await read(workerWith({}))).entries).toMatchObject([{ id: "t1", imported_keys: 1 }]);
  });
  const worker = await deploy(BOTH, [account]);
  await ask(worker, "POST", "/reencrypt");
  expect((await finish(worker)).entries).toMatchObject([
    { id: "t2", imported_keys: 1 },
    { id: "t1", imported_keys: 0 },
  ]);
  const cold = workerWith({ ...imports, MASTER_KEYS: NEW });
  expect((await cold("/echo", { headers: { "x-api-key": text } })).status).toBe(200);
});

/** An account without keys whose webhook's secret is under the entry of now. */
async function makeWebhook(): Promise<{ readonly account: string; readonly secret: string }> {
  const account = await makeAccount();
  const webhook = { url: "https://hooks.example.com/" };
  const { body } = await manage("PUT", `/accounts/${account}/alerts`, { webhook });
  const { secret } = { secret: "", ...Object(body.data?.["webhook"]) } as { secret: string };
  return { account, secret };
}

async function storedWebhookSecret(account: string): Promise<string> {
  return runInDurableObject(env.ACCOUNT.getByName(account), (_, { storage }) => {
    const { body } = storage.sql.exec<{ body: string }>("SELECT body FROM alert_settings").one();
    return (JSON.parse(body) as { webhook: { secret: string } }).webhook.secret;
  });
}

it("the secret of a webhook is counted, and goes on signing when its entry is taken out", async () => {
  const { account, secret } = await makeWebhook();
  expect((await read(workerWith({}))).entries).toMatchObject([{ id: "t1", webhook_secrets: 1 }]);
  const worker = await deploy(BOTH, [account]);
  await ask(worker, "POST", "/reencrypt");
  const done = await finish(worker);
  expect(done.reencryption).toMatchObject({ reencrypted: 1, failed: 0 });
  expect(done.entries).toMatchObject([
    { id: "t2", webhook_secrets: 1 },
    { id: "t1", webhook_secrets: 0 },
  ]);
  const [first, ...others] = parseMasterKeys(NEW, []);
  if (first === undefined) throw new Error("the tests have no master key");
  const keyring = createKeyring([first, ...others]);
  const stored = await storedWebhookSecret(account);
  expect(await keyring.decrypt(stored, `webhook-secret:${account}`)).toBe(secret);
  const { body } = await manage("GET", `/accounts/${account}/audit?limit=1`);
  expect(body.data).toMatchObject([
    { action: "account.reencrypt", after: { entry: "t2", webhook_secrets: 1 } },
  ]);
});

it("the secret of a webhook whose entry is gone stays as it is, and the log names its account", async () => {
  const { account, secret } = await makeWebhook();
  const before = await storedWebhookSecret(account);
  const worker = await deploy(`t3:${btoa("c".repeat(32))}`, [account]);
  await ask(worker, "POST", "/reencrypt");
  expect((await finish(worker)).reencryption).toMatchObject({ reencrypted: 0, failed: 1 });
  expect(await storedWebhookSecret(account)).toBe(before);
  const event = `"event":"reencryption_failed","account":"${account}","entry":"t1"`;
  expect(logged()).toContain(event);
  expect(logged()).not.toContain(secret);
});

it("what older code wrote to KV of an imported key is written again, to know what sealed it", async () => {
  const { id, account } = await makeKey();
  const object = env.ACCOUNT.getByName(account);
  await vi.waitFor(async () => expect(await env.KEYS.get(`id:${id}`)).toBe(account));
  await runInDurableObject(object, (_, { storage }) => {
    storage.sql.exec(`DROP INDEX keys_unrevoked; DROP INDEX behind_object;
      ALTER TABLE spread DROP COLUMN sweep_left; ALTER TABLE keys DROP COLUMN sealed_by`);
    storage.sql.exec("UPDATE schema_version SET version = 2");
    storage.sql.exec(
      "UPDATE keys SET body = json_set(body, '$.texts[0].hash', ?, '$.texts[0].entry', NULL)",
      `sha256:${"ab".repeat(32)}`,
    );
  });
  await evictDurableObject(object);
  await runInDurableObject(object, () => undefined);
  await runDurableObjectAlarm(object);
  expect((await read(workerWith({}))).entries).toMatchObject([{ id: "t1", imported_keys: 1 }]);
});

it("counts more accounts than fit a batch in the background, and those that are listed late", async () => {
  const { account } = await makeKey();
  const worker = workerWith({});
  await runInDurableObject(directory(), (_, { storage }) => {
    for (let i = 0; i < 120; i += 1) {
      storage.sql.exec(
        "INSERT INTO accounts SELECT created_at_ms + 1, ? || id, api, version, body, '' FROM accounts WHERE id = ?",
        `${i}-`,
        account,
      );
    }
    storage.sql.exec("UPDATE accounts SET version = -1 WHERE id = ?", account);
    storage.sql.exec("CREATE TABLE late AS SELECT * FROM accounts WHERE id = ?", account);
    storage.sql.exec("DELETE FROM accounts WHERE id = ?", account);
  });
  expect(await read(worker)).toMatchObject({ as_of: null, counting: true });
  await runInDurableObject(directory(), (_, { storage }) => {
    storage.sql.exec("INSERT INTO accounts SELECT * FROM late");
    storage.sql.exec("DROP TABLE late");
  });
  await vi.waitFor(async () => {
    await runDurableObjectAlarm(directory());
    expect(await read(worker)).toMatchObject({ counting: false, entries: [{ key_texts: 1 }] });
  });
});

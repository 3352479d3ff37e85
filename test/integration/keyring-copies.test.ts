/** What else than texts an entry has sealed: copies of imported keys, secrets of webhooks. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it, vi } from "vitest";
import { hashImported } from "../../src/core/imported.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import { parseMasterKeys } from "../../src/core/master-keys.ts";
import { makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import { ask, BOTH, deploy, finish, NEW, read, startEachAnew } from "../support/master-keys.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

const { logged } = startEachAnew();

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

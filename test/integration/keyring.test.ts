/** The keyring is changed: what still needs each entry, and an entry that is taken out. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { expect, it, vi } from "vitest";
import { makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import {
  BOTH,
  deploy,
  directory,
  makeRecoverableKey,
  NEW,
  NOTHING,
  read,
  startEachAnew,
} from "../support/master-keys.ts";
import { makeToken } from "../support/members.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const { logged } = startEachAnew();

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

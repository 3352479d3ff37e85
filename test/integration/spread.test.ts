import { runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { isBehind } from "../../src/adapters/outbox-tables.ts";
import { cutOff, inAccount, runAlarms } from "../support/faults.ts";
import { echo, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { insertKeys } from "../support/many-keys.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("a suspension that one key's object did not confirm is 202, pending, and retried", async () => {
  const account = await makeAccount();
  const near = await makeKey({}, account);
  const far = await makeKey({}, account);
  await cutOff(account, [far.id]);

  const suspended = await manage("POST", `/accounts/${account}/suspend`);
  expect(suspended.status).toBe(202);
  expect(suspended.headers.get("location")).toBe(`/manage/v1/accounts/${account}`);
  expect(suspended.body.data?.["pending"]).toBe(1);
  expect((await echo(near.key)).status).toBe(403);

  vi.restoreAllMocks();
  await runDurableObjectAlarm(env.ACCOUNT.getByName(account));
  expect((await echo(far.key)).status).toBe(403);
  const read = await manage("GET", `/accounts/${account}`);
  expect(read.body.data?.["pending"]).toBeUndefined();
});

it("a revocation that cannot be brought to the key's object is 503 and pending, then done", async () => {
  const { id, key, account } = await makeKey();
  await vi.waitFor(async () => expect(await env.KEYS.get(`id:${id}`)).toBe(account));
  await cutOff(account, [id]);
  const revoked = await manage("DELETE", `/api-keys/${id}`);
  expect(revoked.status).toBe(503);
  expect(revoked.body).toMatchObject({ success: false, pending: true });
  expect(revoked.headers.get("retry-after")).toBe("1");

  vi.restoreAllMocks();
  expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(200);
  expect((await echo(key)).status).toBe(401);
});

it("a suspension of 120 keys is brought to the object of each", async () => {
  const account = await makeAccount();
  const ids = await insertKeys(account, 120);
  await manage("POST", `/accounts/${account}/suspend`);
  // A busy machine may not open all of them in time: the alarm does.
  await vi.waitFor(async () => {
    await runAlarms(account);
    const read = await manage("GET", `/accounts/${account}`);
    expect(read.body.data).not.toHaveProperty("pending");
  });
  const found = await Promise.all(ids.map((id) => env.KEY_STATE.getByName(id).describe()));
  expect(found.map((described) => described?.record.suspended)).toEqual(ids.map(() => true));
});

it("an alarm that runs again changes nothing", async () => {
  const { id, key, account } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  const object = env.ACCOUNT.getByName(account);
  await runDurableObjectAlarm(object);
  await runDurableObjectAlarm(object);
  expect((await echo(key)).status).toBe(401);
});

it("two suspensions and a reactivation at once end in the state of the last version", async () => {
  const account = await makeAccount();
  const { key } = await makeKey({}, account);
  await Promise.all([
    manage("POST", `/accounts/${account}/suspend`),
    manage("POST", `/accounts/${account}/reactivate`),
    manage("POST", `/accounts/${account}/suspend`),
  ]);
  const { body } = await manage("GET", `/accounts/${account}`);
  const expected = body.data?.["status"] === "suspended" ? 403 : 200;
  expect((await echo(key)).status).toBe(expected);
});

it("a rotation that is not in force yet still tells its text, which works once it is", async () => {
  const { id, key, account } = await makeKey();
  await vi.waitFor(async () => expect(await env.KEYS.get(`id:${id}`)).toBe(account));
  await cutOff(account, [id]);
  const rotated = await manage("POST", `/api-keys/${id}/rotate`, {});
  expect(rotated.status).toBe(202);
  expect(rotated.body.data?.["pending"]).toBe(1);
  vi.restoreAllMocks();
  await runDurableObjectAlarm(env.ACCOUNT.getByName(account));
  expect((await echo(rotated.body.data?.key ?? "")).status).toBe(200);
  expect((await echo(key)).status).toBe(200);
});

it("what is left of a large change follows at once, not after ever longer waits", async () => {
  const account = await makeAccount({ limits: { minute: 5 } });
  await insertKeys(account, 120);
  await manage("PATCH", `/accounts/${account}`, { limits: { minute: 9 } });
  const object = env.ACCOUNT.getByName(account);
  await runDurableObjectAlarm(object);
  const due = await inAccount(account, (storage) =>
    isBehind(storage) ? storage.getAlarm() : Date.now(),
  );
  expect(due).toBeLessThanOrEqual(Date.now() + 100);
});

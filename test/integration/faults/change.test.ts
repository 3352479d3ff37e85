/** F24, F25, F28 to F31: revoking, suspending and rotating while something of what it takes fails. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import {
  cutOff,
  failKvWrites,
  inAccount,
  outboxOf,
  pretendObjects,
  runAlarms,
  storedInKv,
} from "../../support/faults.ts";
import { keyStateOf, makeAccount, makeKey, manage } from "../../support/gateway.ts";
import { insertKeys } from "../../support/many-keys.ts";

/** For what tells a thousand objects, on a machine that has other things to do. */
const SLOW = { timeout: 30_000 };

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Makes a key and waits until KV has it. */
async function makeKeyEverywhere(account?: string): ReturnType<typeof makeKey> {
  const made = await makeKey({}, account);
  await vi.waitFor(async () => expect(await outboxOf(made.account)).toEqual([]));
  return made;
}

async function installSlowly(): Promise<string> {
  await scheduler.wait(1500);
  return "installed";
}

/** Makes the next KV write wait until it is released; `begun` tells that it is under way. */
function holdNextPut(): { readonly begun: Promise<void>; readonly release: () => void } {
  const kv = Object.getPrototypeOf(env.KEYS) as { put: (...args: unknown[]) => Promise<void> };
  const { put } = kv;
  const held = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  vi.spyOn(kv, "put").mockImplementationOnce(async function (this: unknown, ...args) {
    begun.resolve();
    await held.promise;
    await put.apply(this, args);
  });
  return { begun: begun.promise, release: () => held.resolve() };
}

it("F28 a key is revoked while KV refuses writes: 200, dead at once, and KV follows by the alarm", async () => {
  const { id, key, account } = await makeKeyEverywhere();
  failKvWrites();
  const revoked = await manage("DELETE", `/api-keys/${id}`);
  expect(revoked.status).toBe(200);
  expect(revoked.body).toEqual({ success: true, message: "API key revoked successfully" });
  const edge = openEdge();
  const refused = await edge.ask(key);
  expect([refused.status, await codeOf(refused)]).toEqual([401, "API_KEY_REVOKED"]);
  expect(edge.forwarded).toBe(0);
  await runAlarms(account);
  expect(await outboxOf(account)).toEqual([[id, "kv"]]);
  expect(await storedInKv(id)).toEqual([expect.stringContaining('"revokedAtMs":null')]);

  vi.restoreAllMocks();
  await runAlarms(account);
  expect(await outboxOf(account)).toEqual([]);
  expect(await storedInKv(id)).toEqual([expect.not.stringContaining('"revokedAtMs":null')]);
});

it("F29 a revocation that cannot reach the key's object is 503 and pending until the alarm has done it", async () => {
  const { id, key, account } = await makeKeyEverywhere();
  await cutOff(account, [id]);
  const revoked = await manage("DELETE", `/api-keys/${id}`);
  expect(revoked.status).toBe(503);
  expect(revoked.headers.get("retry-after")).toBe("1");
  expect(revoked.body).toEqual({
    success: false,
    error: {
      code: "unavailable",
      message: "The change is stored but not in force yet. It is retried until it is.",
    },
    pending: true,
  });
  expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(503);
  await runAlarms(account);
  expect(await outboxOf(account)).toEqual([[id, "object"]]);
  const shown = await manage("GET", `/accounts/${account}/api-keys`);
  expect(shown.body.data).toMatchObject([{ id, status: "revoked" }]);

  vi.restoreAllMocks();
  await runAlarms(account);
  const edge = openEdge();
  expect(await codeOf(await edge.ask(key))).toBe("API_KEY_REVOKED");
  expect(edge.forwarded).toBe(0);
  expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(200);
  expect(await outboxOf(account)).toEqual([]);
  expect(await storedInKv(id)).toEqual([expect.not.stringContaining('"revokedAtMs":null')]);
});

it("F29 the alarm of a revocation that failed comes in seconds, whatever else has failed for long", async () => {
  const account = await makeAccount();
  const dead = await makeKeyEverywhere(account);
  const next = await makeKeyEverywhere(account);
  await cutOff(account, [dead.id, next.id]);
  await manage("DELETE", `/api-keys/${dead.id}`);
  for (let runs = 0; runs < 6; runs += 1) {
    await runDurableObjectAlarm(env.ACCOUNT.getByName(account));
  }
  const dueLate = await inAccount(account, (storage) => storage.getAlarm());
  expect(dueLate).toBeGreaterThan(Date.now() + 60_000);
  await manage("DELETE", `/api-keys/${next.id}`);
  const due = await inAccount(account, (storage) => storage.getAlarm());
  expect(due).toBeLessThanOrEqual(Date.now() + 5000);
});

it("F29 one key whose object is silent holds up no change of another", async () => {
  const account = await makeAccount();
  const silent = await makeKeyEverywhere(account);
  const other = await makeKeyEverywhere(account);
  await inAccount(account, (_, { KEY_STATE }) => {
    const real = KEY_STATE.getByName.bind(KEY_STATE);
    vi.spyOn(KEY_STATE, "getByName").mockImplementation((name: string) =>
      name === silent.id ? ({ install: installSlowly } as never) : real(name),
    );
  });
  expect((await manage("DELETE", `/api-keys/${silent.id}`)).status).toBe(503);
  const startedAtMs = Date.now();
  expect((await manage("DELETE", `/api-keys/${other.id}`)).status).toBe(200);
  expect(Date.now() - startedAtMs).toBeLessThan(900);
});

it("F24 a KV write that was under way when the key was revoked does not delay or undo it", async () => {
  const { id, key, account } = await makeKeyEverywhere();
  const { begun, release } = holdNextPut();
  await manage("PATCH", `/api-keys/${id}`, { name: "written late" });
  await begun;

  expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(200);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
  release();
  await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
  expect(await storedInKv(id)).toEqual([expect.not.stringContaining('"revokedAtMs":null')]);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
});

it("F24 a KV write that was under way when the account was suspended is followed by a newer one", async () => {
  const { id, account } = await makeKeyEverywhere();
  const { begun, release } = holdNextPut();
  await manage("PATCH", `/api-keys/${id}`, { name: "written late" });
  await begun;
  expect((await manage("POST", `/accounts/${account}/suspend`, {})).status).toBe(200);
  release();
  await vi.waitFor(async () => {
    await runAlarms(account);
    expect(await outboxOf(account)).toEqual([]);
  });
  expect(await storedInKv(id)).toEqual([expect.stringContaining('"suspended":true')]);
});

it("F25 a revoked key that KV has lost is written back as revoked, never as live", async () => {
  const { id, key, account } = await makeKeyEverywhere();
  await manage("DELETE", `/api-keys/${id}`);
  await vi.waitFor(async () => expect(await outboxOf(account)).toEqual([]));
  const { keys } = await env.KEYS.list({ prefix: "k1:" });
  await Promise.all(keys.map(({ name }) => env.KEYS.delete(name)));
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
  await vi.waitFor(async () => expect(await storedInKv(id)).toHaveLength(1));
  expect(await storedInKv(id)).toEqual([expect.not.stringContaining('"revokedAtMs":null')]);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
});

it(
  "F30 of 1,000 keys one that cannot be reached is pending, the others are suspended at once",
  SLOW,
  async () => {
    const account = await makeAccount();
    const oldest = await makeKey({}, account);
    await insertKeys(account, 498);
    const lost = await makeKey({}, account);
    await insertKeys(account, 499);
    const newest = await makeKey({}, account);
    const near = [oldest, newest];
    await pretendObjects(account, [oldest.id, newest.id], [lost.id]);

    const suspended = await manage("POST", `/accounts/${account}/suspend`, {});
    expect(suspended.status).toBe(202);
    expect(suspended.headers.get("location")).toBe(`/manage/v1/accounts/${account}`);
    expect(suspended.body.data?.["pending"]).toBe(600);
    await vi.waitFor(async () => {
      await runAlarms(account);
      const read = await manage("GET", `/accounts/${account}`);
      expect(read.body.data?.["pending"]).toBe(1);
    });
    const edge = openEdge();
    for (const { key } of near) expect(await codeOf(await edge.ask(key))).toBe("SUSPENDED_ACCOUNT");
    expect(edge.forwarded).toBe(0);

    vi.restoreAllMocks();
    await vi.waitFor(async () => {
      await runAlarms(account);
      const after = await manage("GET", `/accounts/${account}`);
      expect(after.body.data).not.toHaveProperty("pending");
    });
    expect(await codeOf(await edge.ask(lost.key))).toBe("SUSPENDED_ACCOUNT");
    expect(edge.forwarded).toBe(0);
    expect((await manage("POST", `/accounts/${account}/suspend`, {})).status).toBe(200);
  },
);

it("F30 a key that is made while its account is being suspended is suspended too", async () => {
  const account = await makeAccount();
  await makeKey({}, account);
  const [made] = await Promise.all([
    manage("POST", `/accounts/${account}/api-keys`, { name: "K" }),
    manage("POST", `/accounts/${account}/suspend`, {}),
  ]);
  expect(made.status).toBe(201);
  expect(await codeOf(await openEdge().ask(made.body.data?.key ?? ""))).toBe("SUSPENDED_ACCOUNT");
});

it("F31 a rotation that its object has not confirmed leaves the old text in force, then both in turn", async () => {
  const { id, key, account } = await makeKeyEverywhere();
  await cutOff(account, [id]);
  const rotated = await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 0 });
  expect(rotated.status).toBe(202);
  expect(rotated.headers.get("location")).toBe(`/manage/v1/api-keys/${id}`);
  expect(rotated.body.data?.["pending"]).toBe(1);
  const text = rotated.body.data?.key ?? "";
  const edge = openEdge();
  expect((await edge.ask(key)).status).toBe(200);
  expect((await edge.ask(text)).status).toBe(401);
  expect(edge.forwarded).toBe(1);

  vi.restoreAllMocks();
  await evictDurableObject(env.ACCOUNT.getByName(account));
  await runAlarms(account);
  expect((await edge.ask(text)).status).toBe(200);
  expect(await codeOf(await edge.ask(key))).toBe("API_KEY_REVOKED");
  expect(await storedInKv(id)).toHaveLength(2);
});

it("F31 the end of the grace is kept when the key's object starts anew", async () => {
  const { id, key } = await makeKey();
  const edge = openEdge();
  await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 1 });
  await evictDurableObject(keyStateOf(id));
  expect((await edge.ask(key)).status).toBe(200);
  await scheduler.wait(1050);
  expect(await codeOf(await edge.ask(key))).toBe("API_KEY_REVOKED");
  expect(edge.forwarded).toBe(1);
});

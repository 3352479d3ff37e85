/** What keys' objects tell their account, and what its alert rules find, through real objects. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { addEvents } from "../../src/adapters/alert-outbox.ts";
import {
  echoFrom,
  eventsOf,
  knownUseOf,
  takeClock,
  tellAccount,
  wakeAccount,
  type Clock,
} from "../support/alerts.ts";
import { inAccount } from "../support/faults.ts";
import { keyStateOf, makeAccount, makeKey, manage } from "../support/gateway.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const HOME = "203.0.113.7";
const ELSEWHERE = "198.51.100.9";

let clock: Clock;

beforeEach(() => {
  clock = takeClock();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A key whose account has known its address for more than a day. */
async function makeKnownKey(members: object = {}): ReturnType<typeof makeKey> {
  const made = await makeKey(members);
  await echoFrom(made.key, HOME);
  await tellAccount(clock, made.id);
  clock.pass(DAY_MS);
  return made;
}

/** Counts the calls by which a key's object tells its account; they can be made to fail. */
async function watchTelling(id: string): Promise<{ calls: number; fails: boolean }> {
  const watched = { calls: 0, fails: false };
  await runInDurableObject(keyStateOf(id), (instance) => {
    const { ACCOUNT } = (instance as unknown as { env: Cloudflare.Env }).env;
    const real = ACCOUNT.getByName.bind(ACCOUNT);
    vi.spyOn(ACCOUNT, "getByName").mockImplementation((name: string) => {
      watched.calls += 1;
      if (watched.fails) throw new Error("gone");
      return real(name);
    });
  });
  return watched;
}

/** Counts the rows that an object writes from here on. */
function watchWrites(stub: DurableObjectStub, table: string): Promise<() => number> {
  return runInDurableObject(stub, (_, { storage }) => {
    let writes = 0;
    const exec = storage.sql.exec.bind(storage.sql);
    vi.spyOn(storage.sql, "exec").mockImplementation((query, ...bindings) => {
      if (query.includes(`INTO ${table} `)) writes += 1;
      return exec(query, ...bindings);
    });
    return () => writes;
  });
}

describe("a key's object", () => {
  it("tells its account what it has seen, not before five minutes have passed", async () => {
    const { id, key, account } = await makeKey();
    await echoFrom(key, HOME);
    await echoFrom(key, ELSEWHERE);
    clock.pass(8000);
    await runDurableObjectAlarm(keyStateOf(id));
    expect((await knownUseOf(account)).requests).toEqual({});
    await tellAccount(clock, id);
    const { requests, ips } = await knownUseOf(account);
    expect(Object.values(requests)).toEqual([2]);
    expect(Object.keys(ips.days)).toEqual([HOME, ELSEWHERE]);
  });

  it("tells it while it is busy without a pause", async () => {
    const { id, key, account } = await makeKey({ limits: { hour: 100_000 } });
    for (let seconds = 0; seconds < 330; seconds += 5) {
      await echoFrom(key, HOME);
      clock.pass(5000);
      await runDurableObjectAlarm(keyStateOf(id));
    }
    const told = Object.values((await knownUseOf(account)).requests)[0] ?? 0;
    expect(told).toBeGreaterThan(50);
    expect(told).toBeLessThan(66);
  });

  it("tells what is ordinary within a day where no use follows, so that its key is not unused", async () => {
    const { id, key, account } = await makeKnownKey();
    const stub = keyStateOf(id);
    await echoFrom(key, HOME);
    clock.pass(8000);
    await runDurableObjectAlarm(stub);
    clock.pass(24 * HOUR_MS);
    await runDurableObjectAlarm(stub);
    await wakeAccount(clock, account, MINUTE_MS);
    expect(Object.values((await knownUseOf(account)).requests)).toEqual([1, 1]);
  });

  it("does not wake soon for what is ordinary: that comes with a use, an hour later", async () => {
    const { id, key, account } = await makeKnownKey();
    const stub = keyStateOf(id);
    await echoFrom(key, HOME);
    clock.pass(8000);
    await runDurableObjectAlarm(stub);
    const alarmAtMs = await runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
    expect(alarmAtMs).toBeGreaterThan(Date.now() + 23 * HOUR_MS);
    clock.pass(HOUR_MS);
    await echoFrom(key, HOME);
    clock.pass(8000);
    await runDurableObjectAlarm(stub);
    await wakeAccount(clock, account, MINUTE_MS);
    expect(Object.values((await knownUseOf(account)).requests)).toEqual([1, 1, 1]);
  });

  it("keeps what it has to tell through an eviction, and tells it once", async () => {
    const { id, key, account } = await makeKey();
    await echoFrom(key, HOME);
    await evictDurableObject(keyStateOf(id));
    await echoFrom(key, HOME);
    await tellAccount(clock, id);
    await evictDurableObject(keyStateOf(id));
    await echoFrom(key, ELSEWHERE);
    await tellAccount(clock, id);
    await wakeAccount(clock, account, MINUTE_MS);
    expect(Object.values((await knownUseOf(account)).requests)).toEqual([3]);
  });

  it("tells later what it could not tell, and serves all the same", async () => {
    const { id, key, account } = await makeKey();
    const telling = await watchTelling(id);
    telling.fails = true;
    expect(await echoFrom(key, HOME)).toBe(200);
    await tellAccount(clock, id);
    expect(telling.calls).toBe(1);
    expect(await echoFrom(key, HOME)).toBe(200);
    telling.fails = false;
    clock.pass(MINUTE_MS);
    await runDurableObjectAlarm(keyStateOf(id));
    expect(telling.calls).toBe(1);
    await tellAccount(clock, id);
    expect(Object.values((await knownUseOf(account)).requests)).toEqual([2]);
  });

  it("asks its account nothing when it decides", async () => {
    const { id, key } = await makeKnownKey();
    const telling = await watchTelling(id);
    for (let sent = 0; sent < 20; sent += 1) await echoFrom(key, ELSEWHERE);
    expect(telling.calls).toBe(0);
  });

  it("writes no row more for it where it writes anyway", async () => {
    const { id, key } = await makeKey();
    const writes = await watchWrites(keyStateOf(id), "use");
    await echoFrom(key, HOME);
    await echoFrom(key, ELSEWHERE);
    expect(writes()).toBe(2);
  });
});

describe("an account", () => {
  it("finds an address that it does not know, once", async () => {
    const { id, key, account } = await makeKnownKey();
    for (const ip of [ELSEWHERE, HOME, ELSEWHERE]) {
      await echoFrom(key, ip);
      await tellAccount(clock, id);
    }
    expect(await eventsOf(account)).toEqual([`new_ip ${id} started`]);
  });

  it("tells by its own alarm that a finding is over", async () => {
    const { id, key, account } = await makeKnownKey({ limits: { hour: 10 } });
    for (let sent = 0; sent < 10; sent += 1) await echoFrom(key, HOME);
    await tellAccount(clock, id);
    expect(await eventsOf(account)).toEqual([`near_limit ${id} started`]);
    const due = await inAccount(account, (storage) => storage.getAlarm());
    expect(due).toBeLessThanOrEqual(clock.now() + HOUR_MS);
    await wakeAccount(clock, account, HOUR_MS - 1);
    expect(await eventsOf(account)).toHaveLength(1);
    await wakeAccount(clock, account, 1);
    expect(await eventsOf(account)).toEqual([`near_limit ${id} started`, `near_limit ${id} ended`]);
  });

  it("finds that an old text is used late in its grace", async () => {
    const { id, key, account } = await makeKnownKey();
    await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 3600 });
    await echoFrom(key, HOME);
    await tellAccount(clock, id);
    expect(await eventsOf(account)).toEqual([]);
    clock.pass(45 * MINUTE_MS);
    await echoFrom(key, HOME);
    await tellAccount(clock, id);
    expect(await eventsOf(account)).toEqual([`old_text_used ${id} started`]);
    await wakeAccount(clock, account, 10 * MINUTE_MS);
    expect(await eventsOf(account)).toEqual([
      `old_text_used ${id} started`,
      `old_text_used ${id} ended`,
    ]);
  });

  it("writes what it is told once a minute at most, and loses none of it when it is evicted then", async () => {
    const { account } = await makeKey();
    const stub = env.ACCOUNT.getByName(account);
    const keys = [];
    for (let made = 0; made < 4; made += 1) keys.push(await makeKey({}, account));
    for (const { key } of keys) await echoFrom(key, HOME);
    const writes = await watchWrites(stub, "alert_state");
    clock.pass(5 * MINUTE_MS);
    for (const { id } of keys) await runDurableObjectAlarm(keyStateOf(id));
    expect(writes()).toBe(1);
    await wakeAccount(clock, account, MINUTE_MS);
    expect(writes()).toBe(2);
    await evictDurableObject(stub);
    expect(Object.values((await knownUseOf(account)).requests)).toEqual([4]);
  });

  it("goes over its keys once a day for their ages, however many there are", async () => {
    const { id, account } = await makeKey();
    await inAccount(account, ({ sql }) => {
      const { body } = sql.exec<{ body: string }>("SELECT body FROM keys").one();
      for (let copy = 0; copy < 1100; copy += 1) {
        const rotatedAtMs = copy === 1050 ? undefined : clock.now() + 89 * DAY_MS;
        const key = { ...(JSON.parse(body) as object), id: `copy_${copy}`, rotatedAtMs };
        const insert = "INSERT INTO keys (id, state, revoked, body) VALUES (?, 'live', 0, ?)";
        sql.exec(insert, key.id, JSON.stringify(key));
        sql.exec("INSERT INTO key_activity VALUES (?, ?)", key.id, clock.now() + 89 * DAY_MS);
      }
    });
    await wakeAccount(clock, account, 89 * DAY_MS);
    for (let alarms = 0; alarms < 3; alarms += 1) await wakeAccount(clock, account, 0);
    expect(await eventsOf(account)).toEqual([]);
    await wakeAccount(clock, account, DAY_MS);
    for (let alarms = 0; alarms < 3; alarms += 1) await wakeAccount(clock, account, 0);
    expect(await eventsOf(account)).toEqual([
      `unused_key ${id} started`,
      `rotation_due ${id} started`,
      "rotation_due copy_1050 started",
    ]);
    await wakeAccount(clock, account, DAY_MS);
    expect(await eventsOf(account)).toHaveLength(3);
  });

  it("ends what was found of a key that was used or rotated since, or revoked", async () => {
    const account = await makeAccount();
    const used = await makeKey({}, account);
    const rotated = await makeKey({}, account);
    await wakeAccount(clock, account, 90 * DAY_MS);
    expect(await eventsOf(account)).toHaveLength(4);
    await echoFrom(used.key, HOME);
    await tellAccount(clock, used.id);
    await manage("POST", `/api-keys/${rotated.id}/rotate`, {});
    await wakeAccount(clock, account, DAY_MS);
    await manage("DELETE", `/api-keys/${rotated.id}`);
    await wakeAccount(clock, account, DAY_MS);
    expect((await eventsOf(account)).slice(4)).toEqual([
      `unused_key ${used.id} ended`,
      `rotation_due ${rotated.id} ended`,
      `unused_key ${rotated.id} ended`,
    ]);
  });

  it("takes a key that is only refused for unused", async () => {
    const { id, key, account } = await makeKey({ restrictions: { ips: [HOME] } });
    await wakeAccount(clock, account, 90 * DAY_MS);
    expect(await eventsOf(account)).toContain(`unused_key ${id} started`);
    for (let request = 0; request < 12; request += 1) await echoFrom(key, ELSEWHERE);
    await tellAccount(clock, id);
    await wakeAccount(clock, account, DAY_MS);
    expect(await eventsOf(account)).not.toContain(`unused_key ${id} ended`);
  });

  it("writes once a day that a key is used", async () => {
    const { id, key, account } = await makeKnownKey();
    const stub = env.ACCOUNT.getByName(account);
    let marks = 0;
    const written = (): Promise<number> =>
      inAccount(account, ({ sql }) =>
        Number(
          sql.exec("SELECT active_at_ms FROM key_activity WHERE key_id = ?", id).one()[
            "active_at_ms"
          ],
        ),
      );
    let before = await written();
    for (let hours = 0; hours < 48; hours += 6) {
      clock.pass(6 * HOUR_MS);
      await echoFrom(key, HOME);
      await tellAccount(clock, id);
      const now = await written();
      if (now !== before) marks += 1;
      before = now;
    }
    expect(marks).toBeLessThanOrEqual(3);
    await evictDurableObject(stub);
    expect(await written()).toBe(before);
  });

  it("of older code begins to know when it is woken", async () => {
    const { account, id, key } = await makeKey();
    await inAccount(account, ({ sql }) => {
      for (const table of ["alert_settings", "alert_state", "alert_events", "key_activity"]) {
        sql.exec(`DROP TABLE ${table}`);
      }
      sql.exec("UPDATE schema_version SET version = 5");
    });
    const stub = env.ACCOUNT.getByName(account);
    await evictDurableObject(stub);
    clock.pass(400 * DAY_MS);
    await echoFrom(key, HOME);
    await tellAccount(clock, id);
    await wakeAccount(clock, account, DAY_MS);
    // The text is old, but of its use nothing could be known.
    expect(await eventsOf(account)).toEqual([`rotation_due ${id} started`]);
  });

  it("whose knowledge is damaged serves, and knows nothing", async () => {
    const { account, id, key } = await makeKey();
    const stub = env.ACCOUNT.getByName(account);
    await inAccount(account, ({ sql }) => void sql.exec("UPDATE alert_state SET body = '{'"));
    await evictDurableObject(stub);
    expect((await manage("PATCH", `/api-keys/${id}`, { name: "n" })).status).toBe(200);
    await echoFrom(key, HOME);
    await tellAccount(clock, id);
    expect(Object.values((await knownUseOf(account)).requests)).toEqual([1]);
  });

  it("keeps the newest thousand of what was found", async () => {
    const { account } = await makeKey();
    const kept = await inAccount(account, ({ sql }) => {
      const event = { atMs: 1, rule: "new_ip", key: null, phase: "started", details: {} } as const;
      for (let added = 0; added < 1100; added += 50) {
        const events = Array.from({ length: 50 }, () => event);
        addEvents(sql, events, "none");
      }
      return sql.exec("SELECT count(*) AS n, min(seq) AS first FROM alert_events").one();
    });
    expect(kept).toEqual({ n: 1000, first: 101 });
  });
});

/** One account with 10,000 keys: what its object reads and writes does not grow with them. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { startOf } from "../../src/adapters/page.ts";
import * as tables from "../../src/adapters/account-tables.ts";
import * as outbox from "../../src/adapters/outbox-tables.ts";
import { inAccount, pretendObjects } from "../support/faults.ts";
import { makeAccount, makeKey, manage } from "../support/gateway.ts";
import { codeOf, openEdge } from "../support/edge.ts";
import { insertKeys } from "../support/many-keys.ts";

const MANY = 10_000;

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** How many rows of storage a task reads. */
function countRowsRead(storage: DurableObjectStorage, task: () => void): number {
  const exec = vi.spyOn(storage.sql, "exec");
  task();
  const cursors = exec.mock.results.map(({ value }) => value as SqlStorageCursor<never>);
  exec.mockRestore();
  return cursors.reduce((rows, cursor) => rows + cursor.rowsRead, 0);
}

test.each([
  ["none is revoked", () => false],
  ["99 of 100 are revoked", (index: number) => index % 100 !== 0],
  ["all but the first 200 are revoked", (index: number) => index >= 200],
])("a page of 10,000 keys is read in as many rows wherever it begins: %s", async (_, isRevoked) => {
  const account = await makeAccount();
  await insertKeys(account, MANY, isRevoked);
  await inAccount(account, (storage) => {
    for (const cursor of [null, "9000", "5000", "150"]) {
      for (const active of [true, false]) {
        const read = countRowsRead(storage, () => {
          tables.listKeys(storage, startOf(cursor), 21, active);
        });
        // Of an index each row is read twice: there and in the table.
        expect([cursor, active, read <= 42]).toEqual([cursor, active, true]);
      }
    }
  });
});

it("the pages of 10,000 keys of which most are revoked have every active key once", async () => {
  const account = await makeAccount();
  const ids = await insertKeys(account, MANY, (index) => index % 250 !== 0);
  const active = ids.filter((_, index) => index % 250 === 0).toReversed();
  const seen: string[] = [];
  let query = "?status=active&limit=15";
  for (let pages = 0; pages < 3; pages += 1) {
    const { body } = await manage("GET", `/accounts/${account}/api-keys${query}`);
    const { data, next_cursor: cursor } = body as unknown as {
      data: readonly { id: string }[];
      next_cursor: string | null;
    };
    seen.push(...data.map(({ id }) => id));
    query = `?status=active&limit=15&cursor=${cursor}`;
    expect(cursor === null).toBe(pages === 2);
  }
  expect(seen).toEqual(active);
});

it(
  "a suspension of 10,000 keys is told in batches of a few hundred calls until none is pending",
  { timeout: 30_000 },
  async () => {
    const account = await makeAccount();
    const first = await makeKey({}, account);
    await insertKeys(account, MANY - 2);
    const last = await makeKey({}, account);
    const counted = await pretendObjects(account, [first.id, last.id]);
    const suspended = await manage("POST", `/accounts/${account}/suspend`, {});
    expect(suspended.status).toBe(202);
    expect(suspended.headers.get("location")).toBe(`/manage/v1/accounts/${account}`);
    expect(suspended.body.data?.["pending"]).toBe(MANY - 400);
    expect(counted.installs).toBeLessThanOrEqual(400);
    const edge = openEdge();
    expect(await codeOf(await edge.ask(last.key))).toBe("SUSPENDED_ACCOUNT");

    for (let left = MANY - 400; left > 0; left -= 400) {
      counted.installs = 0;
      counted.puts = 0;
      await runInDurableObject(env.ACCOUNT.getByName(account), async (object, { storage }) => {
        await (object as unknown as { alarm(): Promise<void> }).alarm();
        // It would come by itself at once, in the middle of what is counted here.
        await storage.deleteAlarm();
      });
      expect(counted.installs).toBeLessThanOrEqual(400);
      expect(counted.installs + counted.puts).toBeLessThanOrEqual(600);
      const { body } = await manage("GET", `/accounts/${account}`);
      expect(body.data?.["pending"]).toBe(left > 400 ? left - 400 : undefined);
    }
    expect(await codeOf(await edge.ask(first.key))).toBe("SUSPENDED_ACCOUNT");
    expect(edge.forwarded).toBe(0);
  },
);

it("how many of 10,000 keys are pending is known without counting them", async () => {
  const account = await makeAccount();
  await insertKeys(account, MANY);
  await inAccount(account, (storage) => {
    outbox.startSweep(storage);
    for (const { key } of tables.listKeys(storage, startOf(null), 5000, true)) {
      outbox.markBehind(storage, key.id, "kv");
    }
    outbox.saveSweep(storage, 5001, 5000);
    const read = countRowsRead(storage, () => {
      expect(outbox.countPending(storage)).toBe(5000);
    });
    expect(read).toBeLessThan(10);
  });
});

it("an account stored by older code in the middle of a suspension goes on from there", async () => {
  const account = await makeAccount();
  await insertKeys(account, 300, (index) => index >= 250);
  await inAccount(account, (storage) => {
    outbox.startSweep(storage);
    outbox.saveSweep(storage, 101, 150);
    storage.sql.exec(`DROP INDEX keys_unrevoked; DROP INDEX behind_object;
      ALTER TABLE spread DROP COLUMN sweep_left; UPDATE schema_version SET version = 3`);
  });
  await evictDurableObject(env.ACCOUNT.getByName(account));
  const { body } = await manage("GET", `/accounts/${account}`);
  expect(body.data?.["pending"]).toBe(100);
});

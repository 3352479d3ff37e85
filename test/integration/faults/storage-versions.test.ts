/** F19, F20, F21: an object finds stored what it cannot read, what older or newer code left, or half a step. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import { inAccount } from "../../support/faults.ts";
import { keyStateOf, makeKey, manage } from "../../support/gateway.ts";
import { catchLog } from "../../support/log.ts";
import { signed } from "../../support/signing-key.ts";

beforeEach(() => {
  catchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The tables of a key's object as its first version made them. */
const FIRST_VERSION = `
  DROP TABLE replay; DROP TABLE usage_minutes; DROP TABLE usage_hours; DROP TABLE usage_days;
  ALTER TABLE use DROP COLUMN usage; ALTER TABLE use DROP COLUMN digest;
  UPDATE schema_version SET version = 1;`;

/** Changes what a key's object has stored, and lets the object go. */
async function changeStored(id: string, statements: string): Promise<void> {
  await runInDurableObject(keyStateOf(id), (_, { storage: { sql } }) => void sql.exec(statements));
  await evictDurableObject(keyStateOf(id));
}

/** What stands in every table of a key's object, in SQL. */
function dump(sql: SqlStorage): unknown {
  const tables = sql
    .exec<{ name: string; sql: string }>(
      "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '\\_cf%' ESCAPE '\\' ORDER BY name",
    )
    .toArray();
  return tables.map((table) => [table, sql.exec(`SELECT * FROM "${table.name}"`).toArray()]);
}

type Exec = (query: string, ...bindings: unknown[]) => SqlStorageCursor<never>;

/**
 * Calls `before` with each statement of any object, and with its storage past this watch: also where an
 * object cannot be looked into, since it does not start. Until the mocks are restored.
 */
async function watchStatements(before: (query: string, sql: SqlStorage) => void): Promise<void> {
  await runInDurableObject(keyStateOf("nobody's"), (_, { storage }) => {
    const statements = Object.getPrototypeOf(storage.sql) as { exec: Exec };
    const { exec } = statements;
    vi.spyOn(statements, "exec").mockImplementation(function (this: SqlStorage, ...asked) {
      const past = { exec: (...others: Parameters<Exec>) => exec.apply(this, others) };
      before(asked[0], past as unknown as SqlStorage);
      return exec.apply(this, asked);
    });
  });
}

/** Runs `look` with the storage of the next object that starts, before it does anything. */
async function atNextStart(look: (sql: SqlStorage) => void): Promise<void> {
  let looked = false;
  await watchStatements((query, sql) => {
    if (looked || !query.includes("name = 'schema_version'")) return;
    looked = true;
    look(sql);
  });
}

test.each(["record", "use"])(
  "F19 an object that has lost its table %s is 503 and no other key's fault",
  async (table) => {
    const [broken, other] = [await makeKey(), await makeKey()];
    const edge = openEdge();
    for (const { key } of [broken, other]) expect((await edge.ask(key)).status).toBe(200);
    await changeStored(broken.id, `DROP TABLE ${table}`);
    for (const place of [edge, openEdge()]) {
      const refused = await place.ask(broken.key);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
      expect((await place.ask(other.key)).status).toBe(200);
    }
    expect(edge.forwarded).toBe(3);
  },
);

test.each([
  ["is no JSON", "{"],
  ["has a format to come", '{"format":9}'],
])("F19 an object whose record %s is 503", async (_, body) => {
  const { id, key } = await makeKey();
  await changeStored(id, `UPDATE record SET body = '${body}'`);
  const edge = openEdge();
  expect(await codeOf(await edge.ask(key))).toBe("UNAVAILABLE");
  expect(edge.forwarded).toBe(0);
});

it("F20 what the first version has stored is brought forward once, with its counts", async () => {
  const made = await makeKey({ limits: { minute: 3 } });
  const edge = openEdge();
  await edge.ask(made.key);
  await changeStored(made.id, FIRST_VERSION);
  const [, init] = await signed(made, { method: "POST", path: "/strategies", body: "{}" });
  expect((await edge.ask(made.key, init)).status).toBe(200);
  expect(await codeOf(await edge.ask(made.key, init))).toBe("REPLAYED_SIGNATURE");

  const steps: string[] = [];
  await watchStatements((query) => {
    if (/CREATE|ALTER|INTO schema_version/.test(query)) steps.push(query);
  });
  await evictDurableObject(keyStateOf(made.id));
  expect((await edge.ask(made.key)).status).toBe(200);
  expect(await codeOf(await edge.ask(made.key))).toBe("RATE_LIMIT_EXCEEDED");
  expect([steps, edge.forwarded]).toEqual([[], 3]);
});

it("F20 what newer code has stored is 503 and left as it is, until that code is back", async () => {
  const { id, key } = await makeKey({ limits: { minute: 2 } });
  const edge = openEdge();
  await edge.ask(key);
  const stored = await runInDurableObject(keyStateOf(id), (_, { storage: { sql } }) => {
    sql.exec("UPDATE schema_version SET version = 99");
    return dump(sql);
  });
  await evictDurableObject(keyStateOf(id));
  for (const place of [edge, openEdge()]) expect((await place.ask(key)).status).toBe(503);

  let found: unknown;
  await atNextStart((sql) => {
    found = dump(sql);
    sql.exec("UPDATE schema_version SET version = 4");
  });
  expect((await edge.ask(key)).status).toBe(200);
  expect(await codeOf(await edge.ask(key))).toBe("RATE_LIMIT_EXCEEDED");
  expect(found).toEqual(stored);
  expect(edge.forwarded).toBe(2);
});

it("F20 an account that newer code has stored is 503 and its keys go on", async () => {
  const { key, account } = await makeKey();
  await inAccount(account, ({ sql }) => void sql.exec("UPDATE schema_version SET version = 99"));
  await evictDurableObject(env.ACCOUNT.getByName(account));
  const refused = await manage("PATCH", `/accounts/${account}`, { name: "New" });
  expect([refused.status, refused.body.error?.code]).toEqual([503, "unavailable"]);
  expect((await openEdge().ask(key)).status).toBe(200);
});

it("F21 a migration that crashes half-way leaves nothing, and the next start completes it", async () => {
  const { id, key } = await makeKey({ limits: { minute: 3 } });
  const edge = openEdge();
  await edge.ask(key);
  await runInDurableObject(
    keyStateOf(id),
    (_, { storage }) => void storage.sql.exec(FIRST_VERSION),
  );
  const stored = await runInDurableObject(keyStateOf(id), (_, { storage }) => dump(storage.sql));
  await evictDurableObject(keyStateOf(id));
  let crashes = 0;
  await watchStatements((query) => {
    if (!query.includes("CREATE TABLE usage_hours")) return;
    crashes += 1;
    throw new Error("database or disk is full");
  });
  for (const place of [edge, openEdge()]) expect((await place.ask(key)).status).toBe(503);
  expect(crashes).toBe(2);
  vi.restoreAllMocks();

  let found: unknown;
  await atNextStart((sql) => (found = dump(sql)));
  expect((await edge.ask(key)).status).toBe(200);
  expect(found).toEqual(stored);
  const tables = await runInDurableObject(keyStateOf(id), (_, { storage: { sql } }) => [
    sql.exec("SELECT version FROM schema_version").one(),
    sql.exec("SELECT name FROM sqlite_master WHERE name IN ('replay', 'usage_days')").toArray(),
  ]);
  expect(tables).toEqual([{ version: 4 }, [{ name: "replay" }, { name: "usage_days" }]]);
  expect((await edge.ask(key)).headers.get("x-ratelimit-remaining")).toBe("0");
});

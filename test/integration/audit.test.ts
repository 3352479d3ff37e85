import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { call, makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";

interface Entry {
  readonly id: number;
  readonly action: string;
  readonly actor: string;
  readonly target: string;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
  readonly request_id: string;
  readonly hash: string;
}

async function entriesOf(account: string, query = ""): Promise<readonly Entry[]> {
  const { body } = await manage("GET", `/accounts/${account}/audit${query}`);
  return body.data as unknown as readonly Entry[];
}

it("every change has its entry, newest first, with who, what, and from what to what", async () => {
  const { id, account } = await makeKey({ name: "First" });
  const patched = await manage("PATCH", `/api-keys/${id}`, { name: "Second" });
  await manage("POST", `/api-keys/${id}/rotate`, {});
  await manage("DELETE", `/api-keys/${id}`);
  await manage("POST", `/accounts/${account}/suspend`, { reason: "unpaid" });
  await manage("POST", `/accounts/${account}/reactivate`);
  const entries = await entriesOf(account);
  expect(entries.map(({ action }) => action)).toEqual([
    "account.reactivate",
    "account.suspend",
    "key.revoke",
    "key.rotate",
    "key.patch",
    "key.create",
    "account.create",
  ]);
  expect(entries[4]).toMatchObject({
    actor: "operator",
    target: id,
    before: { name: "First" },
    after: { name: "Second" },
    request_id: patched.headers.get("x-request-id"),
  });
});

it("what changes nothing has no entry", async () => {
  const { id, account } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  await manage("DELETE", `/api-keys/${id}`);
  await manage("PATCH", `/api-keys/${id}`, { name: "x" });
  expect((await entriesOf(account)).map(({ action }) => action)).toEqual([
    "key.revoke",
    "key.create",
    "account.create",
  ]);
});

it("no entry holds a key's text or hash", async () => {
  const { id, key, account } = await makeKey();
  const rotated = await manage("POST", `/api-keys/${id}/rotate`, {});
  const text = JSON.stringify(await entriesOf(account));
  expect(text).not.toContain(key);
  expect(text).not.toContain(rotated.body.data?.key);
  expect(text).not.toContain("hash-");
  expect(text).not.toContain('"texts"');
});

it("pages follow each other without gap or repetition", async () => {
  const account = await makeAccount();
  for (const name of ["b", "c", "d"]) await manage("PATCH", `/accounts/${account}`, { name });
  const first = await manage("GET", `/accounts/${account}/audit?limit=2`);
  const { next_cursor: cursor } = first.body as unknown as { next_cursor: string };
  const second = await entriesOf(account, `?limit=2&cursor=${cursor}`);
  const ids = [...(first.body.data as unknown as Entry[]), ...second].map(({ id }) => id);
  expect(ids).toEqual([4, 3, 2, 1]);
});

it("the chain of an untouched log is intact", async () => {
  const { account } = await makeKey();
  const { body } = await manage("GET", `/accounts/${account}/audit/verify`);
  expect(body.data).toEqual({ intact: true, entries: 2, broken_at: null });
});

it.each([
  ["altered", `UPDATE audit SET body = replace(body, 'operator', 'nobody') WHERE seq = 2`, 2],
  ["taken out", "DELETE FROM audit WHERE seq = 2", 2],
])("an entry that was %s is found", async (_, query, brokenAt) => {
  const { account } = await makeKey();
  await manage("PATCH", `/accounts/${account}`, { name: "x" });
  await runInDurableObject(env.ACCOUNT.getByName(account), (_object, { storage }) => {
    storage.sql.exec(query);
  });
  const { body } = await manage("GET", `/accounts/${account}/audit/verify`);
  expect(body.data).toMatchObject({ intact: false, broken_at: brokenAt });
});

it("a change whose entry cannot be written is not made", async () => {
  const { id, account } = await makeKey();
  await runInDurableObject(env.ACCOUNT.getByName(account), (_object, { storage }) => {
    storage.sql.exec("ALTER TABLE audit RENAME TO away");
  });
  const refused = await manage("PATCH", `/api-keys/${id}`, { name: "x" });
  expect(refused.status).toBe(503);
  expect((await manage("GET", `/api-keys/${id}`)).body.data?.["name"]).toBe("K");
});

it("the export is one entry a line", async () => {
  const { account } = await makeKey();
  const response = await call(`/manage/v1/accounts/${account}/audit/export`, { headers: OPERATOR });
  expect(response.headers.get("content-type")).toBe("application/x-ndjson");
  const lines = (await response.text()).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as Entry).action)).toEqual([
    "key.create",
    "account.create",
  ]);
});

it("the log of an unknown account is 404", async () => {
  expect((await manage("GET", "/accounts/nobody/audit")).status).toBe(404);
  expect((await manage("GET", "/accounts/nobody/audit/verify")).status).toBe(404);
  expect((await manage("GET", "/accounts/nobody/audit/export")).status).toBe(404);
});

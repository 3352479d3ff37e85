/** What a member may do by a session: everything of its own account, and nothing of another's. */
import { expect, it, test } from "vitest";
import { makeAccount, makeKey, manage } from "../support/gateway.ts";
import { callAs, memberSession, operatorSession } from "../support/sessions.ts";

/** Routes with OWN and OTHER for two accounts and OWN_KEY and OTHER_KEY for a key of each. */
const ROUTES = [
  ["POST", "/accounts", { api: "deframe", name: "New" }, 403],
  ["GET", "/accounts", undefined, 403],
  ["GET", "/accounts/OWN", undefined, 200],
  ["GET", "/accounts/OTHER", undefined, 404],
  ["PATCH", "/accounts/OWN", { plan: "business" }, 403],
  ["POST", "/accounts/OWN/suspend", {}, 403],
  ["POST", "/accounts/OWN/reactivate", {}, 403],
  ["GET", "/accounts/OWN/audit", undefined, 200],
  ["GET", "/accounts/OTHER/audit", undefined, 404],
  ["GET", "/accounts/OWN/audit/verify", undefined, 200],
  ["GET", "/accounts/OTHER/audit/verify", undefined, 404],
  ["GET", "/accounts/OWN/audit/export", undefined, 200],
  ["GET", "/accounts/OTHER/audit/export", undefined, 404],
  ["GET", "/accounts/OWN/alerts", undefined, 200],
  ["GET", "/accounts/OTHER/alerts", undefined, 404],
  ["PUT", "/accounts/OWN/alerts", {}, 200],
  ["PUT", "/accounts/OTHER/alerts", {}, 404],
  ["GET", "/accounts/OWN/alerts/events", undefined, 200],
  ["GET", "/accounts/OTHER/alerts/events", undefined, 404],
  ["GET", "/accounts/OWN/api-keys", undefined, 200],
  ["GET", "/accounts/OTHER/api-keys", undefined, 404],
  ["POST", "/accounts/OWN/api-keys", { name: "Mine" }, 201],
  ["POST", "/accounts/OTHER/api-keys", { name: "Mine" }, 404],
  ["POST", "/accounts/OWN/api-keys/import", { hash: "0".repeat(64), name: "Old" }, 403],
  ["GET", "/api-keys/OWN_KEY", undefined, 200],
  ["GET", "/api-keys/OTHER_KEY", undefined, 404],
  ["PATCH", "/api-keys/OWN_KEY", { name: "Renamed" }, 200],
  ["PATCH", "/api-keys/OTHER_KEY", { name: "Renamed" }, 404],
  ["POST", "/api-keys/OTHER_KEY/rotate", {}, 404],
  ["POST", "/api-keys/OWN_KEY/rotate", {}, 200],
  ["POST", "/api-keys/OTHER_KEY/reveal", {}, 404],
  ["DELETE", "/api-keys/OTHER_KEY", undefined, 404],
  ["DELETE", "/api-keys/OWN_KEY", undefined, 200],
  ["POST", "/verify", { key: "x", api: "deframe" }, 403],
  ["GET", "/apis", undefined, 200],
] as const;

test.each(ROUTES)("a member's %s %s %j is answered %i", async (method, path, body, status) => {
  const [own, other] = [await makeKey(), await makeKey()];
  const session = await memberSession(own.account);
  const named = path
    .replace("OWN_KEY", own.id)
    .replace("OTHER_KEY", other.id)
    .replace("OWN", own.account)
    .replace("OTHER", other.account);
  const response = await callAs(session, method, `/manage/v1${named}`, body);
  expect(response.status).toBe(status);
});

it("a member can give a key no more limits than its account has", async () => {
  const account = await makeAccount({ limits: { minute: 10 } });
  const session = await memberSession(account);
  const path = `/manage/v1/accounts/${account}/api-keys`;
  const wide = await callAs(session, "POST", path, { name: "Wide", limits: { minute: 11 } });
  expect(wide.status).toBe(400);
  const narrow = await callAs(session, "POST", path, { name: "Narrow", limits: { minute: 10 } });
  expect(narrow.status).toBe(201);
});

it("a member sees its own API alone", async () => {
  const session = await memberSession(await makeAccount());
  const response = await callAs(session, "GET", "/manage/v1/apis");
  const { data } = await response.json<{ data: readonly { readonly name: string }[] }>();
  expect(data.map(({ name }) => name)).toEqual(["deframe"]);
});

it("the audit log names the member that made a key", async () => {
  const account = await makeAccount();
  const session = await memberSession(account);
  await callAs(session, "POST", `/manage/v1/accounts/${account}/api-keys`, { name: "Mine" });
  const response = await callAs(session, "GET", `/manage/v1/accounts/${account}/audit`);
  const { data } = await response.json<{ data: readonly Record<string, unknown>[] }>();
  expect(data[0]).toMatchObject({ action: "key.create", actor: `member:${account}` });
});

it("a member sees a recoverable key's text again, and the audit log says so", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { id, key } = await makeKey({}, account);
  const session = await memberSession(account);
  const response = await callAs(session, "POST", `/manage/v1/api-keys/${id}/reveal`, {});
  expect(await response.json()).toEqual({ success: true, data: { id, key } });
  const { body } = await manage("GET", `/accounts/${account}/audit`);
  const entries = body.data as unknown as readonly Record<string, unknown>[];
  expect(entries[0]).toMatchObject({ action: "key.reveal", actor: `member:${account}` });
});

it("a text that is not kept cannot be shown again", async () => {
  const { id, account } = await makeKey();
  const session = await memberSession(account);
  expect((await callAs(session, "POST", `/manage/v1/api-keys/${id}/reveal`, {})).status).toBe(404);
});

it("a revoked key's text is not shown again", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { id } = await makeKey({}, account);
  await manage("DELETE", `/api-keys/${id}`);
  const session = await memberSession(account);
  expect((await callAs(session, "POST", `/manage/v1/api-keys/${id}/reveal`, {})).status).toBe(404);
});

it("the operator is not shown a key's text again", async () => {
  const account = await makeAccount({ api: "dataframer" });
  const { id } = await makeKey({}, account);
  const session = await operatorSession();
  expect((await callAs(session, "POST", `/manage/v1/api-keys/${id}/reveal`, {})).status).toBe(403);
});

it("the operator's session reaches every account", async () => {
  const account = await makeAccount();
  const session = await operatorSession();
  const response = await callAs(session, "POST", `/manage/v1/accounts/${account}/suspend`, {});
  expect(response.status).toBe(200);
});

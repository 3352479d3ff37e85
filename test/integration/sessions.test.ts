/** Sessions of the dashboard: their cookie, their life, and from where a change by one is taken. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import worker from "../../src/index.ts";
import { call, makeAccount, manage, OPERATOR } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import {
  callAs,
  cookieOf,
  memberSession,
  operatorSession,
  readSession,
  signIn,
  type TestSession,
} from "../support/sessions.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2030, 0, 1);

afterEach(() => void vi.useRealTimers());

function setClock(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(ms);
}

async function isSignedIn(session: Pick<TestSession, "cookie">): Promise<boolean> {
  const response = await call("/manage/v1/apis", { headers: { cookie: session.cookie } });
  return response.status === 200;
}

it("exchanges the operator token for a cookie that no script, site or plain connection gets", async () => {
  const response = await signIn(OPERATOR.authorization);
  expect(response.status).toBe(201);
  expect(response.headers.get("set-cookie")).toMatch(
    /^__Host-authz_session=operator\.[\w-]{43}; Max-Age=43200; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
  );
  expect(response.headers.get("cache-control")).toBe("no-store");
  const { data } = await response.json<{ data: Record<string, unknown> }>();
  expect(data).toEqual({
    csrf_token: expect.stringMatching(/^[\w-]{43}$/),
    expires_at: expect.stringMatching(/^\d{4}-.*Z$/),
    role: "operator",
  });
});

it("exchanges a member's token for a session of its account", async () => {
  const account = await makeAccount();
  const response = await signIn(`Bearer ${await makeToken(account)}`);
  const { data } = await response.json<{ data: Record<string, unknown> }>();
  expect(data).toMatchObject({ role: "member", account });
  expect(response.headers.get("set-cookie")).toMatch(/^__Host-authz_session=member\./);
});

it("tells a session's page who is signed in, with the same CSRF token", async () => {
  const session = await operatorSession();
  const response = await call("/manage/session", { headers: { cookie: session.cookie } });
  const { data } = await response.json<{ data: Record<string, unknown> }>();
  expect(data).toMatchObject({ role: "operator", csrf_token: session.csrfToken });
});

it("tells a page without a session that nobody is signed in", async () => {
  const response = await call("/manage/session");
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ success: true, data: { role: null } });
});

test.each([
  ["no token", "", 401, "missing_credential"],
  ["a wrong operator token", "Bearer operator-token-of-nobody-0123456789", 401, "invalid_token"],
  ["a token that is no JWT of this deployment", "Bearer e30.e30.e30", 401, "invalid_token"],
  ["another scheme", "Basic b3BlcmF0b3I6dG9rZW4=", 401, "invalid_token"],
])("opens no session for %s", async (_, authorization, status, code) => {
  const response = await signIn(authorization, { "cf-connecting-ip": "192.0.2.1" });
  expect(response.status).toBe(status);
  expect(response.headers.get("set-cookie")).toBeNull();
  expect(await response.json()).toMatchObject({ error: { code } });
});

it("opens no session for a member of a suspended account", async () => {
  const account = await makeAccount();
  await manage("POST", `/accounts/${account}/suspend`, {});
  const response = await signIn(`Bearer ${await makeToken(account)}`);
  expect(response.status).toBe(403);
});

it("draws a new session at each sign-in and ends the one that came with it", async () => {
  const first = await operatorSession();
  const second = await readSession(signIn(OPERATOR.authorization, { cookie: first.cookie }));
  expect(second.cookie).not.toBe(first.cookie);
  expect(await isSignedIn(first)).toBe(false);
  expect(await isSignedIn(second)).toBe(true);
});

it("never takes over a session id that was set before the sign-in", async () => {
  const planted = `__Host-authz_session=operator.${"A".repeat(43)}`;
  const response = await signIn(OPERATOR.authorization, { cookie: planted });
  expect(cookieOf(response)).not.toBe(planted);
  expect(await isSignedIn({ cookie: planted })).toBe(false);
});

it("ends a session by signing out, and takes its cookie away", async () => {
  const session = await operatorSession();
  const response = await callAs(session, "DELETE", "/manage/session");
  expect(response.status).toBe(200);
  expect(response.headers.get("set-cookie")).toMatch(/^__Host-authz_session=; Max-Age=0; /);
  expect(await isSignedIn(session)).toBe(false);
});

it("ends a session after 30 minutes without use, and not before", async () => {
  setClock(NOW_MS);
  const session = await operatorSession();
  setClock(NOW_MS + 29 * MINUTE_MS);
  expect(await isSignedIn(session)).toBe(true);
  setClock(NOW_MS + 58 * MINUTE_MS);
  expect(await isSignedIn(session)).toBe(true);
  setClock(NOW_MS + 88 * MINUTE_MS);
  expect(await isSignedIn(session)).toBe(false);
});

it("ends a session after 12 hours, however much it is used", async () => {
  setClock(NOW_MS);
  const session = await operatorSession();
  for (let minutes = 25; minutes < 720; minutes += 25) {
    setClock(NOW_MS + minutes * MINUTE_MS);
    expect(await isSignedIn(session)).toBe(true);
  }
  setClock(NOW_MS + 720 * MINUTE_MS);
  expect(await isSignedIn(session)).toBe(false);
});

it("ends a member's sessions with the suspension of the account, for good", async () => {
  const account = await makeAccount();
  const session = await memberSession(account);
  await manage("POST", `/accounts/${account}/suspend`, {});
  expect(await isSignedIn(session)).toBe(false);
  await manage("POST", `/accounts/${account}/reactivate`, {});
  expect(await isSignedIn(session)).toBe(false);
});

it("ends the operator's sessions when their token is not configured any more", async () => {
  const session = await operatorSession();
  const request = new Request("https://api.example.com/manage/v1/apis", {
    headers: { cookie: session.cookie },
  });
  const token = "another-operator-token-0123456789-0123456789";
  const changing = { ...env, OPERATOR_TOKEN: `${token},${env.OPERATOR_TOKEN}` };
  expect((await worker.fetch(request.clone(), changing)).status).toBe(200);
  expect((await worker.fetch(request, { ...env, OPERATOR_TOKEN: token })).status).toBe(401);
});

it("keeps the secret of a session only as its hash", async () => {
  const session = await operatorSession();
  const directory = env.DIRECTORY.getByName("directory");
  const { runInDurableObject } = await import("cloudflare:test");
  const rows = await runInDurableObject(directory, (_, { storage }) =>
    storage.sql.exec("SELECT * FROM sessions").toArray(),
  );
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain(session.cookie.split(".").at(-1));
  expect(JSON.stringify(rows)).not.toContain(env.OPERATOR_TOKEN);
});

/** What a browser, or a page of another site in it, could send with the cookie. */
const FOREIGN_CHANGES = [
  ["without a CSRF token", { "x-csrf-token": null }],
  ["with a wrong CSRF token", { "x-csrf-token": "A".repeat(43) }],
  ["as a form", { "content-type": "application/x-www-form-urlencoded" }],
  ["as text/plain", { "content-type": "text/plain" }],
  ["without a content type", { "content-type": null }],
  ["from another site", { "sec-fetch-site": "cross-site" }],
  ["from another host of the site", { "sec-fetch-site": "same-site" }],
  ["from nowhere", { "sec-fetch-site": "none" }],
  ["with a foreign Origin", { origin: "https://evil.example" }],
  ["with the Origin null", { origin: "null" }],
  ["without Origin and Sec-Fetch-Site", { origin: null, "sec-fetch-site": null }],
] as const;

test.each(FOREIGN_CHANGES)(
  "a change by a session %s is refused and changes nothing",
  async (_, headers) => {
    const account = await makeAccount();
    const session = await operatorSession();
    const path = `/manage/v1/accounts/${account}`;
    const response = await callAs(session, "PATCH", path, { name: "Changed" }, headers);
    expect(response.status).toBe(403);
    const { body } = await manage("GET", `/accounts/${account}`);
    expect(body.data?.["name"]).toBe("A");
  },
);

test.each(FOREIGN_CHANGES)("a sign-out %s is refused and ends nothing", async (_, headers) => {
  const session = await operatorSession();
  const response = await callAs(session, "DELETE", "/manage/session", undefined, headers);
  expect(response.status).toBe(403);
  expect(await isSignedIn(session)).toBe(true);
});

test.each([
  ["as the dashboard's page sends it", {}],
  ["by a browser that sends no Sec-Fetch-Site", { "sec-fetch-site": null }],
  ["by a browser that sends no Origin", { origin: null }],
])("a change by a session %s is made", async (_, headers) => {
  const account = await makeAccount();
  const session = await operatorSession();
  const path = `/manage/v1/accounts/${account}`;
  const response = await callAs(session, "PATCH", path, { name: "Changed" }, headers);
  expect(response.status).toBe(200);
});

it("takes no change by GET", async () => {
  const account = await makeAccount();
  const session = await operatorSession();
  const path = `/manage/v1/accounts/${account}/suspend`;
  expect((await callAs(session, "GET", path)).status).toBe(405);
});

it("does not take one session's CSRF token for another's", async () => {
  const account = await makeAccount();
  const [session, other] = [await operatorSession(), await operatorSession()];
  const path = `/manage/v1/accounts/${account}`;
  const mixed = { cookie: session.cookie, csrfToken: other.csrfToken };
  expect((await callAs(mixed, "PATCH", path, { name: "Changed" })).status).toBe(403);
});

test.each([
  ["https://evil.example", "cross-site"],
  ["null", "cross-site"],
])("opens no session for a page of %s", async (origin, site) => {
  const headers = { origin, "sec-fetch-site": site };
  expect((await signIn(OPERATOR.authorization, headers)).status).toBe(403);
});

it("lets an address that has failed ten times wait until the minute is over", async () => {
  setClock(NOW_MS);
  const from = { "cf-connecting-ip": "203.0.113.7" };
  for (let failures = 0; failures < 10; failures += 1) {
    expect((await signIn("Bearer wrong", from)).status).toBe(401);
  }
  setClock(NOW_MS + 20_000);
  const refused = await signIn("Bearer wrong", from);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("retry-after")).toBe("40");
  const other = { "cf-connecting-ip": "203.0.113.8" };
  expect((await signIn("Bearer wrong", other)).status).toBe(401);
  setClock(NOW_MS + 60_000);
  expect((await signIn("Bearer wrong", from)).status).toBe(401);
});

it("lets whoever has the right token in, however often its address has failed", async () => {
  const from = { "cf-connecting-ip": "203.0.113.9" };
  for (let failures = 0; failures < 11; failures += 1) await signIn("Bearer wrong", from);
  expect((await signIn("Bearer wrong", from)).status).toBe(429);
  expect((await signIn(OPERATOR.authorization, from)).status).toBe(201);
});

/** A095 to A100, A104, A105, A114: what callers of management try, and what becomes of it. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { countFailedSignIn } from "../../src/adapters/failed-sign-ins-table.ts";
import { call, makeAccount, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import { makeToken } from "../support/members.ts";
import { ask, KEYS, makeExampleKey, UNKNOWN } from "../support/own-keys.ts";
import { workerWith } from "../support/worker-with.ts";

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

const WRONG = { authorization: "Bearer operator-token-of-the-tests-9876543210" };

/** The texts of a whole account as management tells them: itself, its keys, its log and the export. */
async function tellAll(account: string): Promise<string> {
  const paths = ["", "/api-keys", "/audit?limit=100", "/audit/export"];
  const texts = await Promise.all(
    paths.map(async (path) => {
      const response = await call(`/manage/v1/accounts/${account}${path}`, { headers: OPERATOR });
      return new TextDecoder().decode(await response.arrayBuffer());
    }),
  );
  return texts.join("\n");
}

test.each([
  ["GET", "", undefined],
  ["DELETE", "", undefined],
  ["PATCH", "", { name: "taken over" }],
  ["POST", "/rotate", {}],
  ["GET", "/usage", undefined],
  ["GET", "/audit", undefined],
])("A095 %s %s of another account's key is as if there were none", async (method, path, body) => {
  const other = await makeExampleKey();
  const before = await tellAll(other.account);
  const own = await makeExampleKey();
  for (const bearer of [own.key, await makeToken(own.account)]) {
    const foreign = await ask(bearer, method, `${KEYS}/${other.id}${path}`, body);
    const unknown = await ask(bearer, method, `${KEYS}/${UNKNOWN}${path}`, body);
    expect(foreign.status).toBe(404);
    expect(foreign.body).toEqual(unknown.body);
  }
  expect(await tellAll(other.account)).toBe(before);
});

test.each([
  '{"name":"n","__proto__":{"polluted":1}}',
  '{"name":"n","constructor":{"prototype":{"polluted":1}}}',
  '{"name":"n","metadata":{"__proto__":"x"},"prototype":{"polluted":1}}',
])("A096 the body %s writes nothing and changes no prototype", async (body) => {
  const account = await makeAccount();
  const before = await tellAll(account);
  const response = await call(`/manage/v1/accounts/${account}/api-keys`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body,
  });
  expect(response.status).toBe(400);
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect("polluted" in {}).toBe(false);
  expect(await tellAll(account)).toBe(before);
});

test.each(["accountId", "userId", "user_id", "owner", "role", "plan", "id", "key", "version"])(
  "A097 a new key with %s in its body is refused, and no account has one more",
  async (member) => {
    const victim = await makeExampleKey();
    const { key, account } = await makeExampleKey();
    const told = await ask(key, "POST", KEYS, { name: "n", [member]: victim.account });
    expect([told.status, told.body.error?.details?.map(({ field }) => field)]).toEqual([
      400,
      [member],
    ]);
    for (const owner of [victim.account, account]) {
      const { body } = await manage("GET", `/accounts/${owner}/api-keys`);
      expect(body.data).toHaveLength(1);
    }
  },
);

/** Sends a JSON-RPC body with a key of a standard account and answers with status and body. */
async function sendRpc(key: string, body: unknown): Promise<readonly [number, unknown]> {
  const response = await call("/v4/jsonrpc", {
    method: "POST",
    headers: { "x-subfrost-api-key": key, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return [response.status, text === "" ? null : JSON.parse(text)];
}

const CREATE = { jsonrpc: "2.0", method: "admin_createApiKey", params: { name: "n" } };
const REFUSED = { code: -32003, data: { reason: "permission_missing" } };

test.each<[string, unknown, unknown]>([
  ["alone", { ...CREATE, id: 1 }, { error: REFUSED, id: 1 }],
  ["with params as a list", { ...CREATE, params: ["n"], id: 1 }, { error: REFUSED, id: 1 }],
  ["in a batch", [{ ...CREATE, id: 1 }], [{ error: REFUSED, id: 1 }]],
  ["as a notification", CREATE, null],
  [
    "in another case",
    { ...CREATE, method: "Admin_CreateApiKey", id: 1 },
    { error: { code: -32601 }, id: 1 },
  ],
])("A098 a standard account makes no key %s", async (_, body, expected) => {
  const { key, account } = await makeKey({}, undefined, "subfrost");
  const [, told] = await sendRpc(key, body);
  if (expected === null) expect(told).toBeNull();
  else expect(told).toMatchObject(expected as object);
  const { body: listed } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(listed.data).toHaveLength(1);
});

it("A099 a key is revoked once and for all, by whoever asks again", async () => {
  const { id, key, account } = await makeExampleKey();
  const member = await makeToken(account);
  const first = await ask(member, "DELETE", `${KEYS}/${id}`);
  const again = await ask(member, "DELETE", `${KEYS}/${id}`);
  const operator = await manage("DELETE", `/api-keys/${id}`);
  expect([first.status, again.status, operator.status]).toEqual([200, 200, 200]);
  expect(again.body).toEqual(first.body);
  expect((await ask(member, "DELETE", `${KEYS}/${UNKNOWN}`)).status).toBe(404);
  expect((await manage("DELETE", `/api-keys/${UNKNOWN}`)).status).toBe(404);

  for (const change of [{ enabled: true }, { expires_at: null }, { name: "alive" }]) {
    expect((await ask(member, "PATCH", `${KEYS}/${id}`, change)).status).toBe(409);
    expect((await manage("PATCH", `/api-keys/${id}`, change)).status).toBe(409);
  }
  for (const change of [{ status: "active" }, { revoked: false }, { revoked_at: null }]) {
    expect((await manage("PATCH", `/api-keys/${id}`, change)).status).toBe(400);
  }
  await manage("POST", `/accounts/${account}/suspend`, {});
  await manage("POST", `/accounts/${account}/reactivate`);
  const told = await ask(key, "GET", KEYS);
  expect([told.status, told.body.error?.code]).toEqual([401, "revoked_key"]);
});

it("A100 what management tells of keys has no text, hash, storage name or other account", async () => {
  const { id, key, account } = await makeKey({ name: "Mine" });
  const other = await makeKey({ name: "Not mine" });
  const rotated = await manage("POST", `/api-keys/${id}/rotate`, {});
  const text = rotated.body.data?.key ?? "";
  await vi.waitFor(async () => {
    expect((await env.KEYS.list({ prefix: "k1:" })).keys.length).toBeGreaterThan(2);
  });
  const single = await call(`/manage/v1/api-keys/${id}`, { headers: OPERATOR });
  const told = `${await tellAll(account)}\n${await single.text()}`;
  expect(told).toContain(text.slice(-4));
  expect(told).toContain("prod_key_");
  const { keys } = await env.KEYS.list({ prefix: "k1:" });
  const hashes = keys.map(({ name }) => name.slice("k1:".length));
  const secrets = [key, text, key.slice(21), text.slice(21), other.id, other.account, ...hashes];
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([]);
});

test.each(["", " ", "undefined", "null", "short-token", "x".repeat(31)])(
  "A104 with the operator token %j management is shut to every token",
  async (configured) => {
    const worker = workerWith({ OPERATOR_TOKEN: configured });
    for (const token of [configured, "undefined", "null", "", "x".repeat(32)]) {
      const response = await worker("/manage/v1/accounts", {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
    }
  },
);

async function fail(): Promise<never> {
  throw new Error("gone");
}

/** Tries the management API with a token from an address. */
function tryToken(
  address: string,
  headers: Readonly<Record<string, string>> = WRONG,
): Promise<Response> {
  return call("/manage/v1/accounts", {
    headers: { ...headers, "cf-connecting-ip": address },
  });
}

it("A105 of 1,000 wrong tokens ten are told to be wrong, the others to wait; the right one is served", async () => {
  const directory = vi.spyOn(env.DIRECTORY, "getByName");
  const statuses: number[] = [];
  for (let sent = 0; sent < 1000; sent += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => tryToken("198.51.100.1")));
    statuses.push(...answers.map(({ status }) => status));
  }
  expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  expect(statuses.filter((status) => status === 429)).toHaveLength(990);
  // One call for each that is told to be wrong; another may bring what this isolate has counted before.
  expect(directory.mock.calls.length).toBeLessThanOrEqual(11);

  const throttled = await tryToken("198.51.100.1");
  const seconds = Number(throttled.headers.get("retry-after"));
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(60);
  expect(await throttled.json()).toEqual({
    success: false,
    error: {
      code: "rate_limited",
      message: "Too many attempts with a wrong credential. Please wait before trying again.",
    },
  });
  expect((await tryToken("198.51.100.1", OPERATOR)).status).toBe(200);
  expect((await tryToken("198.51.100.2")).status).toBe(401);
});

it("A105 attempts at several isolates are counted together, those of a /64 as of one address", async () => {
  const isolates = [workerWith({}), workerWith({}), workerWith({})];
  const statuses: number[] = [];
  for (let round = 0; round < 4; round += 1) {
    for (const [index, worker] of isolates.entries()) {
      const address = `2001:db8:a:b:${round}:${index}::1`;
      const headers = { ...WRONG, "cf-connecting-ip": address };
      statuses.push((await worker("/manage/v1/accounts", { headers })).status);
    }
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  expect((await tryToken("2001:db8:a:c::1")).status).toBe(401);
});

it("A105 a request without a token counts for nothing", async () => {
  for (let sent = 0; sent < 15; sent += 1) {
    expect((await tryToken("198.51.100.3", {})).status).toBe(401);
  }
  expect((await tryToken("198.51.100.3")).status).toBe(401);
});

it("A105 while the count cannot be had wrong tokens stay wrong and the right one is served", async () => {
  const worker = workerWith({});
  const real = env.DIRECTORY.getByName.bind(env.DIRECTORY);
  vi.spyOn(env.DIRECTORY, "getByName").mockImplementation(
    (name: string) =>
      new Proxy(real(name), {
        get: (stub, method) =>
          (method === "countFailedSignIn" ? fail : Reflect.get(stub, method)) as unknown,
      }),
  );
  const address = { "cf-connecting-ip": "198.51.100.4" };
  const statuses: number[] = [];
  for (let sent = 0; sent < 12; sent += 1) {
    const headers = { ...WRONG, ...address };
    statuses.push((await worker("/manage/v1/accounts", { headers })).status);
  }
  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 401), 429, 429]);
  const served = await worker("/manage/v1/accounts", { headers: { ...OPERATOR, ...address } });
  expect(served.status).toBe(200);
});

it("A105 the directory counts no more than 2,000 addresses, and forgets them after a minute", async () => {
  await runInDurableObject(env.DIRECTORY.getByName("counting"), (_, { storage }) => {
    for (let address = 0; address < 2100; address += 1) {
      countFailedSignIn(storage, String(address), 1000 + address);
    }
    const known = storage.sql.exec("SELECT count(*) AS n FROM failed_sign_ins").one();
    expect(known["n"]).toBe(1900);
    expect(countFailedSignIn(storage, "2099", 4000)).toEqual({ openedAtMs: 3099, count: 2 });
    countFailedSignIn(storage, "last", 63_100);
    const left = storage.sql.exec("SELECT address FROM failed_sign_ins").toArray();
    expect(left).toEqual([{ address: "last" }]);
  });
});

it("A114 a key that was revoked, restricted or suspended makes no key on its next request", async () => {
  const { id, key, account } = await makeExampleKey();
  expect((await ask(key, "POST", KEYS, { name: "n" })).status).toBe(201);
  await manage("PATCH", `/api-keys/${id}`, { permissions: ["api-keys:read"] });
  expect((await ask(key, "POST", KEYS, { name: "n" })).status).toBe(403);
  await manage("PATCH", `/api-keys/${id}`, { permissions: null });
  await manage("POST", `/accounts/${account}/suspend`, {});
  expect((await ask(key, "POST", KEYS, { name: "n" })).status).toBe(403);
  await manage("POST", `/accounts/${account}/reactivate`);
  await manage("DELETE", `/api-keys/${id}`);
  expect((await ask(key, "POST", KEYS, { name: "n" })).status).toBe(401);
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(body.data).toHaveLength(2);
});

it("A114 a member whose token is over or whose account is suspended makes no key", async () => {
  const account = await makeAccount({ api: "example" });
  vi.useFakeTimers({ toFake: ["Date"] });
  const worker = workerWith({});
  const create = async (token: string): Promise<readonly unknown[]> => {
    const response = await worker(KEYS, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ name: "n" }),
    });
    const { error } = await response.json<{ error?: { code: string } }>();
    return [response.status, error?.code];
  };
  const token = await makeToken(account);
  expect(await create(token)).toEqual([201, undefined]);
  await manage("POST", `/accounts/${account}/suspend`, {});
  expect(await create(token)).toEqual([403, "suspended_account"]);
  await manage("POST", `/accounts/${account}/reactivate`);
  vi.setSystemTime(Date.now() + 601_000);
  expect(await create(token)).toEqual([401, "invalid_token"]);
  vi.useRealTimers();
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(body.data).toHaveLength(1);
});

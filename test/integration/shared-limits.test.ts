/** Limits that all keys of an account share, through real objects of keys and account. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { echo, keyStateOf, makeAccount, makeKey, manage } from "../support/gateway.ts";
import { restAndEvict } from "../support/settle-counts.ts";
import { workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

interface Sharing {
  readonly account: string;
  readonly first: string;
  readonly second: string;
  readonly firstId: string;
}

async function makeSharing(shared: object, members: object = {}): Promise<Sharing> {
  const account = await makeAccount({ shared_limits: shared });
  const first = await makeKey(members, account);
  const second = await makeKey(members, account);
  return { account, first: first.key, second: second.key, firstId: first.id };
}

/** How many of `times` requests at once are admitted, through an isolate that remembers nothing. */
async function admittedOf(keys: readonly string[], times: number): Promise<number> {
  const send = workerWith({});
  const answers = await Promise.all(
    Array.from({ length: times }, (_, index) =>
      send("/echo", { headers: { "x-api-key": keys[index % keys.length] ?? "" } }),
    ),
  );
  return answers.filter(({ status }) => status === 200).length;
}

it("a key's requests take from what the others of its account have left, and are told so", async () => {
  const { first, second } = await makeSharing({ minute: 3 });
  await echo(first);
  const response = await echo(second);
  expect(response.headers.get("ratelimit-policy")).toBe(
    '"minute";q=100;w=60, "hour";q=1000;w=3600, "shared-minute";q=3;w=60',
  );
  expect(response.headers.get("ratelimit")).toContain('"shared-minute";r=1;t=60');
  expect(response.headers.get("x-ratelimit-limit")).toBe("3");
  await echo(first);
  const refused = await echo(second);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(50);
});

it("100 concurrent requests of two keys admit exactly what the account shares", async () => {
  const { first, second } = await makeSharing({ hour: 30 });
  expect(await admittedOf([first, second], 100)).toBe(30);
});

it("a refusal of the account takes nothing from the key, and the other way round", async () => {
  const { account, first, second, firstId } = await makeSharing(
    { hour: 4 },
    { limits: { hour: 3 } },
  );
  expect(await admittedOf([first], 10)).toBe(3);
  expect(await admittedOf([second], 10)).toBe(1);
  await manage("PATCH", `/accounts/${account}`, { shared_limits: { hour: 6 } });
  expect(await admittedOf([second], 10)).toBe(2);
  const { body } = await manage("GET", `/api-keys/${firstId}`);
  expect(body.data?.["request_count"]).toBe(3);
});

it("a request that is too costly for the account is told so", async () => {
  const { account } = await makeSharing({ hour: 2 });
  const { key } = await makeKey({}, account);
  const verdict = await manage("POST", "/verify", { key, api: "deframe", cost: 3 });
  expect(verdict.body.data).toMatchObject({ allowed: false, reason: "invalid_request" });
  expect(await admittedOf([key], 5)).toBe(2);
});

it("shared limits that are set are in force on the next request, and those that are taken away", async () => {
  const account = await makeAccount();
  const { key } = await makeKey({}, account);
  await echo(key);
  await manage("PATCH", `/accounts/${account}`, { shared_limits: { minute: 1 } });
  expect((await echo(key)).headers.get("ratelimit")).toContain('"shared-minute";r=0');
  expect((await echo(key)).status).toBe(429);
  const { body } = await manage("PATCH", `/accounts/${account}`, { shared_limits: null });
  expect(body.data).toMatchObject({ shared_limits: null });
  const headers = { "x-api-key": key };
  expect((await workerWith({})("/echo", { headers })).status).toBe(200);
});

it("what an account has counted survives the eviction of its object", async () => {
  const { account, first, second } = await makeSharing({ hour: 50 });
  expect(await admittedOf([first, second], 40)).toBe(40);
  await restAndEvict(env.ACCOUNT.getByName(account));
  expect(await admittedOf([first, second], 40)).toBe(10);
});

it("a key is refused while its account's object cannot be reached", async () => {
  const { first } = await makeSharing({ hour: 5 });
  await echo(first);
  vi.spyOn(env.ACCOUNT, "getByName").mockImplementation(() => {
    throw new Error("unreachable");
  });
  const response = await echo(first);
  expect(response.status).toBe(503);
  vi.restoreAllMocks();
  expect((await echo(first)).headers.get("x-ratelimit-remaining")).toBe("3");
});

it("a key that shares nothing costs its account no call", async () => {
  const { key, id } = await makeKey();
  await echo(key);
  const asked = vi.spyOn(env.ACCOUNT, "getByName");
  await echo(key);
  expect(asked).not.toHaveBeenCalled();
  expect(keyStateOf(id)).toBeDefined();
});

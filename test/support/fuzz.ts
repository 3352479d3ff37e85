/** Sends requests of the grammar to the whole Worker and holds every answer against what may happen. */
import { env } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";
import { expect, vi } from "vitest";
import { makeAccount, makeKey, manage, type MadeKey } from "./gateway.ts";
import { spyOnOrigin } from "./origin-spy.ts";
import { createRandom } from "./random.ts";
import { createGrammar, type GrammarKey, type MadeRequest } from "./request-grammar.ts";

const MANY = { limits: { minute: 1_000_000_000 } };

const MAX_ATTEMPTS = 5;

/** How often something came out, for a run that shows it has tried much. */
export interface FuzzCounts {
  readonly statuses: ReadonlyMap<number, number>;
  readonly forwarded: number;
}

/** What must show nowhere: texts, signing secrets and hashes of the keys, and the operator's token. */
async function findSecrets(made: readonly MadeKey[]): Promise<readonly string[]> {
  const hashes = await Promise.all(
    made.map(async ({ id }) => (await env.KEY_STATE.getByName(id).describe())?.record.key.texts),
  );
  return [
    ...made.flatMap(({ key, secret }) => [key, secret]),
    ...hashes.flatMap((texts) => texts?.map(({ hash }) => hash) ?? []),
    env.OPERATOR_TOKEN,
    env.MASTER_KEYS,
  ].filter((text): text is string => text !== undefined && text.length >= 16);
}

/** Keys of every API that are good, restricted, asked to sign, revoked, suspended or disabled. */
async function makeKeys(): Promise<{ made: readonly MadeKey[]; keys: readonly GrammarKey[] }> {
  const made: MadeKey[] = [];
  const keys: GrammarKey[] = [];
  const add = async (api: string, good: boolean, members: object, account?: string) => {
    const key = await makeKey({ ...MANY, ...members }, account, api);
    made.push(key);
    keys.push({ id: key.id, text: key.key, api, good });
    return key;
  };
  for (const api of ["subfrost", "dataframer", "example", "deframe"]) {
    await add(api, true, {});
    await add(api, true, { permissions: [] });
    await add(api, true, { metadata: { use: "fuzz" } });
    await add(api, true, { expires_at: "2099-01-01T00:00:00Z" });
    await add(api, false, { signing: "required" });
    await add(api, false, { restrictions: { ips: ["198.51.100.1"] } });
    const disabled = await add(api, false, {});
    await manage("PATCH", `/api-keys/${disabled.id}`, { enabled: false });
    const revoked = await add(api, false, {});
    await manage("DELETE", `/api-keys/${revoked.id}`);
    const account = await makeAccount({ api });
    await add(api, false, {}, account);
    await manage("POST", `/accounts/${account}/suspend`, {});
  }
  return { made, keys };
}

/** Runs `times` requests, 25 at a time, and throws at the first that breaks a rule. */
export async function fuzz(times: number, seed: number): Promise<FuzzCounts> {
  const { made, keys } = await makeKeys();
  const secrets = await findSecrets(made);
  const logs = [vi.spyOn(console, "error"), vi.spyOn(console, "warn"), vi.spyOn(console, "log")];
  for (const log of logs) log.mockImplementation(() => undefined);
  const { send, received } = spyOnOrigin(env.APIS);
  const next = createGrammar(createRandom(seed), keys);
  const statuses = new Map<number, number>();
  let forwarded = 0;
  let stalls = 0;

  /** A machine that stalls for seconds makes an object miss its deadline: 503, and later it is served. */
  async function ask(url: string, init: RequestInit): Promise<Response> {
    for (let attempt = 1; ; attempt += 1) {
      const response = await send(url, init);
      if (response.status !== 503 || attempt === MAX_ATTEMPTS) return response;
      stalls += 1;
      await scheduler.wait(1000 * Number(response.headers.get("retry-after")));
    }
  }

  async function run(index: number): Promise<void> {
    const request = next();
    const described = `seed ${seed}, request ${index}: ${JSON.stringify(describe(request))}`;
    const id = String(index);
    const headers = new Headers(request.init.headers);
    headers.set("x-fuzz", id);
    const url = `https://api.example.com${request.path}`;
    if (!URL.canParse(url)) return;
    const response = await ask(url, { ...request.init, headers });
    const text = await response.text();
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (response.status >= 500) throw new Error(`${response.status} ${text} for ${described}`);
    const answer = `${JSON.stringify([...response.headers])}\n${text}`;
    // Self-service shows a new key's text and secret once: they are none of these.
    expectNone(secrets, answer, `answer to ${described}`);
    const reached = received.filter((each) => each.request.headers.get("x-fuzz") === id);
    if (reached.length > 1) throw new Error(`forwarded twice: ${described}`);
    for (const { request: upstream } of reached) {
      forwarded += 1;
      judgeForwarded(request, upstream, described);
    }
  }

  for (let sent = 0; sent < times; sent += 25) {
    const batch = Array.from({ length: Math.min(25, times - sent) }, (_, i) => run(sent + i));
    await Promise.all(batch);
    received.length = 0;
    for (const log of logs) {
      expectNone(secrets, JSON.stringify(log.mock.calls), "the log");
      log.mockClear();
    }
  }
  await expectNothingStored(made, secrets);
  expect(stalls).toBeLessThanOrEqual(1 + times / 10_000);
  return { statuses, forwarded };
}

/** Forwarded is only what holds the text of a good key, and on behalf of that key. */
function judgeForwarded(request: MadeRequest, upstream: Request, described: string): void {
  const allowed = request.keys.filter(({ good }) => good).map(({ id }) => id);
  const keyId = upstream.headers.get("x-authz-key-id") ?? "";
  if (!allowed.includes(keyId)) throw new Error(`forwarded for ${keyId}: ${described}`);
  const { hostname, pathname } = new URL(upstream.url);
  if (hostname !== "api.example.com") throw new Error(`to another host: ${described}`);
  if (/^\/manage(?:\/|$)/.test(pathname)) throw new Error(`management forwarded: ${described}`);
  // Another API's key is none of this request: what the client sends to its origin is its own affair.
  const own = request.keys.filter(({ id }) => id === keyId).map(({ text }) => text);
  expectNone(own, JSON.stringify([upstream.url, ...upstream.headers]), described);
  const forged = [...upstream.headers].find(([, value]) => value.includes("forged"));
  if (forged !== undefined) throw new Error(`forged ${forged[0]} forwarded: ${described}`);
}

function describe({ path, init }: MadeRequest): object {
  return { path, method: init.method, headers: [...new Headers(init.headers)], body: init.body };
}

function expectNone(secrets: readonly string[], text: string, where: string): void {
  const found = secrets.find((secret) => text.includes(secret));
  if (found !== undefined) throw new Error(`a secret shows in ${where}`);
}

/** No text and no secret stands in any stored byte of the keys' objects or KV. */
async function expectNothingStored(
  made: readonly MadeKey[],
  secrets: readonly string[],
): Promise<void> {
  const texts = secrets.filter((text) =>
    made.some(({ key, secret }) => text === key || text === secret),
  );
  for (const { id } of made) {
    const dump = await runInDurableObject(env.KEY_STATE.getByName(id), (_, { storage }) =>
      ["record", "use", "replay"].map((table) =>
        storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
      ),
    );
    expectNone(texts, JSON.stringify(dump), `the object of ${id}`);
  }
  const { keys } = await env.KEYS.list();
  for (const { name } of keys) {
    expectNone(texts, name + String(await env.KEYS.get(name)), "KV");
  }
  expect(keys.length).toBeGreaterThan(0);
}

/**
 * Key texts stay with their owners: whatever is sent, to whichever answer, no process prints them and
 * no file keeps them. The URL is the dangerous place, because everything likes to print URLs.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { connect } from "node:net";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send, type Call } from "../support/http-client.ts";
import { createKey, manage, type TestKey } from "../support/manage.ts";
import { createStateDir, findFreePort, removeStateDir, startServer } from "../support/server.ts";
import type { RunningServer } from "../support/server.ts";
import { startWorker } from "../support/worker.ts";

/** Where the demo's keys and the secrets are kept on purpose. */
const KEPT_ON_PURPOSE = new Set(["demo-keys.json", ".dev.vars"]);
/** What wrangler writes beside its state: bundles in the project, logs in the user's folder. */
const WRANGLER_DIRS = [
  path.resolve(import.meta.dirname, "../../.wrangler/tmp"),
  path.join(homedir(), ".config/.wrangler/logs"),
];

let stateDir: string;
let server: RunningServer;

beforeAll(async () => {
  stateDir = createStateDir();
  server = await startServer({ stateDir });
});

afterAll(async () => {
  await server.stop();
  removeStateDir(stateDir);
});

/** Everything below a folder that was written since `sinceMs`. */
function listFiles(folder: string, sinceMs = 0): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => path.join(parentPath, name))
    .filter((file) => !KEPT_ON_PURPOSE.has(path.basename(file)))
    .filter((file) => (statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) >= sinceMs);
}

/** Which of the texts are there. */
function findTexts(bytes: Buffer, where: string, texts: readonly string[]): readonly string[] {
  return texts.filter((text) => bytes.includes(text)).map((text) => `${text} in ${where}`);
}

function findInFiles(files: readonly string[], texts: readonly string[]): readonly string[] {
  return files.flatMap((file) =>
    existsSync(file) ? findTexts(readFileSync(file), file, texts) : [],
  );
}

/** Sends a request, whatever comes of it. */
async function attempt(target: string, call: Call = {}): Promise<number> {
  try {
    return (await send(server.url.replace("localhost", "127.0.0.1") + target, call)).status;
  } catch {
    return 0;
  }
}

/** Sends bytes that are no proper request, or a proper one that is given up. */
async function attemptBytes(text: string): Promise<void> {
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.on("error", () => {}).resume();
  socket.write(text);
  await sleep(50);
  socket.resetAndDestroy();
}

const RPC = (body: object | string): Call => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: typeof body === "string" ? body : JSON.stringify({ jsonrpc: "2.0", id: 1, ...body }),
});

/** Calls with the key in the path, well and badly made. */
async function callWithPathKey({ key }: TestKey): Promise<readonly number[]> {
  const wellMade = RPC({ method: "btc_getblockcount", params: [] });
  const statuses = [await attempt(`/v4/${key}`, wellMade)];
  for (const [target, call] of [
    [`/v4/${key}`, RPC({ method: "echo", params: [key] })],
    [`/v4/${key}`, RPC("{not json")],
    [`/v4/${key}`, RPC(`"${"x".repeat(1_100_000)}"`)],
    [`/v4/${key}`, { method: "GET" }],
    [`/v4/${key}`, { method: "TRACE" }],
    [`/v4/${key}`, { method: "GET", headers: { upgrade: "websocket", connection: "upgrade" } }],
    [`/v4/${key}/more`, wellMade],
    [`/v4//${key}`, wellMade],
    [`/v4/${key}%00`, wellMade],
    [`/v4/%2e/${key}`, wellMade],
    [`/v4/${key}?key=${key}&api_key=${key}`, wellMade],
    [`/v4/${key.slice(0, -1)}0`, wellMade],
    [`/v4/jsonrpc?key=${key}`, wellMade],
    [`/v1/${key}`, wellMade],
    [`/manage/v1/api-keys/${key}`, wellMade],
    [`/cdn-cgi/${key}`, wellMade],
  ] as const) {
    statuses.push(await attempt(target, call));
  }
  const upload = `POST /v4/${key} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`;
  for (const bytes of [
    upload,
    `NONSENSE /v4/${key} HTTP/1.1\r\nHost: a\r\n\r\n`,
    `POST /v4/${key} HTTP/9.9\r\nHost: a\r\n\r\n`,
    `POST /v4/${key} HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n`,
    `POST /v4/${key}?${"q".repeat(100_000)} HTTP/1.1\r\nHost: a\r\n\r\n`,
  ]) {
    await attemptBytes(bytes);
  }
  return statuses;
}

/** Calls with the key in the header that `right` makes, and in all the wrong places. */
async function callWithHeaderKey(
  target: string,
  { key }: TestKey,
  right: (key: string) => Readonly<Record<string, string>>,
): Promise<readonly number[]> {
  const statuses = [await attempt(target, { headers: right(key) })];
  for (const headers of [
    { authorization: key },
    { authorization: `Token ${key}` },
    { authorization: `Bearer ${key}` },
    { "x-api-key": `Bearer ${key}` },
    { "x-api-key": key },
    { ...right(key), cookie: `key=${key}`, referer: `https://a.example/?key=${key}` },
    right(`${key}x`),
    right(`${key} ${key}`),
    { "x-forwarded-for": key, "user-agent": key, origin: key, ...right(key) },
  ]) {
    statuses.push(await attempt(target, { headers }));
    statuses.push(await attempt(`${target}?key=${key}`, { headers, method: "PUT", body: key }));
    statuses.push(await attempt(`${target}/${key}/a%2fb`, { headers }));
  }
  return statuses;
}

const HEADER_APIS = [
  ["dataframer", "/api/dataframer/datasets/"],
  ["example", "/v1/users/usr_123"],
  ["deframe", "/strategies"],
] as const;

it("no key text and no token is printed or stored by the server of `npm start`", async () => {
  const sinceMs = Date.now();
  const greeting = server.output();
  const keys: TestKey[] = [];
  const make = async (api: string, members: object = {}): Promise<TestKey> => {
    const made = await createKey(server, api, members);
    keys.push(made);
    return made;
  };
  const revoke = (key: TestKey): Promise<unknown> =>
    manage(server, "DELETE", `/api-keys/${key.id}`);

  const statuses = new Set<number>();
  const note = (seen: readonly number[]): void => seen.forEach((status) => statuses.add(status));
  const limited = await make("subfrost", { limits: { hour: 1 } });
  const revoked = await make("subfrost");
  await revoke(revoked);
  for (const key of [await make("subfrost"), limited, revoked]) note(await callWithPathKey(key));
  for (const [api, target] of HEADER_APIS) {
    const right = (key: string): Record<string, string> =>
      api === "deframe" ? { "x-api-key": key } : { authorization: `Bearer ${key}` };
    const dead = await make(api);
    await revoke(dead);
    for (const key of [await make(api), dead]) note(await callWithHeaderKey(target, key, right));
  }
  await attempt(`/manage/v1/accounts?token=${server.operatorToken}`);
  await attempt("/manage/v1/nothing", {
    headers: { authorization: `Bearer ${server.operatorToken}` },
  });

  for (const status of [200, 400, 401, 403, 404, 405, 413, 429]) expect(statuses).toContain(status);
  const texts = [...keys.map(({ key }) => key), server.operatorToken];
  const whileRunning = findInFiles(listFiles(stateDir), texts);
  await server.stop();
  const afterwards = findInFiles(listFiles(stateDir), texts);
  const beside = findInFiles(
    WRANGLER_DIRS.flatMap((dir) => listFiles(dir, sinceMs)),
    texts,
  );
  expect(listFiles(stateDir).length).toBeGreaterThan(10);
  expect([...whileRunning, ...afterwards, ...beside]).toEqual([]);
  expect(server.output().startsWith(greeting)).toBe(true);
  const printed = Buffer.from(server.output().slice(greeting.length));
  expect(findTexts(printed, "the output", texts)).toEqual([]);
});

it("the log holds no key when an origin cannot be reached", async () => {
  const credential = [{ in: "path", pattern: "/v4/:key", forward: "/v4/jsonrpc" }];
  const origin = `http://127.0.0.1:${await findFreePort()}`;
  const worker = await startWorker([{ name: "nowhere", origin, credential }]);
  const { key } = await createKey(worker, "nowhere");
  const answer = await send(`${worker.url}/v4/${key}?q=${key}`);
  await worker.stop();
  expect(answer.status).toBe(502);
  expect(answer.body.toString()).not.toContain(key);
  expect(worker.output()).toContain("origin_unreachable");
  expect(worker.output()).not.toContain(key);
});

/** F01, F02, F03, F07: reading a key's record while KV throws, is slow, has lost it or holds another text. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import { makeKey, manage, OPERATOR } from "../../support/gateway.ts";
import { catchLog, type LogLine } from "../../support/log.ts";
import { entryOf, keyringOfTests } from "../../support/stored.ts";
import { deframeWith, workerWith } from "../../support/worker-with.ts";

let log: readonly LogLine[];

beforeEach(() => {
  log = catchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** An edge that takes imported keys, too: what has no check tag is looked up in KV alone. */
function openImportingEdge(): ReturnType<typeof openEdge> {
  const { key } = deframeWith({}).APIS[0] as { key: object };
  return openEdge(
    deframeWith({ origin: "binding:ORIGIN", key: { ...key, accept_imported: true } }),
  );
}

async function expectUnavailable(response: Response): Promise<void> {
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await codeOf(response)).toBe("UNAVAILABLE");
}

function loseObjects(): void {
  const gone = { decide: () => Promise.reject(new Error("gone")) };
  vi.spyOn(env.KEY_STATE, "getByName").mockReturnValue(gone as never);
}

async function throwKvError(): Promise<never> {
  throw new Error("KV is down");
}

/** Makes every read take ten seconds; tells whether one has ended. */
function slowKv(): () => boolean {
  let ended = false;
  vi.spyOn(env.KEYS, "get").mockImplementation((async () => {
    await scheduler.wait(10_000);
    ended = true;
    return null;
  }) as never);
  return () => ended;
}

it("F01 a key whose record KV throws at is decided by its object", async () => {
  const { key } = await makeKey({ limits: { minute: 2 } });
  vi.spyOn(env.KEYS, "get").mockImplementation(throwKvError);
  const edge = openEdge();
  const statuses = [];
  for (let sent = 0; sent < 3; sent += 1) statuses.push((await edge.ask(key)).status);
  expect([statuses, edge.forwarded]).toEqual([[200, 200, 429], 2]);
});

it("F01 a revoked key stays revoked while KV throws", async () => {
  const { id, key } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  vi.spyOn(env.KEYS, "get").mockImplementation(throwKvError);
  const edge = openEdge();
  expect(await codeOf(await edge.ask(key))).toBe("API_KEY_REVOKED");
  expect(edge.forwarded).toBe(0);
});

it("F01 without KV and without its object a key is 503", async () => {
  const { key } = await makeKey();
  vi.spyOn(env.KEYS, "get").mockImplementation(throwKvError);
  loseObjects();
  const edge = openEdge();
  await expectUnavailable(await edge.ask(key));
  expect(edge.forwarded).toBe(0);
});

it("F01 a text without a check tag that only KV could know is 503, where such are accepted", async () => {
  vi.spyOn(env.KEYS, "get").mockImplementation(throwKvError);
  const edge = openImportingEdge();
  await expectUnavailable(await edge.ask("an-imported-key"));
  expect(edge.forwarded).toBe(0);
  expect(log).toMatchObject([{ level: "error", event: "unavailable", part: "kv" }]);
});

it("F02 a read that takes ten seconds is not waited for: the object's answer is enough", async () => {
  const { key } = await makeKey();
  const hasEnded = slowKv();
  const edge = openEdge();
  expect((await edge.ask(key)).status).toBe(200);
  expect([edge.forwarded, hasEnded()]).toEqual([1, false]);
});

it("F02 without its object a key whose record comes slowly is 503, before it comes", async () => {
  const { key } = await makeKey();
  const hasEnded = slowKv();
  loseObjects();
  const edge = openEdge();
  await expectUnavailable(await edge.ask(key));
  expect([edge.forwarded, hasEnded()]).toEqual([0, false]);
});

it("F02 an imported key that KV is slow to find is 503, before it is found", async () => {
  const hasEnded = slowKv();
  const edge = openImportingEdge();
  await expectUnavailable(await edge.ask("an-imported-key"));
  expect([edge.forwarded, hasEnded()]).toEqual([0, false]);
});

/** What may stand in KV in place of a record. */
const DAMAGES: readonly (readonly [string, (value: string) => string])[] = [
  ["altered", (value) => value.replace('"production"', '"development"')],
  ["not JSON", () => "AAAA.nonsense"],
  ["empty", () => "."],
  ["nothing at all", () => ""],
  ["cut short", (value) => value.slice(0, -20)],
  ["without its seal", (value) => value.slice(value.indexOf(".") + 1)],
];

test.each(DAMAGES)(
  "F03 a record in KV that is %s is 503, an error in the log and not forwarded",
  async (_, damage) => {
    const { id, key } = await makeKey();
    const [name, value] = await entryOf(key);
    await env.KEYS.put(name, damage(value));
    const edge = openEdge();
    await expectUnavailable(await edge.ask(key));
    expect(edge.forwarded).toBe(0);
    expect(log).toMatchObject([{ level: "error", event: "damaged_record", key_id: id }]);
  },
);

it("F03 a damaged record is 503 for who asks management about its key, too", async () => {
  const { key } = await makeKey();
  const [name] = await entryOf(key);
  await env.KEYS.put(name, "AAAA.nonsense");
  const response = await workerWith({})("/manage/v1/verify", {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body: JSON.stringify({ api: "deframe", key }),
  });
  expect(response.status).toBe(503);
  expect(log).toMatchObject([{ level: "error", event: "damaged_record" }]);
});

it("F03 a record that was moved to another key's name is 503", async () => {
  const [first, second] = [await makeKey(), await makeKey()];
  const [name] = await entryOf(first.key);
  const [, value] = await entryOf(second.key);
  await env.KEYS.put(name, value);
  const edge = openEdge();
  await expectUnavailable(await edge.ask(first.key));
  expect((await edge.ask(second.key)).status).toBe(200);
  expect(edge.forwarded).toBe(1);
});

it("F03 a record of a format to come is 503, though its seal is good", async () => {
  const { key } = await makeKey();
  const [name, value] = await entryOf(key);
  const body = value.slice(value.indexOf(".") + 1).replace('"format":1', '"format":9');
  const keyring = keyringOfTests();
  await env.KEYS.put(name, `${await keyring.seal(keyring.firstId, name, body)}.${body}`);
  const edge = openEdge();
  await expectUnavailable(await edge.ask(key));
  expect(edge.forwarded).toBe(0);
});

it("F07 a record that KV has lost is served by the object and written again", async () => {
  const { key } = await makeKey();
  const [name, value] = await entryOf(key);
  await env.KEYS.delete(name);
  const edge = openEdge();
  expect((await edge.ask(key)).status).toBe(200);
  expect(await entryOf(key)).toEqual([name, value]);
});

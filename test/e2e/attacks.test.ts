/**
 * Attacks that no HTTP client would send, byte by byte on a socket, and what can only be seen from
 * outside the Worker: the rows of docs/attacks.md that name this file.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it, test } from "vitest";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { sendRaw, type RawAnswer } from "../support/raw-http.ts";
import vectors from "../support/vectors/path-normalisation.json";
import { startWorker, type RunningWorker } from "../support/worker.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const CLOSE = "Connection: close\r\n";

let origin: Origin;
let worker: RunningWorker;
let key: string;
let rpcKey: string;
/** Keys with the rules that the vectors of an API ask for. */
const ruled = new Map<string, string>();

interface Reached {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** Every request that an origin got in a test. */
const reached: Reached[] = [];

beforeAll(async () => {
  origin = await startOrigin();
  origin.answer(remember);
  const fields = { origin: origin.url, credential: [{ in: "header", name: "x-api-key" }] };
  worker = await startWorker([
    { name: "deframe", ...fields, dialect: "nested-error", limits: { minute: 1000 } },
    { name: "example", match: ["/v1/*"], ...fields, dialect: "success-flag" },
    { name: "rpc", match: ["/rpc/*"], ...fields, dialect: "json-rpc" },
  ]);
  key = (await createKey(worker, "deframe")).key;
  rpcKey = (await createKey(worker, "rpc")).key;
  for (const [api, endpoints] of Object.entries(vectors.rules)) {
    ruled.set(api, (await createKey(worker, api, { restrictions: { endpoints } })).key);
  }
});

beforeEach(() => {
  reached.length = 0;
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

async function remember(
  request: IncomingMessage,
  response: { end: (body: string) => unknown },
): Promise<void> {
  const { method = "", url: target = "", rawHeaders: headers } = request;
  reached.push({ method, target, headers, body: await text(request).catch(() => "broken off") });
  response.end("from the origin");
}

/** Sends a request line, the usual headers, others, and a body. */
function sendLine(line: string, headers = "", body = ""): Promise<RawAnswer> {
  return sendRaw(worker.url, `${line} HTTP/1.1\r\nHost: a\r\n${CLOSE}${headers}\r\n${body}`);
}

function withKey(headers = ""): string {
  return `x-api-key: ${key}\r\n${headers}`;
}

/** Expects that nothing reached an origin and that the answer, whoever gave it, tells no key. */
function expectShut({ status, text: answer }: RawAnswer, statuses: readonly number[]): void {
  expect(statuses).toContain(status);
  expect(answer).not.toContain(key);
  expect(reached).toEqual([]);
}

test.each(["x_api_key: KEY", "x-api-key : KEY", "x-api-key\t: KEY", "x: 1\r\n x-api-key: KEY"])(
  "A014 %j does not carry a key",
  async (header) => {
    expectShut(await sendLine("GET /a", `${header.replace("KEY", key)}\r\n`), [400, 401]);
  },
);

test.each(vectors.cases)("A019 $id on the wire: $note", async (row) => {
  const own = `x-api-key: ${ruled.get(row.api)}\r\n`;
  const answer = await sendLine(`GET ${row.rawTarget}`, own);
  if (row.action === "unspecified") return expect(answer.status).toBeLessThan(500);
  if (row.action !== "allow") return expectShut(answer, [row.status].flat());
  const target = row.rawTarget.endsWith("?") ? `${row.workerdUrl}?` : row.workerdUrl;
  expect(reached.map((request) => request.target)).toEqual([target]);
  expect(answer.status).toBe(200);
});

it("A024 the authority of an absolute target counts for nothing", async () => {
  const { status } = await sendLine("GET http://evil.test/a", withKey());
  expect([status, reached.map(({ target }) => target)]).toEqual([200, ["/a"]]);
  expect(headerAt("X-Forwarded-Host")).toBe("a");
});

test.each([
  ["GET *", "Host: a\r\n"],
  ["OPTIONS *", "Host: a\r\n"],
  ["GET /a", "Host: a\r\nHost: evil.test\r\n"],
  ["GET /a", "Host: a/evil\r\n"],
  ["GET /a", "Host: user@evil.test\r\n"],
  ["GET /a", "Host: a?x=\r\n"],
  ["GET /a", ""],
])("A024 %s with %j goes nowhere", async (line, host) => {
  const answer = await sendRaw(worker.url, `${line} HTTP/1.1\r\n${host}${CLOSE}${withKey()}\r\n`);
  expectShut(answer, [400]);
});

test.each(["TRACE", "CONNECT", "PURGE", "QUERY", "TRACK", "FOO", "get"])(
  "A026 the method %s goes nowhere",
  async (method) => {
    const target = method === "CONNECT" ? "a:443" : "/a";
    expectShut(await sendLine(`${method} ${target}`, withKey()), [405, 500, 501]);
  },
);

test.each(["GET", "HEAD", "DELETE"])("A029 %s with a body needs a key", async (method) => {
  expectShut(await sendLine(`${method} /a`, "Content-Length: 5\r\n", "hello"), [401]);
});

test.each(["GET", "DELETE", "POST"])("A029 the body of %s has its limit", async (method) => {
  const body = `{"jsonrpc":"2.0","id":1,"method":"${"m".repeat(1_048_576)}"}`;
  const headers = `x-api-key: ${rpcKey}\r\nContent-Length: ${body.length}\r\n`;
  expectShut(await sendLine(`${method} /rpc/a`, headers, body), [413]);
});

it("A036 an upgrade to HTTP/2 stays on its own connection", async () => {
  const upgrade =
    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n";
  const { status } = await sendRaw(
    worker.url,
    `GET /a HTTP/1.1\r\nHost: a\r\n${upgrade}${withKey()}\r\n`,
  );
  expect(status).toBe(200);
  const names = reached[0]?.headers.map((each) => each.toLowerCase());
  expect(names).not.toContain("upgrade");
  expect(names).not.toContain("http2-settings");
});

const OVERSIZED: Readonly<Record<string, readonly [target: string, headers: string]>> = {
  "a path of 9 KB": [`/${"a".repeat(9000)}`, ""],
  "a path of 70 KB": [`/${"a".repeat(70_000)}`, ""],
  "300 headers": ["/a", Array.from({ length: 300 }, (_, i) => `x-h${i}: v\r\n`).join("")],
  "a header of 64 KiB": ["/a", `x-h: ${"a".repeat(65_536)}\r\n`],
  "a header of 1 MiB": ["/a", `x-h: ${"a".repeat(1_048_576)}\r\n`],
};

test.each(Object.entries(OVERSIZED))("A038 %s needs a key, too", async (_, [target, headers]) => {
  expectShut(await sendLine(`GET ${target}`, headers), [401, 414, 431]);
});

test.each(Object.entries(OVERSIZED))(
  "A038 %s with a key is passed on or refused, never an error here",
  async (_, [target, headers]) => {
    const { status } = await sendLine(`GET ${target}`, withKey(headers));
    expect([200, 414, 431]).toContain(status);
  },
);

/** The value that the origin got under a name, and nothing if it got two. */
function headerAt(name: string): string | undefined {
  const [request] = reached;
  const wanted = name.toLowerCase();
  const at = request?.headers.flatMap((each, i) =>
    i % 2 === 0 && each.toLowerCase() === wanted ? [i + 1] : [],
  );
  return at?.length === 1 ? request?.headers[at[0] ?? 0] : undefined;
}

test.each([
  ["NUL", "a\u0000b"],
  ["VT", "a\u000bb"],
  ["a bare CR", "a\rX-Authz-Key-Id: evil"],
])("A046 a header with %s is no header", async (_, value) => {
  const answer = await sendLine("GET /a", withKey(`x-h: ${value}\r\n`));
  expect([200, 400]).toContain(answer.status);
  expect(JSON.stringify(reached)).not.toContain("evil");
});

test.each([
  ["a bare LF", "a\nX-Authz-Key-Id: evil"],
  ["a byte over 127", "caf\u00e9"],
  ["UTF-8", "caf\u00c3\u00a9"],
])("A046 a header with %s adds no header at the origin", async (_, value) => {
  expect((await sendLine("GET /a", withKey(`x-h: ${value}\r\n`))).status).toBe(200);
  expect(headerAt("X-Authz-Key-Id")).toMatch(/^key_/);
  expect(JSON.stringify(reached)).not.toContain("evil");
});

it("A046 a key with a byte over 127 is unknown", async () => {
  expectShut(await sendLine("GET /a", `x-api-key: ${key}\u00e9\r\n`), [401]);
});

const SMUGGLED = `GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n`;

test.each([
  ["Content-Length: 4\r\nTransfer-Encoding: chunked", `0\r\n\r\n${SMUGGLED}`],
  ["Transfer-Encoding: chunked\r\nContent-Length: 4", `0\r\n\r\n${SMUGGLED}`],
  ["Content-Length: 5\r\nContent-Length: 6", "hello!"],
  ["Content-Length: +5", "hello"],
  ["Content-Length: 5, 5", "hello"],
  ["Content-Length: 0x5", "hello"],
  ["Transfer-Encoding: xchunked", `0\r\n\r\n${SMUGGLED}`],
  ["Transfer-Encoding: \u000bchunked", `0\r\n\r\n${SMUGGLED}`],
  ["Transfer-Encoding : chunked", `0\r\n\r\n${SMUGGLED}`],
])("A047 %j is one request or none", async (framing, body) => {
  const { status } = await sendLine("POST /a", withKey(`${framing}\r\n`), body);
  expect([200, 400]).toContain(status);
  expect(reached.map(({ target }) => target)).toEqual(status === 200 ? ["/a"] : []);
  expect(reached.map(({ headers }) => headers.includes("Content-Length"))).not.toContain(true);
});

test.each(["100-continue", "200-maybe"])(
  "A048 Expect: %s is not forwarded",
  async (expectation) => {
    const headers = withKey(`Expect: ${expectation}\r\nContent-Length: 5\r\n`);
    await sendLine("POST /a", headers, "hello");
    expect(reached.map(({ body }) => body)).toEqual(["hello"]);
    expect(headerAt("Expect")).toBeUndefined();
  },
);

it("A053 a body that is not in its encoding arrives as it is", async () => {
  const body = "not gzip at all";
  origin.answer((_, response) => {
    response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length });
    response.end(body);
  });
  const answer = await sendLine("GET /a", withKey("Accept-Encoding: gzip\r\n"));
  origin.answer(remember);
  expect(answer.text).toMatch(/\r\ncontent-encoding: gzip\r\n/i);
  expect(answer.text.endsWith(`\r\n\r\n${body}`)).toBe(true);
});

it("A116 no cache answers before the Worker, and no log of the platform's holds URLs", () => {
  const config = readFileSync(path.join(ROOT, "wrangler.toml"), "utf8");
  expect(config).not.toMatch(/^\s*\[?cache\b/m);
  expect(config).toMatch(/^invocation_logs = false$/m);
});

const SOURCES = readdirSync(path.join(ROOT, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !/^(?:cli|demo)\//.test(name))
  .map((name) => [name, readFileSync(path.join(ROOT, "src", name), "utf8")] as const);

/** What no source of the Worker may hold: code from texts, guessable chance, patterns from input. */
const FORBIDDEN: Readonly<Record<string, RegExp>> = {
  eval: /\beval\s*\(/,
  "a function made of a text": /\bnew Function\b|\bFunction\s*\(/,
  "Math.random": /\bMath\.random\b/,
  "a regular expression made at run time": /\bRegExp\s*\(/,
};

test.each(Object.entries(FORBIDDEN))("A127 no source has %s", (_, pattern) => {
  expect(SOURCES.length).toBeGreaterThan(80);
  expect(SOURCES.filter(([, source]) => pattern.test(source)).map(([name]) => name)).toEqual([]);
});

it("A127 the bundle holds no code from texts and none of the secrets", () => {
  const bundle = worker.readBundle();
  expect(bundle.length).toBeGreaterThan(100_000);
  expect(bundle).not.toMatch(/\beval\s*\(|\bnew Function\b/);
  expect(bundle).not.toContain(worker.operatorToken);
  expect(bundle).not.toMatch(/AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=/);
});

it("A118 whatever was sent, the Worker's log has no key", () => {
  const log = worker.output();
  for (const known of [key, rpcKey, ...ruled.values()]) expect(log).not.toContain(known);
  expect(log).not.toContain('"event":"internal"');
});

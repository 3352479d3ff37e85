/** Requests and answers pass the gateway as they are, seen on the wire on both sides of it. */
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/http-client.ts";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { startWorker, type RunningWorker } from "../support/worker.ts";

let origin: Origin;
let worker: RunningWorker;
let key: string;
let credential: Readonly<Record<string, string>>;

beforeAll(async () => {
  origin = await startOrigin();
  const place = { credential: [{ in: "header", name: "x-api-key" }] };
  worker = await startWorker([
    { name: "main", origin: origin.url, ...place },
    { name: "rpc", match: ["/rpc"], origin: origin.url, ...place, dialect: "json-rpc" },
  ]);
  key = (await createKey(worker, "main")).key;
  credential = { "x-api-key": key };
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

/** What reached the origin, to be looked at after the answer. */
function receiveRequests(): { readonly request: IncomingMessage; readonly body: string }[] {
  const received: { readonly request: IncomingMessage; readonly body: string }[] = [];
  origin.answer(async (request, response) => {
    received.push({ request, body: await text(request) });
    response.end("ok");
  });
  return received;
}

it.each([
  ["gzip", gzipSync("hello ".repeat(5000), { level: 1 })],
  ["br", brotliCompressSync("hello ".repeat(5000))],
  ["zstd", Buffer.from("any bytes at all \u0000\u00ff", "latin1")],
])("a body in %s arrives byte for byte, with its encoding and length", async (encoding, bytes) => {
  origin.answer((request, response) => {
    const lengths = request.url === "/chunked" ? {} : { "content-length": bytes.length };
    response.writeHead(200, { "content-encoding": encoding, ...lengths }).end(bytes);
  });
  const whole = await send(`${worker.url}/whole`, { headers: credential });
  const chunked = await send(`${worker.url}/chunked`, { headers: credential });
  expect(whole.body.equals(bytes)).toBe(true);
  expect(chunked.body.equals(bytes)).toBe(true);
  expect(whole.headers).toMatchObject({
    "content-encoding": encoding,
    "content-length": String(bytes.length),
  });
  expect(chunked.headers).toMatchObject({
    "content-encoding": encoding,
    "transfer-encoding": "chunked",
  });
});

it("the encodings that the client accepts are the origin's to choose from", async () => {
  const received = receiveRequests();
  await send(worker.url, { headers: { ...credential, "accept-encoding": "zstd, br;q=0.5" } });
  await send(worker.url, { headers: credential });
  const accepted = received.map(({ request }) => request.headers["accept-encoding"]);
  expect(accepted).toEqual(["zstd, br;q=0.5", undefined]);
});

it("HEAD keeps the length that the origin tells and has no body", async () => {
  origin.answer((_, response) => void response.writeHead(200, { "content-length": 12_345 }).end());
  const answer = await send(worker.url, { method: "HEAD", headers: credential });
  expect(answer.headers["content-length"]).toBe("12345");
  expect(answer.body).toHaveLength(0);
});

it("a range is asked of the origin and answered 206", async () => {
  origin.answer(({ headers }, response) => {
    const range = { "content-range": `bytes 0-4/100`, "x-asked": headers.range ?? "" };
    response.writeHead(206, { ...range, "content-length": 5 }).end("01234");
  });
  const answer = await send(worker.url, { headers: { ...credential, range: "bytes=0-4" } });
  expect(answer.status).toBe(206);
  expect(answer.headers).toMatchObject({
    "content-range": "bytes 0-4/100",
    "content-length": "5",
    "x-asked": "bytes=0-4",
  });
  expect(answer.body.toString()).toBe("01234");
});

it("304 has the origin's ETag and no body", async () => {
  origin.answer(({ headers }, response) => {
    const etag = headers["if-none-match"] ?? "";
    response.writeHead(304, { etag, "last-modified": "Wed, 21 Oct 2026 07:28:00 GMT" }).end();
  });
  const headers = { ...credential, "if-none-match": 'W/"v1"' };
  const answer = await send(worker.url, { headers });
  expect(answer.status).toBe(304);
  expect(answer.headers).toMatchObject({
    etag: 'W/"v1"',
    "last-modified": "Wed, 21 Oct 2026 07:28:00 GMT",
  });
  expect(answer.body).toHaveLength(0);
});

it("204 has neither a body nor a length", async () => {
  origin.answer((_, response) => void response.writeHead(204).end());
  const answer = await send(worker.url, { method: "DELETE", headers: credential });
  expect(answer.status).toBe(204);
  expect(answer.headers).not.toHaveProperty("content-length");
  expect(answer.headers).not.toHaveProperty("transfer-encoding");
});

it("a redirect is passed on and not followed", async () => {
  origin.answer((_, response) => void response.writeHead(307, { location: "/next?a=b" }).end());
  const answer = await send(worker.url, { headers: credential });
  expect([answer.status, answer.headers.location]).toEqual([307, "/next?a=b"]);
});

it("each cookie has a line of its own, also where one of them holds the key", async () => {
  const expires = "b=2; Expires=Wed, 21 Oct 2026 07:28:00 GMT";
  origin.answer((_, response) => {
    response.setHeader("set-cookie", ["a=1; Path=/", expires, `c=${key}`]).end();
  });
  const answer = await send(worker.url, { headers: credential });
  expect(answer.headers["set-cookie"]).toEqual(["a=1; Path=/", expires, "c=***"]);
});

it("a status and a reason phrase of the origin's own are kept", async () => {
  origin.answer((_, response) => void response.writeHead(299, "Odd But Fine").end("odd"));
  const answer = await send(worker.url, { headers: credential });
  expect([answer.status, answer.statusText]).toEqual([299, "Odd But Fine"]);
});

it("60 KB of headers pass in the answer", async () => {
  const one = "v".repeat(1000);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`x-${index}`, one]));
  origin.answer((_, response) => void response.writeHead(200, many).end());
  // Node's client takes 16 KB of headers unless it is told otherwise, so a bare socket asks.
  const socket = connect(Number(new URL(worker.url).port), "127.0.0.1");
  socket.end(`GET / HTTP/1.1\r\nHost: a\r\nx-api-key: ${key}\r\nConnection: close\r\n\r\n`);
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
  expect(answer.match(/\r\nx-\d+: v{1000}(?=\r\n)/g)).toHaveLength(60);
});

it.each(["/a%20b/", "/a?", "/a/?x=1&&y=%2F&z=a+b&x=2", "/a?q=https://b.example/?c=d|e"])(
  "%s reaches the origin as it was asked",
  async (target) => {
    const received = receiveRequests();
    await send(worker.url + target, { headers: credential });
    expect(received[0]?.request.url).toBe(target);
  },
);

it.each([
  ["POST", { "content-length": "5" }],
  ["POST", { "transfer-encoding": "chunked" }],
  ["DELETE", { "content-length": "5" }],
  ["GET", { "content-length": "5" }],
] as const)(
  "the body of %s with %o is framed the same way at the origin",
  async (method, framing) => {
    const received = receiveRequests();
    const headers = { ...credential, ...framing };
    const answer = await send(worker.url, { method, headers, body: "hello" });
    expect(answer.status).toBe(200);
    expect(received[0]?.body).toBe("hello");
    expect(received[0]?.request.method).toBe(method);
    expect(received[0]?.request.headers).not.toHaveProperty("x-api-key");
    expect(received[0]?.request.headers).toMatchObject(framing);
  },
);

it("a GET that says its body is empty is forwarded like one without", async () => {
  const received = receiveRequests();
  const headers = { ...credential, "content-length": "0" };
  expect((await send(worker.url, { headers })).status).toBe(200);
  expect(received[0]?.request.headers).not.toHaveProperty("content-length");
});

it("a GET whose body had to be read for its calls is forwarded with it", async () => {
  const received = receiveRequests();
  const { key: rpcKey } = await createKey(worker, "rpc");
  const body = '{"jsonrpc":"2.0","method":"ping","id":1}';
  const headers = { "x-api-key": rpcKey, "content-length": String(body.length) };
  const answer = await send(`${worker.url}/rpc`, { method: "GET", headers, body });
  expect(answer.status).toBe(200);
  expect(received[0]?.body).toBe(body);
});

it("the origin gets the client's headers, the authorizer's and those of no caching", async () => {
  const received = receiveRequests();
  await send(worker.url, { headers: { ...credential, accept: "text/plain", "x-mine": "1" } });
  expect(Object.keys(received[0]?.request.headers ?? {}).toSorted()).toEqual([
    "accept",
    "cache-control",
    "host",
    "pragma",
    "x-authz-account-id",
    "x-authz-api",
    "x-authz-environment",
    "x-authz-key-id",
    "x-authz-permissions",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-mine",
    "x-request-id",
  ]);
});

it("a client that waits for 100 Continue is told to go on", async () => {
  const received = receiveRequests();
  const headers = { ...credential, expect: "100-continue", "content-length": "5" };
  const answer = await send(worker.url, { method: "POST", headers, body: "hello" });
  expect(answer.status).toBe(200);
  expect(received[0]?.body).toBe("hello");
});

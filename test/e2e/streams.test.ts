/** Bodies pass the gateway as streams: at their own pace, of any size, and broken off as they are. */
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { open, send } from "../support/http-client.ts";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { findFreePort } from "../support/server.ts";
import { startWorker, type RunningWorker } from "../support/worker.ts";

const MEGABYTE = 1024 * 1024;
const BLOCK = randomBytes(MEGABYTE);
const BLOCKS = 100;
const LENGTH = { "content-length": String(BLOCKS * MEGABYTE) };
const CHUNKED = { "transfer-encoding": "chunked" };
const DIGEST = digestOfBlocks();

let origin: Origin;
let worker: RunningWorker;
let credential: Readonly<Record<string, string>>;

beforeAll(async () => {
  origin = await startOrigin();
  const place = { credential: [{ in: "header", name: "x-api-key" }] };
  const nowhere = `http://127.0.0.1:${await findFreePort()}`;
  worker = await startWorker([
    { name: "main", origin: origin.url, ...place },
    { name: "slow", match: ["/slow/*"], origin: origin.url, ...place, forward_timeout_ms: 300 },
    { name: "nowhere", match: ["/nowhere/*"], origin: nowhere, ...place },
  ]);
  credential = { "x-api-key": (await createKey(worker, "main")).key };
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

/** 100 MB, made as they are read. */
function* blocks(): Generator<Buffer> {
  for (let count = 0; count < BLOCKS; count += 1) yield BLOCK;
}

function digestOfBlocks(): string {
  const hash = createHash("sha256");
  for (const block of blocks()) hash.update(block);
  return hash.digest("hex");
}

async function digestOf(stream: IncomingMessage): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of stream) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** By how many bytes the runtime's memory grew at most while something was done. */
async function growthWhile(work: () => Promise<void>): Promise<number> {
  worker.resetPeak();
  const before = worker.readMemory().residentBytes;
  await work();
  return worker.readMemory().peakBytes - before;
}

it("server-sent events arrive as they are sent", async () => {
  const sentMs: number[] = [];
  origin.answer(async (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    for (const event of ["one", "two", "three"]) {
      sentMs.push(Date.now());
      response.write(`data: ${event}\n\n`);
      await sleep(200);
    }
    response.end();
  });
  const arrivedMs: number[] = [];
  const events: string[] = [];

  for await (const chunk of await open(worker.url, { headers: credential })) {
    arrivedMs.push(Date.now());
    events.push(String(chunk));
  }

  expect(events).toEqual(["data: one\n\n", "data: two\n\n", "data: three\n\n"]);
  expect(arrivedMs[0]).toBeLessThan(sentMs[1] ?? 0);
  expect(arrivedMs[1]).toBeLessThan(sentMs[2] ?? 0);
});

it("an answer's headers arrive before its body", async () => {
  origin.answer((_, response) => {
    response.writeHead(200).flushHeaders();
    setTimeout(() => response.end("late"), 300);
  });
  const answer = await open(worker.url, { headers: credential });
  const headersMs = Date.now();
  expect(await text(answer)).toBe("late");
  expect(Date.now() - headersMs).toBeGreaterThan(100);
});

it("an answer may begin while the request is still being sent", async () => {
  origin.answer((request, response) => void request.pipe(response));
  const { promise: heard, resolve: hear } = Promise.withResolvers<void>();
  async function* body(): AsyncGenerator<Buffer> {
    yield Buffer.from("question");
    await heard;
    yield Buffer.from(", goodbye");
  }
  const call = { method: "POST", headers: credential };
  const answer = await open(worker.url, { ...call, body: body() });
  const [first] = (await once(answer, "data")) as [Buffer];
  hear();
  expect(first.toString()).toBe("question");
  expect(await text(answer)).toBe(", goodbye");
});

it.each([LENGTH, CHUNKED])("100 MB down with %o pass intact in little memory", async (framing) => {
  origin.answer((_, response) => {
    response.writeHead(200, framing);
    Readable.from(blocks()).pipe(response);
  });
  const growth = await growthWhile(async () => {
    const answer = await open(worker.url, { headers: credential });
    expect(answer.headers).toMatchObject(framing);
    await sleep(200); // A slow client must not make the gateway buffer what the origin sends.
    expect(await digestOf(answer)).toBe(DIGEST);
  });
  expect(growth).toBeLessThan(60 * MEGABYTE);
});

it.each([LENGTH, CHUNKED])(
  "F36 100 MB up with %o pass intact in little memory",
  async (framing) => {
    origin.answer(async (request, response) => {
      await sleep(200); // Nor must a slow origin.
      response.setHeader("x-framing", JSON.stringify(request.headers));
      response.end(await digestOf(request));
    });
    const growth = await growthWhile(async () => {
      const headers = { ...credential, ...framing };
      const answer = await send(worker.url, { method: "POST", headers, body: blocks() });
      expect(answer.body.toString()).toBe(DIGEST);
      expect(JSON.parse(String(answer.headers["x-framing"]))).toMatchObject(framing);
    });
    expect(growth).toBeLessThan(60 * MEGABYTE);
  },
);

it.each([{ "content-length": "1000" }, CHUNKED, { "content-encoding": "gzip" }])(
  "F34 a body with %o that the origin breaks off is broken off for the client",
  async (headers) => {
    origin.answer((_, response) => {
      response.writeHead(200, headers).write("the first part");
      setTimeout(() => response.destroy(), 50);
    });
    await expect(send(worker.url, { headers: credential })).rejects.toThrow("aborted");
  },
);

it("F32 an origin that closes the connection without an answer is answered 502", async () => {
  origin.answer(({ socket }) => void socket.destroy());
  expect((await send(worker.url, { headers: credential })).status).toBe(502);
});

it("F32 an origin that refuses the connection is answered 502", async () => {
  const { key } = await createKey(worker, "nowhere");
  const answer = await send(`${worker.url}/nowhere/x`, { headers: { "x-api-key": key } });
  expect(answer.status).toBe(502);
  expect(answer.headers).toHaveProperty("x-ratelimit-remaining", "99");
});

it("F33 an origin that does not answer in time is answered 504 and let go", async () => {
  const { key } = await createKey(worker, "slow");
  // After the first request of a key its isolate has work to go on with, after the second none.
  for (let request = 0; request < 2; request += 1) {
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    origin.answer((_, response) => void response.once("close", resolve));
    const answer = await send(`${worker.url}/slow/x`, { headers: { "x-api-key": key } });
    expect(answer.status).toBe(504);
    await closed;
  }
});

it("the deadline is for the answer's start: a body may take longer", async () => {
  origin.answer((_, response) => {
    response.writeHead(200).write("a");
    setTimeout(() => response.end("b"), 600);
  });
  const { key } = await createKey(worker, "slow");
  const answer = await send(`${worker.url}/slow/x`, { headers: { "x-api-key": key } });
  expect([answer.status, answer.body.toString()]).toEqual([200, "ab"]);
});

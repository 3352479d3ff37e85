/**
 * What a client gives up is given up at the origin. A client leaves by resetting its connection: the
 * platform's edge tells the Worker of any way to leave, workerd by itself takes a mere end of what the
 * client sends for no more than that until it writes to it.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import { startWorker, type RunningWorker } from "../support/worker.ts";

let origin: Origin;
let worker: RunningWorker;
let key: string;

beforeAll(async () => {
  origin = await startOrigin();
  worker = await startWorker([
    { name: "main", origin: origin.url, credential: [{ in: "header", name: "x-api-key" }] },
  ]);
  key = (await createKey(worker, "main")).key;
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

/** Makes the origin answer so; resolves when it has got a request, and when that was given up. */
function expectRequest(answer: (response: ServerResponse) => void): {
  readonly arrived: Promise<void>;
  readonly givenUp: Promise<void>;
} {
  const arrived = Promise.withResolvers<void>();
  const givenUp = Promise.withResolvers<void>();
  origin.answer((request: IncomingMessage, response) => {
    request.on("error", () => {}).resume();
    response.once("close", givenUp.resolve);
    answer(response);
    arrived.resolve();
  });
  return { arrived: arrived.promise, givenUp: givenUp.promise };
}

function startCall(text: string): Socket {
  const socket = connect(Number(new URL(worker.url).port), "127.0.0.1");
  socket.on("error", () => {}).write(text);
  return socket;
}

const GET = (): string => `GET / HTTP/1.1\r\nHost: a\r\nx-api-key: ${key}\r\n\r\n`;
const POST = (): string =>
  `POST / HTTP/1.1\r\nHost: a\r\nx-api-key: ${key}\r\nContent-Length: 100\r\n\r\nbegin`;

function expectSoon(promise: Promise<void>, milliseconds: number): Promise<void> {
  const late = new Promise<void>((_, reject) => {
    setTimeout(() => reject(new Error(`not within ${milliseconds} ms`)), milliseconds).unref();
  });
  return Promise.race([promise, late]);
}

it("F37 a client that leaves before the origin has answered", async () => {
  const { arrived, givenUp } = expectRequest(() => {});
  const client = startCall(GET());
  await arrived;
  client.resetAndDestroy();
  await expectSoon(givenUp, 2000);
});

it("F37 a client that leaves in the middle of its own body", async () => {
  const { arrived, givenUp } = expectRequest(() => {});
  const client = startCall(POST());
  await arrived;
  client.resetAndDestroy();
  await expectSoon(givenUp, 2000);
});

it("F37 a client that leaves in the middle of an answer that pauses", async () => {
  const { givenUp } = expectRequest((response) => void response.writeHead(200).write("begin"));
  const client = startCall(GET());
  await new Promise((resolve) => client.once("data", resolve));
  client.resetAndDestroy();
  await expectSoon(givenUp, 2000);
});

it("F37 a client that closes its side in the middle of a stream of events", async () => {
  const { givenUp } = expectRequest((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write("data: tick\n\n"), 100);
    response.once("close", () => clearInterval(timer));
  });
  const client = startCall(GET());
  await new Promise((resolve) => client.once("data", resolve));
  client.destroy();
  await expectSoon(givenUp, 2000);
});

it("F37 leaving is not logged as a fault of the origin", () => {
  expect(worker.output()).not.toContain("origin_unreachable");
});

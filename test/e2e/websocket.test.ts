/** WebSockets through the gateway: the handshake is admitted like any request, frames are passed on. */
import type { IncomingMessage } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { send } from "../support/http-client.ts";
import { createKey } from "../support/manage.ts";
import { startOrigin, type Origin } from "../support/origin.ts";
import {
  acceptWebSocket,
  BINARY,
  CLOSE,
  closePayload,
  connectWebSocket,
  TEXT,
  type Peer,
} from "../support/websocket.ts";
import { startWorker, type RunningWorker } from "../support/worker.ts";

let origin: Origin;
let worker: RunningWorker;
let credential: Readonly<Record<string, string>>;

beforeAll(async () => {
  origin = await startOrigin();
  worker = await startWorker([
    { name: "main", origin: origin.url, credential: [{ in: "header", name: "x-api-key" }] },
  ]);
  credential = { "x-api-key": (await createKey(worker, "main")).key };
});

afterAll(async () => {
  await Promise.all([worker.stop(), origin.close()]);
});

/** The origin's end of the next connection. */
function acceptNext(lines: readonly string[] = []): Promise<Peer> {
  return new Promise((resolve) => {
    origin.answerUpgrade((request, socket) => resolve(acceptWebSocket(request, socket, lines)));
  });
}

/** Both ends of a connection through the gateway. */
async function connectThrough(): Promise<readonly [client: Peer, server: Peer]> {
  const accepted = acceptNext();
  const { peer, answer } = await connectWebSocket(worker.url, credential);
  if (peer === null) throw new Error(`the handshake was answered ${answer.statusCode}`);
  return [peer, await accepted];
}

it.each([
  ["a text", TEXT, Buffer.from("grüße 👋")],
  ["bytes", BINARY, Buffer.from([0, 1, 127, 128, 255])],
  ["an empty text", TEXT, Buffer.alloc(0)],
  ["60,000 bytes", BINARY, Buffer.alloc(60_000, "abcdefg")],
])("%s pass both ways unchanged", async (_, opcode, payload) => {
  const [client, server] = await connectThrough();
  client.send(opcode, payload);
  const heard = await server.receive();
  server.send(opcode, payload);
  const echoed = await client.receive();
  expect(heard).toEqual({ opcode, payload });
  expect(echoed).toEqual({ opcode, payload });
  client.vanish();
});

it("messages keep their order while both sides send", async () => {
  const [client, server] = await connectThrough();
  const texts = Array.from({ length: 50 }, (_, index) => `message ${index}`);
  for (const text of texts) {
    client.send(TEXT, Buffer.from(text));
    server.send(TEXT, Buffer.from(text));
  }
  for (const text of texts) {
    expect((await server.receive())?.payload.toString()).toBe(text);
    expect((await client.receive())?.payload.toString()).toBe(text);
  }
  client.vanish();
});

it("the client's close code and reason reach the origin, and the other way round", async () => {
  const [client, server] = await connectThrough();
  client.send(CLOSE, closePayload(4001, "client is done"));
  expect(await server.receive()).toEqual({
    opcode: CLOSE,
    payload: closePayload(4001, "client is done"),
  });
  server.send(CLOSE, closePayload(4002, "origin is done"));
  expect(await client.receive()).toEqual({
    opcode: CLOSE,
    payload: closePayload(4002, "origin is done"),
  });
});

it("the origin learns that a client has vanished", async () => {
  const [client, server] = await connectThrough();
  client.vanish();
  expect(await server.receive()).toBeNull();
});

it("the client learns that the origin has vanished", async () => {
  const [client, server] = await connectThrough();
  server.vanish();
  expect(await client.receive()).toBeNull();
});

it("the handshake has the origin's headers and those of the limits", async () => {
  void acceptNext(["Sec-WebSocket-Protocol: chat", "X-Origin: yes", "Set-Cookie: a=1"]);
  const { answer, peer } = await connectWebSocket(worker.url, {
    ...credential,
    "sec-websocket-protocol": "other, chat",
  });
  peer?.vanish();
  expect(answer.statusCode).toBe(101);
  expect(answer.headers).toMatchObject({
    "sec-websocket-protocol": "chat",
    "x-origin": "yes",
    "set-cookie": ["a=1"],
    "x-ratelimit-limit": "100",
    "x-request-id": expect.any(String),
  });
});

it("the origin gets the handshake without the key and with who calls", async () => {
  const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
  origin.answerUpgrade((request, socket) => {
    acceptWebSocket(request, socket);
    resolve(request);
  });
  const headers = { ...credential, "sec-websocket-protocol": "other, chat" };
  const { peer } = await connectWebSocket(`${worker.url}/room/1?a=b`, headers);
  const { url, headers: received } = await promise;
  expect(url).toBe("/room/1?a=b");
  expect(received).not.toHaveProperty("x-api-key");
  expect(received).toMatchObject({
    "sec-websocket-protocol": "other, chat",
    "x-authz-key-id": expect.stringMatching(/^key_/),
  });
  peer?.vanish();
});

it("a connection counts once, however much is said on it", async () => {
  const { key } = await createKey(worker, "main");
  const headers = { "x-api-key": key };
  const accepted = acceptNext();
  const { answer, peer } = await connectWebSocket(worker.url, headers);
  const server = await accepted;
  for (let count = 0; count < 5; count += 1) peer?.send(TEXT, Buffer.from("hello"));
  for (let count = 0; count < 5; count += 1) await server.receive();
  peer?.vanish();
  expect(answer.headers["x-ratelimit-remaining"]).toBe("99");
  const next = await send(worker.url, { headers });
  expect(next.headers["x-ratelimit-remaining"]).toBe("98");
});

it("a handshake with a wrong key is answered 401 and never reaches the origin", async () => {
  let asked = false;
  origin.answerUpgrade((_, socket) => {
    asked = true;
    socket.end();
  });
  const { answer, peer } = await connectWebSocket(worker.url, { "x-api-key": "sk_wrong" });
  expect(peer).toBeNull();
  expect(answer.statusCode).toBe(401);
  expect(answer.headers["www-authenticate"]).toContain("x-api-key");
  expect(asked).toBe(false);
});

it("an origin that refuses the upgrade is heard", async () => {
  origin.answerUpgrade((_, socket) => {
    socket.end("HTTP/1.1 403 Forbidden\r\nX-Why: members only\r\nContent-Length: 0\r\n\r\n");
  });
  const { answer, peer } = await connectWebSocket(worker.url, credential);
  expect(peer).toBeNull();
  expect([answer.statusCode, answer.headers["x-why"]]).toEqual([403, "members only"]);
});

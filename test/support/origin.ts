/**
 * A plain Node origin on a loopback port: a test says how it answers, in Node's own terms, so that
 * what reaches the origin and what it sends are seen as they are on the wire.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";

/** How an origin answers a request; a promise that rejects fails the test run. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
/** How an origin answers a request to upgrade. */
export type UpgradeAnswer = (request: IncomingMessage, socket: Duplex) => void;

/** A running origin. */
export interface Origin {
  readonly url: string;
  /** Says how requests are answered from now on. */
  readonly answer: (answer: Answer) => void;
  readonly answerUpgrade: (answer: UpgradeAnswer) => void;
  readonly close: () => Promise<void>;
}

/** Starts an origin that answers 200 until a test says otherwise. */
export async function startOrigin(): Promise<Origin> {
  let current = answerNothing;
  let currentUpgrade = refuseUpgrade;
  const server = createServer((request, response) => void current(request, response));
  server.on("upgrade", (request, socket) => currentUpgrade(request, socket));
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    answer: (answer) => void (current = answer),
    answerUpgrade: (answer) => void (currentUpgrade = answer),
    async close() {
      const closed = once(server.close(), "close");
      for (const socket of sockets) socket.destroy(); // The server forgets those it has upgraded.
      await closed;
    },
  };
}

const answerNothing: Answer = (_, response) => void response.end();
const refuseUpgrade: UpgradeAnswer = (_, socket) => void socket.end();

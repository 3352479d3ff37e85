/**
 * The origin behind everything that is measured: it answers every request with the same bytes and
 * does no more than find where a request ends, so that it is never what a number is about.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { createMessageReader } from "./message-reader.ts";

const BODY = JSON.stringify({ success: true, data: { id: "item_42", name: "An item", price: 12 } });
const ANSWER = Buffer.from(
  [
    "HTTP/1.1 200 OK",
    "Content-Type: application/json",
    `Content-Length: ${BODY.length}`,
    "",
    BODY,
  ].join("\r\n"),
);

/** A running origin. */
export interface Origin {
  readonly port: number;
  readonly url: string;
  readonly close: () => void;
}

/** Starts it on a free loopback port. */
export async function startOrigin(): Promise<Origin> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    const reader = createMessageReader();
    sockets.add(socket);
    socket.on("data", (chunk) => {
      if (reader.read(chunk) !== null) socket.write(ANSWER);
    });
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

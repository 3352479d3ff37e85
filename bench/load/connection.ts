/** A client's connection that stays open: one request at a time, the next when the answer is whole. */
import { once } from "node:events";
import { connect } from "node:net";
import { createMessageReader } from "./message-reader.ts";

/** A connection that is open and idle. */
export interface Connection {
  /** Sends one request; `onAnswer` is told the status of its answer. */
  readonly send: (request: Buffer, onAnswer: (status: number) => void) => void;
  readonly close: () => void;
}

/** Connects to a loopback port. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  const reader = createMessageReader();
  let answered: ((status: number) => void) | null = null;
  let closing = false;
  socket.on("data", (chunk) => {
    const statusLine = reader.read(chunk);
    if (statusLine !== null) answered?.(Number(statusLine.slice(9, 12)));
  });
  socket.on("error", () => {});
  // An answer that never comes is counted as the status 0.
  socket.once("close", () => closing || answered?.(0));
  return {
    send(request, onAnswer) {
      answered = onAnswer;
      socket.write(request);
    },
    close() {
      closing = true;
      socket.destroy();
    },
  };
}

/** Opens so many of them. */
export function openConnections(port: number, count: number): Promise<readonly Connection[]> {
  return Promise.all(Array.from({ length: count }, () => openConnection(port)));
}

/** Tells an answer that no scenario expects: it would be counted as if the work had been done. */
export function assertStatus(status: number, expected: number): void {
  if (status === expected) return;
  throw new Error(`an answer had the status ${status || "none"} where ${expected} was expected`);
}

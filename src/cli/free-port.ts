/**
 * Whether a port is free on every loopback address that `localhost` can mean: a server on the other
 * one of 127.0.0.1 and ::1 would silently take the calls that are meant for ours.
 */
import { createServer } from "node:net";
import { Failure } from "./failure.ts";

const LOOPBACK_ADDRESSES = ["127.0.0.1", "::1"] as const;

/** Reads a port number from its text; throws a `Failure` for what is none. */
export function parsePort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new Failure(`PORT must be a number from 1 to 65535, found "${text}".`);
}

/** Throws a `Failure` that says how to choose another port when something listens on this one. */
export async function requireFreePort(port: number): Promise<void> {
  for (const address of LOOPBACK_ADDRESSES) {
    const code = await tryListening(port, address);
    if (code === "EADDRINUSE") {
      throw new Failure(
        `Port ${port} is in use. Choose another one: PORT=${port === 65_535 ? 8787 : port + 1} npm start`,
      );
    }
    if (code === "EACCES") {
      throw new Failure(
        `Port ${port} may not be opened by this user. Choose another one: PORT=8787 npm start`,
      );
    }
  }
}

/** Listens for a moment; answers with the error's code, or `null` when it worked. */
function tryListening(port: number, address: string): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? "unknown"));
    server.listen(port, address, () => server.close(() => resolve(null)));
  });
}

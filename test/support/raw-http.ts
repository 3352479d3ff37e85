/** Requests as bytes on a socket, for what no HTTP client would send. */
import { connect } from "node:net";

const MAX_WAIT_MS = 5000;

/** What came back: the status of the first answer, 0 for none, and everything as text. */
export interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

/**
 * Sends bytes (a text's characters are bytes) and resolves with what the server sends until it closes
 * the connection; one that stays open is closed after the first answer's body of known length.
 */
export function sendRaw(url: string, bytes: string): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let text = "";
    const finish = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    };
    const timer = setTimeout(finish, MAX_WAIT_MS);
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      if (isWhole(text)) finish();
    });
    socket.on("error", finish).on("close", finish);
    socket.write(Buffer.from(bytes, "latin1"));
  });
}

/** Whether the first answer is there with its whole body. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = /^content-length: *(\d+)\r?$/im.exec(text.slice(0, end))?.[1];
  if (length !== undefined) return text.length >= end + 4 + Number(length);
  return text.endsWith("\r\n0\r\n\r\n");
}

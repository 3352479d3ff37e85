/**
 * WebSocket connections by hand (RFC 6455), for either side: a client that can send headers with its
 * handshake, an origin without a dependency, and both see every frame.
 */
import { createHash, randomBytes } from "node:crypto";
import { request, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** Opcodes of section 5.2. */
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;

/** One unfragmented message. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Buffer;
}

/** One end of an open connection. */
export interface Peer {
  readonly send: (opcode: number, payload: Buffer) => void;
  /** The next frame, or `null` when the connection has ended. */
  readonly receive: () => Promise<Frame | null>;
  /** Ends the connection without a closing handshake. */
  readonly vanish: () => void;
}

/** What a handshake came to: a connection, or an answer that refuses. */
export interface Handshake {
  readonly answer: IncomingMessage;
  readonly peer: Peer | null;
}

/** Opens a connection as a client. */
export function connectWebSocket(
  url: string,
  headers: Readonly<Record<string, string>>,
): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const handshake = request(url, {
      agent: false,
      headers: {
        connection: "Upgrade",
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": randomBytes(16).toString("base64"),
        ...headers,
      },
    });
    handshake.once("upgrade", (answer, socket, head) => {
      resolve({ answer, peer: createPeer(socket, head, true) });
    });
    handshake.once("response", (answer) => resolve({ answer: answer.resume(), peer: null }));
    handshake.once("error", reject);
    handshake.end();
  });
}

/** Accepts a connection as an origin; `lines` are further header lines of its answer. */
export function acceptWebSocket(
  { headers }: IncomingMessage,
  socket: Duplex,
  lines: readonly string[] = [],
): Peer {
  const accept = createHash("sha1")
    .update(`${headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest("base64");
  const answer = [
    "HTTP/1.1 101 Switching Protocols",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Accept: ${accept}`,
    ...lines,
  ];
  socket.write(`${answer.join("\r\n")}\r\n\r\n`);
  return createPeer(socket, Buffer.alloc(0), false);
}

/** The payload of a close frame (section 5.5.1). */
export function closePayload(code: number, reason: string): Buffer {
  const payload = Buffer.concat([Buffer.alloc(2), Buffer.from(reason)]);
  payload.writeUInt16BE(code);
  return payload;
}

function createPeer(socket: Duplex, head: Buffer, masks: boolean): Peer {
  let buffered = head;
  const bytes = socket.on("error", () => {})[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  /** The first bytes of what has come, once there are so many. */
  const take = async (length: number): Promise<Buffer | null> => {
    while (buffered.length < length) {
      const { value, done } = await bytes.next().catch(() => ({ value: null, done: true }));
      if (done === true || value === null) return null;
      buffered = Buffer.concat([buffered, value]);
    }
    const taken = buffered.subarray(0, length);
    buffered = buffered.subarray(length);
    return taken;
  };
  return {
    send: (opcode, payload) => void socket.write(encodeFrame(opcode, payload, masks)),
    receive: () => decodeFrame(take),
    vanish: () => void socket.destroy(),
  };
}

function encodeFrame(opcode: number, payload: Buffer, masks: boolean): Buffer {
  const short = payload.length < 126;
  const head = Buffer.alloc(short ? 2 : 4);
  const length = short ? payload.length : 126;
  head.writeUInt8(0x80 + opcode, 0);
  head.writeUInt8(masks ? 0x80 + length : length, 1);
  if (!short) head.writeUInt16BE(payload.length, 2);
  if (!masks) return Buffer.concat([head, payload]);
  const mask = randomBytes(4);
  return Buffer.concat([head, mask, applyMask(payload, mask)]);
}

async function decodeFrame(
  take: (length: number) => Promise<Buffer | null>,
): Promise<Frame | null> {
  const head = await take(2);
  if (head === null) return null;
  const [first = 0, second = 0] = head;
  let length = second % 0x80;
  if (length === 126) length = (await take(2))?.readUInt16BE() ?? 0;
  const mask = second >= 0x80 ? await take(4) : null;
  const payload = await take(length);
  if (payload === null) return null;
  return { opcode: first % 0x10, payload: mask === null ? payload : applyMask(payload, mask) };
}

function applyMask(payload: Buffer, mask: Buffer): Buffer {
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

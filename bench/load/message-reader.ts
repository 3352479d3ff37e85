/**
 * Where one HTTP/1.1 message of a connection ends: as little parsing as counting needs. It knows
 * `Content-Length` and chunked bodies, and that one message at a time is on its way.
 */

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const EMPTY = Buffer.alloc(0);

/** Takes a connection's bytes apart into whole messages. */
export interface MessageReader {
  /** Adds bytes; answers with the message's start line when that made it whole, else `null`. */
  readonly read: (chunk: Buffer) => string | null;
}

/** A reader at the beginning of a connection. */
export function createMessageReader(): MessageReader {
  let pending = EMPTY;
  return {
    read(chunk) {
      pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
      const headLength = pending.indexOf(HEAD_END);
      if (headLength === -1) return null;
      const head = pending.latin1Slice(0, headLength);
      if (!isWhole(pending, head, headLength + HEAD_END.length)) return null;
      pending = EMPTY;
      return head.slice(0, head.indexOf("\r\n"));
    },
  };
}

function isWhole(message: Buffer, head: string, bodyAt: number): boolean {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) return message.length >= bodyAt + Number(length);
  if (!/\r\ntransfer-encoding: *chunked/i.test(head)) return true;
  return message.subarray(bodyAt).subarray(-LAST_CHUNK.length).equals(LAST_CHUNK);
}

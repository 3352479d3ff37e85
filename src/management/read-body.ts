/**
 * Reads the body of a management request: at most 64 KiB, counted while reading, UTF-8, JSON. A
 * request without a body has an empty object, so that its missing members are what is named.
 */
import { parseJsonObject } from "./json-body.ts";
import { decline, declineFields, succeed, type Outcome } from "./outcome.ts";

const MAX_BODY_BYTES = 65_536;

/** Reads the request's JSON object or says what is wrong with its body. */
export async function readBody(request: Request): Promise<Outcome<object>> {
  const bytes = await readBytes(request);
  if (bytes === null) {
    return decline("body_too_large", { message: "The request body is larger than 64 KiB." });
  }
  if (bytes.length === 0) return succeed({});
  if (!/^application\/json[ \t]*(?:;|$)/i.test(request.headers.get("content-type") ?? "")) {
    return declineFields({
      field: "content-type",
      message: "must be application/json",
    });
  }
  const text = decodeUtf8(bytes);
  if (text === null) return declineFields({ field: "body", message: "must be UTF-8" });
  return parseJsonObject(text);
}

/** All bytes, or `null` as soon as there are more than the limit: the rest is not read. */
async function readBytes(request: Request): Promise<Uint8Array | null> {
  if (request.body === null) return new Uint8Array(0);
  const reader: ReadableStreamDefaultReader<Uint8Array> = request.body.getReader();
  const bytes = new Uint8Array(MAX_BODY_BYTES);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return bytes.subarray(0, length);
    if (length + value.length > MAX_BODY_BYTES) {
      await reader.cancel();
      return null;
    }
    bytes.set(value, length);
    length += value.length;
  }
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

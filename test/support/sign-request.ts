/** A client's side of request signatures, as the published page's `signRequest` computes them. */

const encoder = new TextEncoder();

/** What a client signs and sends. No body, or an empty one, is signed as the text `null`. */
export interface RequestToSign {
  readonly method: string;
  readonly pathWithQuery: string;
  readonly timestamp: string;
  readonly body?: Uint8Array | string | null;
}

/** The 32 bytes of HMAC-SHA-256 over any message, under the UTF-8 bytes of the secret. */
export async function signMessage(secret: string, message: Uint8Array): Promise<Uint8Array> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = encoder.encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, Uint8Array.from(message)));
}

/** The value of `x-signature` for a request. */
export async function signRequest(secret: string, request: RequestToSign): Promise<string> {
  const { method, pathWithQuery, timestamp } = request;
  const body = toBytes(request.body ?? null);
  const head = encoder.encode(`${method}${pathWithQuery}${timestamp}`);
  const signed = new Blob([head, body.length === 0 ? "null" : Uint8Array.from(body)]);
  return toHex(await signMessage(secret, new Uint8Array(await signed.arrayBuffer())));
}

/** A body's bytes; none for `null`. */
export function toBytes(body: Uint8Array | string | null): Uint8Array {
  if (body === null) return new Uint8Array(0);
  return typeof body === "string" ? encoder.encode(body) : body;
}

/** Bytes in lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads a request's body whole, up to a number of bytes that are counted while reading. */

/** The bytes of a body, empty when there is none, or `null` when there are more than `maxBytes`. */
export async function readBody(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > maxBytes) return null;
  // Only the request itself can carry a body with GET or HEAD to the origin, so a copy is read.
  const source = isBodyUnusual(request) ? request.clone() : request;
  // What is sent with a length has no more than that, and is read in one step.
  if (declared >= 0) return readWhole(source, maxBytes);
  const { body: stream } = source;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream ?? []) {
    size += chunk.byteLength;
    if (size > maxBytes) return null;
    chunks.push(chunk);
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return body;
}

/** Whether a request has a body where `new Request` allows none: it is forwarded unread. */
export function isBodyUnusual({ method, body }: Request): boolean {
  return body !== null && (method === "GET" || method === "HEAD");
}

async function readWhole(
  request: Request,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const body = new Uint8Array(await request.arrayBuffer());
  return body.length > maxBytes ? null : body;
}

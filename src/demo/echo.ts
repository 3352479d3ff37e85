/**
 * The echo: shows a client, byte for byte, what the authorizer forwarded. It reads a whole body into
 * memory, as origins with small bodies do and the authorizer never does without need.
 */

/** What an origin received. A body that is not UTF-8 is told as `body_base64` instead of `body`. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** `null` when not a byte was received. */
  readonly body?: string | null;
  readonly body_base64?: string;
}

/** Answers with the request itself, as JSON. */
export async function echo(request: Request): Promise<Response> {
  return Response.json(describeReceived(request, new Uint8Array(await request.arrayBuffer())));
}

/** Tells a request whose body was read already. */
export function describeReceived(request: Request, body: Uint8Array): Received {
  return {
    method: request.method,
    url: request.url,
    headers: Object.fromEntries(request.headers),
    ...describeBody(body),
  };
}

function describeBody(body: Uint8Array): Pick<Received, "body" | "body_base64"> {
  if (body.length === 0) return { body: null };
  try {
    return { body: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body) };
  } catch {
    return { body_base64: encodeBase64(body) };
  }
}

function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** What a client of a key signs, and what it reads of a refusal. */
import { signRequest } from "./sign-request.ts";

export interface SigningKey {
  readonly key: string;
  readonly secret: string;
}

/** What a client signs; `GET /echo` at the present time unless said otherwise. */
export interface Signed {
  readonly method?: string;
  readonly path?: string;
  readonly body?: string | null;
  readonly timestamp?: number;
}

/** The request as a client signs it; the same arguments make the same bytes. */
export async function signed(
  { key, secret }: SigningKey,
  { method = "GET", path = "/echo", body = null, timestamp = Date.now() }: Signed,
): Promise<readonly [path: string, init: RequestInit]> {
  const stamp = String(timestamp);
  const signature = await signRequest(secret, {
    method,
    pathWithQuery: path,
    timestamp: stamp,
    body,
  });
  const headers = { "x-api-key": key, "x-timestamp": stamp, "x-signature": signature };
  return [path, { method, headers, ...(body === null ? {} : { body }) }];
}

/** The code of a refusal in the dialect of `deframe`. */
export async function codeOf(response: Response): Promise<string> {
  const { error } = await response.json<{ error: { code: string } }>();
  return error.code;
}

/** A key with its signing secret, made by management, and what its client signs. */
import { makeKey, manage } from "./gateway.ts";
import { signRequest } from "./sign-request.ts";

export interface SigningKey {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
}

/** Makes a key of the API `deframe` in an account of its own. */
export async function makeSigningKey(members: object = {}): Promise<SigningKey> {
  const { account } = await makeKey();
  const { body } = await manage("POST", `/accounts/${account}/api-keys`, { name: "K", ...members });
  const { id, key, signing_secret: secret } = body.data as never as Record<string, string>;
  if (id === undefined || key === undefined || secret === undefined) throw new Error("no secret");
  return { id, key, secret };
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

/**
 * Who may manage: the operator, by a bearer token. Tokens are compared by their digests in constant
 * time; without a configured token nobody may, and the answer says how to make one.
 */
import { equalBytes } from "../core/bytes.ts";
import { refuse, type Refusal } from "../core/refusal.ts";

const encoder = new TextEncoder();

/** `null` when the `Authorization` header holds one of the configured tokens, else why not. */
export async function authorizeOperator(
  tokens: readonly string[],
  authorization: string | null,
): Promise<Refusal | null> {
  const closed = judgeOpen(tokens);
  if (closed !== null) return closed;
  if (authorization === null || authorization === "") {
    return refuse("missing_credential", { message: MISSING });
  }
  const presented = readBearer(authorization);
  if ((await findToken(tokens, presented)) !== null) return null;
  return refuse("invalid_token", { message: WRONG, credentialSent: true });
}

/** Why management is closed to everyone, `null` when it is open. */
export function judgeOpen(tokens: readonly string[]): Refusal | null {
  return tokens.length > 0 ? null : refuse("unavailable", { message: NOT_CONFIGURED });
}

/** The token of an `Authorization` header, empty when there is none in it. */
export function readBearer(authorization: string): string {
  return /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
}

const NOT_CONFIGURED =
  "Management is closed: the secret OPERATOR_TOKEN is not set or shorter than 32 characters. " +
  "Create it with: openssl rand -hex 32 | npx wrangler secret put OPERATOR_TOKEN";
const MISSING = "Send the operator token as `Authorization: Bearer OPERATOR_TOKEN`.";
const WRONG = "The operator token is not valid. Send it as `Authorization: Bearer OPERATOR_TOKEN`.";

/**
 * The configured token that was presented, or `null`. Digests have one length, and every token is
 * compared, whichever fits.
 */
export async function findToken(
  tokens: readonly string[],
  presented: string,
): Promise<string | null> {
  const found = await digest(presented);
  let fitting: string | null = null;
  for (const token of tokens) {
    if (equalBytes(await digest(token), found)) fitting = token;
  }
  return fitting;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(text)));
}

/**
 * Who may manage: the operator, by a bearer token. Tokens are compared by their digests in constant
 * time; without a configured token nobody may, and the answer says how to make one.
 */
import { refuse, type Refusal } from "../core/refusal.ts";

const encoder = new TextEncoder();

/** `null` when the `Authorization` header holds one of the configured tokens, else why not. */
export async function authorizeOperator(
  tokens: readonly string[],
  authorization: string | null,
): Promise<Refusal | null> {
  if (tokens.length === 0) return refuse("unavailable", { message: NOT_CONFIGURED });
  if (authorization === null || authorization === "") {
    return refuse("missing_credential", { message: MISSING });
  }
  const presented = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? "";
  if (await isOneOf(tokens, presented)) return null;
  return refuse("invalid_token", { message: WRONG, credentialSent: true });
}

const NOT_CONFIGURED =
  "Management is closed: the secret OPERATOR_TOKEN is not set or shorter than 32 characters. " +
  "Create it with: openssl rand -hex 32 | npx wrangler secret put OPERATOR_TOKEN";
const MISSING = "Send the operator token as `Authorization: Bearer OPERATOR_TOKEN`.";
const WRONG = "The operator token is not valid. Send it as `Authorization: Bearer OPERATOR_TOKEN`.";

/** Digests have one length, and every token is compared, whichever fits. */
async function isOneOf(tokens: readonly string[], presented: string): Promise<boolean> {
  const found = await digest(presented);
  let matches = false;
  for (const token of tokens) {
    if (crypto.subtle.timingSafeEqual(await digest(token), found)) matches = true;
  }
  return matches;
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}

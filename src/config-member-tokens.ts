/**
 * The settings of members' tokens: the secret `JWT_SECRET` or the var `JWT_JWKS_URL`, never both, and
 * the vars `JWT_ISSUER` and `JWT_AUDIENCE`. The secret is never repeated in a mistake.
 */
import type { Api } from "./core/api.ts";
import type { MemberTokenRules } from "./core/member-token-rules.ts";

const MIN_SECRET_LENGTH = 32;
const CREATE = "openssl rand -hex 32 | npx wrangler secret put JWT_SECRET";

/** Reads the settings, `null` when members have no tokens: then none verifies. */
export function parseMemberTokens(
  env: Readonly<Record<string, unknown>>,
  apis: readonly Api[],
  mistakes: string[],
): MemberTokenRules | null {
  const secret = readText(env, "JWT_SECRET", mistakes);
  const url = readText(env, "JWT_JWKS_URL", mistakes);
  const issuer = readText(env, "JWT_ISSUER", mistakes);
  const audience = readText(env, "JWT_AUDIENCE", mistakes);
  if (secret !== null && url !== null) {
    mistakes.push(
      "JWT_SECRET: must not be set beside JWT_JWKS_URL: tokens are verified by one of them",
    );
  }
  if (secret !== null && secret.length < MIN_SECRET_LENGTH) {
    mistakes.push(
      `JWT_SECRET: must have at least ${MIN_SECRET_LENGTH} characters. Create it with: ${CREATE}`,
    );
  }
  if (url !== null && !isAllowedUrl(url)) {
    mistakes.push("JWT_JWKS_URL: must be an https:// URL (http:// only for a loopback address)");
  }
  if (secret !== null) return { kind: "secret", secret, issuer, audience };
  if (url !== null) return { kind: "jwks", url, issuer, audience };
  const needing = apis.find(({ selfService }) => selfService.includes("account"));
  if (needing !== undefined) {
    mistakes.push(
      `JWT_SECRET: is not set, and the API "${needing.name}" has management "account", whose members ` +
        `send tokens. Create it with: ${CREATE} (or set the var JWT_JWKS_URL)`,
    );
  }
  return null;
}

/** A setting that is there; an empty one is none. */
function readText(
  env: Readonly<Record<string, unknown>>,
  name: string,
  mistakes: string[],
): string | null {
  const found = env[name];
  if (found === undefined || found === "") return null;
  if (typeof found === "string") return found;
  mistakes.push(`${name}: must be a text`);
  return null;
}

function isAllowedUrl(text: string): boolean {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return false;
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && loopback);
}

/**
 * Members' tokens: JWTs (RFC 7519) whose algorithm and keys the configuration names, never the token.
 * What a token says of where its key is to be found (`jku`, `jwk`, `x5u`) is not looked at.
 */
import { jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";
import type { MemberTokenRules } from "../core/member-token-rules.ts";
import { Unavailable, type MemberTokens } from "../core/ports.ts";
import { createJwksKeys, type FetchJwks } from "./jwks.ts";

const MAX_LENGTH = 8192;
/** Base64url without padding: `jose` would also take what other base64 readers take. */
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** Verifies tokens by these rules at the time `now`; no clock may be off by a second. */
export function createMemberTokens(
  rules: MemberTokenRules,
  fetchJwks: FetchJwks = fetch,
  now: () => number = Date.now,
): MemberTokens {
  const { issuer, audience } = rules;
  const getKey = keyGetterOf(rules, fetchJwks);
  const options = {
    algorithms: rules.kind === "secret" ? ["HS256"] : ["RS256", "ES256", "EdDSA"],
    requiredClaims: ["exp", "sub"],
    ...(issuer === null ? {} : { issuer }),
    ...(audience === null ? {} : { audience }),
  };
  return {
    async verify(token) {
      if (token.length > MAX_LENGTH || !COMPACT.test(token)) return null;
      try {
        const currentDate = new Date(now());
        return readAccountId((await jwtVerify(token, getKey, { ...options, currentDate })).payload);
      } catch (error) {
        if (error instanceof Unavailable) throw error;
        // Whatever else keeps a token from being verified, it was not verified.
        return null;
      }
    },
  };
}

function keyGetterOf(rules: MemberTokenRules, fetchJwks: FetchJwks): JWTVerifyGetKey {
  if (rules.kind === "jwks") return createJwksKeys(new URL(rules.url), fetchJwks);
  const secret = new TextEncoder().encode(rules.secret);
  return async () => secret;
}

/** JSON has numbers that are too large to be one: such an `exp` would never come. */
function readAccountId({ exp, sub }: JWTPayload): string | null {
  if (!Number.isFinite(exp) || typeof sub !== "string" || sub === "") return null;
  return sub;
}

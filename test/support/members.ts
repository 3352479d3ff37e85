/** Members' tokens, signed with the secret of the Worker under test. */
import { env } from "cloudflare:workers";
import { SignJWT, type JWTPayload } from "jose";

/** A token of an account that is good for ten minutes; `claims` replaces what it is given. */
export function makeToken(
  account: string,
  claims: JWTPayload = {},
  secret: string = env.JWT_SECRET ?? "",
): Promise<string> {
  const exp = Math.floor(Date.now() / 1000) + 600;
  return new SignJWT({ sub: account, exp, ...claims })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .sign(new TextEncoder().encode(secret));
}

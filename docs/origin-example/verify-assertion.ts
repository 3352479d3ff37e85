/**
 * For origins behind the authorizer: accepts a request only with an assertion that the authorizer signed
 * for this very request, once, and says why not. Needs `jose` and no platform. What was seen is kept in
 * memory: where several instances share the work, keep it where they all look.
 */
import { base64url, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from "jose";

/** Whom this origin trusts, and what it is called there. */
export interface Trust {
  /** The deployment's keys, from the address you know; never from one that a request names. */
  readonly keys: JWTVerifyGetKey;
  /** Scheme and host at which clients call the API, all of them. */
  readonly issuer: string | string[];
  /** This origin as it is configured there: scheme and host of its URL, or `binding:NAME`. */
  readonly audience: string;
}

/** A request as it was received: path with query, byte for byte, and header `X-Authz-Assertion`. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly assertion: string | null;
}

export type Verdict =
  | { readonly ok: true; readonly claims: JWTPayload }
  | { readonly ok: false; readonly why: string };

const MAX_AGE_SECONDS = 30;
const CLOCK_TOLERANCE_SECONDS = 5;

/** Makes the check. It rejects when the keys cannot be had: nothing is known then, so answer 503. */
export function createAssertionVerifier(
  { keys, issuer, audience }: Trust,
  now: () => number = Date.now,
): (received: Received) => Promise<Verdict> {
  const seenUntilMs = new Map<string, number>();

  function isFirstUse(id: string, expSeconds: number): boolean {
    for (const [other, untilMs] of seenUntilMs) {
      if (untilMs >= now()) break;
      seenUntilMs.delete(other);
    }
    if (seenUntilMs.has(id)) return false;
    seenUntilMs.set(id, (expSeconds + CLOCK_TOLERANCE_SECONDS) * 1000);
    return true;
  }

  return async ({ method, path, assertion }) => {
    if (assertion === null) return refuse("there is no assertion");
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(path));
    const pathHash = base64url.encode(new Uint8Array(digest));
    try {
      const { payload } = await jwtVerify(assertion, keys, {
        algorithms: ["EdDSA"],
        issuer,
        audience,
        requiredClaims: ["sub", "exp", "jti"],
        maxTokenAge: MAX_AGE_SECONDS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(now()),
      });
      const { exp = 0, jti = "" } = payload;
      if (payload["method"] !== method) return refuse("it was made for another method");
      if (payload["path_hash"] !== pathHash) return refuse("it was made for another path");
      if (!isFirstUse(jti, exp)) return refuse("it was used before");
      return { ok: true, claims: payload };
    } catch (error) {
      return refuse(explain(error));
    }
  };
}

const refuse = (why: string): Verdict => ({ ok: false, why });

/** What is wrong with the assertion; what is wrong with the keys is thrown on. */
function explain(error: unknown): string {
  const ofAssertion = error instanceof errors.JOSEError && error.code !== errors.JOSEError.code;
  if (!ofAssertion || error instanceof errors.JWKSTimeout) throw error;
  return error.message;
}

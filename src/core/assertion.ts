/**
 * The identity assertion: a JWT (RFC 7519) by which an origin knows, without trusting the network, that
 * the authorizer sends this very request and for whom. It says nothing of the body. Its claims are part
 * of the contract with origins: they are added to, never renamed.
 */
import type { Origin } from "./api.ts";
import { encodeBase64Url } from "./bytes.ts";
import type { Principal } from "./principal.ts";

/** How long an assertion is good for: the way to the origin, and clocks that differ. */
const LIFETIME_SECONDS = 30;

/** A request as it is about to be forwarded. */
export interface AssertedRequest {
  readonly principal: Principal;
  /** Scheme and host that the client called. */
  readonly issuer: string;
  readonly origin: Origin;
  readonly method: string;
  /** What is asked of the origin. */
  readonly target: URL;
  readonly requestId: string;
}

/** What an assertion says. Times are epoch seconds. */
export interface AssertionClaims {
  readonly iss: string;
  readonly aud: string;
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly jti: string;
  readonly account: string;
  readonly environment: string;
  readonly permissions: readonly string[];
  readonly api: string;
  readonly method: string;
  /** SHA-256 of the path with its query, base64url. */
  readonly path_hash: string;
  readonly request_id: string;
}

/** A public key as a key set shows it (RFC 8037 section 2). */
export interface PublicJwk {
  readonly kty: "OKP";
  readonly crv: "Ed25519";
  readonly x: string;
  readonly kid: string;
  readonly alg: "EdDSA";
  readonly use: "sig";
}

const encoder = new TextEncoder();

/** The claims of an assertion made at `nowMs` under an id that no other has. */
export async function formatClaims(
  { principal, issuer, origin, method, target, requestId }: AssertedRequest,
  nowMs: number,
  jti: string,
): Promise<AssertionClaims> {
  const iat = Math.floor(nowMs / 1000);
  return {
    iss: issuer,
    aud: audienceOf(origin),
    sub: principal.keyId,
    iat,
    exp: iat + LIFETIME_SECONDS,
    jti,
    account: principal.account,
    environment: principal.environment,
    permissions: principal.permissions,
    api: principal.api,
    method,
    path_hash: await hashPath(target),
    request_id: requestId,
  };
}

/** What is signed: header and claims in their compact form (RFC 7515 section 7.1). */
export function formatSigningInput(keyId: string, claims: AssertionClaims): string {
  return `${encodeJson({ alg: "EdDSA", typ: "JWT", kid: keyId })}.${encodeJson(claims)}`;
}

/** An origin as assertions name it: scheme and host of its URL, or the binding. */
function audienceOf(origin: Origin): string {
  return origin.kind === "url" ? new URL(origin.url).origin : `binding:${origin.name}`;
}

/** An empty query is sent, too, and is in no part of a URL but the whole. */
async function hashPath({ href, origin, hash }: URL): Promise<string> {
  const path = href.slice(origin.length, href.length - hash.length);
  return encodeBase64Url(
    new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(path))),
  );
}

function encodeJson(value: object): string {
  return encodeBase64Url(encoder.encode(JSON.stringify(value)));
}

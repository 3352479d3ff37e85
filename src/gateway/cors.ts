/**
 * CORS (https://fetch.spec.whatwg.org/#http-cors-protocol): preflights are answered here, never
 * authenticated, counted or forwarded. Credentials are never allowed: keys travel in headers.
 */
import type { Api } from "../core/api.ts";

const METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const EXPOSED =
  "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";
const MAX_AGE_SECONDS = "600";

/** A list of header names, short enough to be one that a page sends. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+(?:, ?[\w!#$%&'*+.^`|~-]+)*$/;
const MAX_REQUESTED_LENGTH = 1024;

/** Whether a request is a preflight. */
export function isPreflight({ method, headers }: Request): boolean {
  return (
    method === "OPTIONS" && headers.has("origin") && headers.has("access-control-request-method")
  );
}

/** Answers a preflight: 204, with allow headers only for an origin that the API lists. */
export function answerPreflight(request: Request, api: Api, requestId: string): Response {
  const headers = new Headers({
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": requestId,
  });
  const allowed = addCorsHeaders({ headers }, request, api);
  if (allowed) {
    headers.set("Access-Control-Allow-Methods", METHODS);
    headers.set("Access-Control-Max-Age", MAX_AGE_SECONDS);
    const requested = request.headers.get("access-control-request-headers") ?? "";
    if (requested.length <= MAX_REQUESTED_LENGTH && HEADER_NAMES.test(requested)) {
      headers.set("Access-Control-Allow-Headers", requested);
    }
  }
  return new Response(null, { status: 204, headers });
}

/** Sets what a page of an allowed origin may read; answers whether it is allowed. */
export function addCorsHeaders(
  answer: { readonly headers: Headers },
  request: Request,
  api: Api,
): boolean {
  if (api.corsOrigins === null) return false;
  const { headers } = answer;
  const inherited = Array.from(headers.keys()).filter((name) => name.startsWith("access-control-"));
  for (const name of inherited) headers.delete(name);
  const all = api.corsOrigins.includes("*");
  if (!all) headers.append("Vary", "Origin");
  const origin = request.headers.get("origin");
  if (origin === null || !(all || api.corsOrigins.includes(origin))) return false;
  headers.set("Access-Control-Allow-Origin", all ? "*" : origin);
  headers.set("Access-Control-Expose-Headers", EXPOSED);
  return true;
}

/** What every answer of the gateway carries: refusals in the API's dialect, and the limits' headers. */
import type { Api } from "../core/api.ts";
import type { RpcCalls } from "../core/json-rpc.ts";
import { formatRateLimitHeaders, type RateLimitHeaders } from "../core/rate-limit-headers.ts";
import type { Refusal } from "../core/refusal.ts";
import { dialectOf } from "../dialects/dialects.ts";
import type { Exchange } from "./exchange.ts";

/** Words a refusal; `api` is `null` when none was found. What `limits` says stands in its headers, too. */
export function answerRefusal(
  refusal: Refusal,
  api: Api | null,
  requestId: string,
  method: string,
  rpc: RpcCalls | null = null,
  limits: RateLimitHeaders = [],
): Response {
  const worded = dialectOf(api?.dialect ?? "problem")(refusal, { requestId, rpc });
  // A plain object crosses to the platform once, a `Headers` object for each of its headers.
  const headers: Record<string, string> = {
    "Content-Type": worded.contentType,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": requestId,
  };
  if (refusal.allow !== undefined) headers["Allow"] = refusal.allow.join(", ");
  const retryAfter = refusal.retryAfterSeconds ?? (worded.status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) headers["Retry-After"] = String(retryAfter);
  if (worded.status === 401 && api !== null) {
    headers["WWW-Authenticate"] = challengeOf(refusal, api);
  }
  for (const [name, value] of limits) headers[name] = value;
  const body = method === "HEAD" ? null : worded.body;
  return new Response(body, { status: worded.status, headers });
}

/** What a recognised key's client may know of its limits; none of a key that is not. */
export function rateLimitHeadersOf(
  { windows, windowsAtMs, cost }: Exchange,
  refusal: Refusal | null,
): RateLimitHeaders {
  const refusedCost = refusal?.reason === "rate_limited" ? cost : undefined;
  return formatRateLimitHeaders(windows, windowsAtMs, refusedCost);
}

/** Adds to an answer that is not a refusal what every answer of an API has; ours win over the origin's. */
export function addOwnHeaders(headers: Headers, exchange: Exchange): void {
  if (!headers.has("X-Request-Id")) headers.set("X-Request-Id", exchange.requestId);
  for (const [name, value] of rateLimitHeadersOf(exchange, null)) headers.set(name, value);
}

/** RFC 6750 section 3 for bearer APIs, else an `ApiKey` challenge that names the header. */
function challengeOf(refusal: Refusal, api: Api): string {
  if (api.credential.some((place) => place.in === "bearer")) {
    const error = refusal.credentialSent === true ? `, error="invalid_token"` : "";
    return `Bearer realm="${api.name}"${error}`;
  }
  const header = api.credential.find((place) => place.in === "header");
  return `ApiKey realm="${api.name}"${header === undefined ? "" : `, header="${header.name}"`}`;
}

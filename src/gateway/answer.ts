/** What every answer of the gateway carries: refusals in the API's dialect, and the limits' headers. */
import type { Api } from "../core/api.ts";
import type { RpcCalls } from "../core/json-rpc.ts";
import { formatRateLimitHeaders } from "../core/rate-limit-headers.ts";
import type { Refusal } from "../core/refusal.ts";
import { dialectOf } from "../dialects/dialects.ts";
import type { Exchange } from "./exchange.ts";

/** Words a refusal; `api` is `null` when none was found. */
export function answerRefusal(
  refusal: Refusal,
  api: Api | null,
  requestId: string,
  method: string,
  rpc: RpcCalls | null = null,
): Response {
  const worded = dialectOf(api?.dialect ?? "problem")(refusal, { requestId, rpc });
  const headers = new Headers({
    "Content-Type": worded.contentType,
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": requestId,
  });
  if (refusal.allow !== undefined) headers.set("Allow", refusal.allow.join(", "));
  const retryAfter = refusal.retryAfterSeconds ?? (worded.status === 503 ? 1 : undefined);
  if (retryAfter !== undefined) headers.set("Retry-After", String(retryAfter));
  if (worded.status === 401 && api !== null) {
    headers.set("WWW-Authenticate", challengeOf(refusal, api));
  }
  const body = method === "HEAD" ? null : worded.body;
  return new Response(body, { status: worded.status, headers });
}

/** Adds what a recognised key's client may know of its limits; ours win over the origin's. */
export function addRateLimitHeaders(
  headers: Headers,
  { windows, windowsAtMs, cost }: Exchange,
  refusal: Refusal | null,
): void {
  const refusedCost = refusal?.reason === "rate_limited" ? cost : undefined;
  for (const [name, value] of formatRateLimitHeaders(windows, windowsAtMs, refusedCost)) {
    headers.set(name, value);
  }
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

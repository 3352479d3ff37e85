/** Answers of the management routes: their envelope, and the headers that every one of them has. */
import type { Refusal } from "../core/refusal.ts";
import { successFlag } from "../dialects/success-flag.ts";

/** What a route answers, before it is a response. */
export interface Answer {
  readonly status: number;
  /** A JSON value, lines of them as a stream, or the text of a page. */
  readonly body: object | ReadableStream<Uint8Array> | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** `{"success":true,"data":…}` */
export function answerData(
  data: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, body: { success: true, data }, headers };
}

/** `{"success":true,"data":[…],"next_cursor":…}` */
export function answerPage(data: readonly object[], nextCursor: string | null): Answer {
  return { status: 200, body: { success: true, data, next_cursor: nextCursor } };
}

/** `{"success":true,"message":"…"}` */
export function answerMessage(message: string): Answer {
  return { status: 200, body: { success: true, message } };
}

/** JSON values, one on each line, as they come. */
export function answerLines(lines: ReadableStream<Uint8Array>): Answer {
  return { status: 200, body: lines, headers: { "Content-Type": "application/x-ndjson" } };
}

/** A page for people, which may load nothing but what `contentSecurityPolicy` names. */
export function answerHtml(html: string, contentSecurityPolicy: string): Answer {
  const headers = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": contentSecurityPolicy,
  };
  return { status: 200, body: html, headers };
}

/** The response to an answer. */
export function respond({ status, body, headers }: Answer, requestId: string): Response {
  if (body instanceof ReadableStream || typeof body === "string") {
    return new Response(body, { status, headers: { ...commonHeaders(requestId), ...headers } });
  }
  return Response.json(body, { status, headers: { ...commonHeaders(requestId), ...headers } });
}

/** The response to a refusal. */
export function respondRefusal(refusal: Refusal, requestId: string): Response {
  const { status, contentType, body } = successFlag(refusal, { requestId });
  const headers = new Headers({ ...commonHeaders(requestId), "Content-Type": contentType });
  if (refusal.allow !== undefined) headers.set("Allow", refusal.allow.join(", "));
  if (status === 401) headers.set("WWW-Authenticate", challengeOf(refusal));
  if (status === 429 || status === 503) {
    headers.set("Retry-After", String(refusal.retryAfterSeconds ?? 1));
  }
  return new Response(body, { status, headers });
}

function commonHeaders(requestId: string): Readonly<Record<string, string>> {
  return {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": requestId,
  };
}

/** RFC 6750 section 3: the error is told only to who sent a token. */
function challengeOf({ credentialSent }: Refusal): string {
  return `Bearer realm="management"${credentialSent === true ? `, error="invalid_token"` : ""}`;
}

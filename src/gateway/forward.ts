/**
 * Stage "forward": the admitted request to its origin, streams both ways, and the origin's answer back.
 * The origin's host never depends on the path; redirects are passed on; nothing is cached.
 */
import { isTestEnvironment, type Api, type Origin } from "../core/api.ts";
import { forwardedPathname } from "../core/credential.ts";
import { formatAnswerHeaders, formatForwardHeaders, maskKey } from "../core/forward-headers.ts";
import { principalOf } from "../core/principal.ts";
import { refuse } from "../core/refusal.ts";
import type { Exchange, GatewayPorts, Outcome } from "./exchange.ts";
import { isBodyUnusual } from "./read-body.ts";

/** Forwards the request and answers with what the origin answered. */
export async function forward(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
  const { api, request, record } = exchange;
  if (record === null) throw new Error("admit has not run");
  const principal = principalOf(record);
  const origin = originFor(api, record.key.environment);
  const target = targetOf(origin, exchange);
  const assertion = api.assertion
    ? await ports.assertions.sign({
        principal,
        issuer: exchange.url.origin,
        origin,
        method: request.method,
        target,
        requestId: exchange.requestId,
      })
    : null;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), api.forwardTimeoutMs);
  try {
    const upstream = requestTo(target, exchange, {
      headers: formatForwardHeaders(request.headers, api.credential, exchange.keyText, principal, {
        requestId: exchange.requestId,
        clientIp: request.headers.get("cf-connecting-ip"),
        protocol: exchange.url.protocol === "https:" ? "https" : "http",
        host: exchange.url.host,
        assertion,
      }),
      redirect: "manual",
      cache: "no-store",
      signal: AbortSignal.any([request.signal, deadline.signal]),
    });
    return answerOf(await ports.origins.forward(origin, upstream), exchange.keyText);
  } catch (error) {
    if (deadline.signal.aborted) return refuse("origin_timeout");
    // Nobody reads this answer, and it is no fault of the origin's.
    if (request.signal.aborted) return refuse("origin_unreachable");
    ports.log("warn", "origin_unreachable", {
      request_id: exchange.requestId,
      api: api.name,
      error: error instanceof Error ? error.name : "unknown",
    });
    return refuse("origin_unreachable");
  } finally {
    clearTimeout(timer);
  }
}

function originFor(api: Api, environment: string): Origin {
  return isTestEnvironment(environment) ? api.testOrigin : api.origin;
}

/** The client's method and body for `target`; an unusual body comes with the request it stands in. */
function requestTo(target: URL, { request, body }: Exchange, init: RequestInit): Request {
  if (isBodyUnusual(request)) return new Request(new Request(target, request), { ...init, cf: {} });
  return new Request(target, { ...init, method: request.method, body: body ?? request.body });
}

/** The URL to ask: built with setters, so that no path can change the host. */
function targetOf(origin: Origin, { api, url, keyText }: Exchange): URL {
  const pathname = forwardedPathname(api.credential, url.pathname);
  const target = origin.kind === "url" ? new URL(origin.url) : new URL(url);
  const base = origin.kind === "url" ? target.pathname.replace(/\/$/, "") : "";
  target.pathname = base + maskKey(pathname, keyText);
  const emptyQuery = url.search === "" && url.href.endsWith("?") ? "?" : "";
  target.search = maskKey(url.search, keyText) || emptyQuery;
  return target;
}

/** The origin's answer as a stream; a WebSocket's answer is the socket. */
function answerOf(answer: Response, keyText: string): Response {
  const headers = formatAnswerHeaders(answer.headers, keyText);
  const { status, statusText, webSocket } = answer;
  if (webSocket !== null) return new Response(null, { status, statusText, headers, webSocket });
  return new Response(answer.body, { status, statusText, headers });
}

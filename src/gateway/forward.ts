/**
 * Stage "forward": the admitted request to its origin, streams both ways, and the origin's answer back.
 * The origin's host never depends on the path; redirects are passed on; nothing is cached.
 */
import { isTestEnvironment, type Api, type Origin } from "../core/api.ts";
import { forwardedPathname } from "../core/credential.ts";
import { DeadlineExceeded } from "../core/deadline.ts";
import { cleanAnswerHeaders, formatForwardHeaders, maskKey } from "../core/forward-headers.ts";
import { principalOf } from "../core/principal.ts";
import { refuse, type Refusal } from "../core/refusal.ts";
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
        target: new URL(target),
        requestId: exchange.requestId,
      })
    : null;
  const late = exchange.lingers ? new AbortController() : null;
  const init: RequestInit = {
    headers: formatForwardHeaders(exchange.headers, api.credential, exchange.keyText, principal, {
      requestId: exchange.requestId,
      clientIp: exchange.headers.get("cf-connecting-ip"),
      protocol: exchange.url.protocol === "https:" ? "https" : "http",
      host: exchange.url.host,
      assertion,
    }),
    redirect: "manual",
    cache: "no-store",
    ...(late === null ? {} : { signal: AbortSignal.any([request.signal, late.signal]) }),
  };
  try {
    const answering = isBodyUnusual(request)
      ? ports.origins.forward(origin, copyTo(target, request, init))
      : ports.origins.forward(origin, target, {
          ...init,
          method: request.method,
          body: exchange.body ?? request.body,
        });
    const upstream = await exchange.deadline.wait(answering, api.forwardTimeoutMs);
    // Within: an answer that cannot be one, such as a status of 999, is the origin's fault, too.
    return answerOf(upstream, exchange.keyText);
  } catch (error) {
    if (error instanceof DeadlineExceeded) late?.abort();
    return explain(error, exchange, ports);
  }
}

function explain(error: unknown, exchange: Exchange, ports: GatewayPorts): Refusal {
  if (error instanceof DeadlineExceeded) return refuse("origin_timeout");
  // Nobody reads the answer to a client that has left, and that is no fault of the origin's.
  if (!exchange.request.signal.aborted) {
    ports.log("warn", "origin_unreachable", {
      request_id: exchange.requestId,
      api: exchange.api.name,
      error: error instanceof Error ? error.name : "unknown",
    });
  }
  return refuse("origin_unreachable");
}

function originFor(api: Api, environment: string): Origin {
  return isTestEnvironment(environment) ? api.testOrigin : api.origin;
}

/** A body that no new request may have comes with the request it stands in. */
function copyTo(target: string, request: Request, init: RequestInit): Request {
  return new Request(new Request(target, request), { ...init, cf: {} });
}

/**
 * The URL to ask. What is put behind the origin comes from a parsed URL and begins with a slash, so no
 * path can change the host.
 */
function targetOf(origin: Origin, { api, url, keyText }: Exchange): string {
  const base = origin.kind === "url" ? origin.url : url.origin;
  const pathname = maskKey(forwardedPathname(api.credential, url.pathname), keyText);
  const emptyQuery = url.search === "" && url.href.endsWith("?") ? "?" : "";
  return base + pathname + (maskKey(url.search, keyText) || emptyQuery);
}

/** The origin's answer as a stream; a WebSocket's answer is the socket. */
function answerOf(upstream: Response, keyText: string): Response {
  const answer =
    upstream.webSocket === null ? new Response(upstream.body, upstream) : openSocket(upstream);
  cleanAnswerHeaders(answer.headers, keyText);
  return answer;
}

function openSocket({ status, statusText, headers, webSocket }: Response): Response {
  return new Response(null, { status, statusText, headers, webSocket });
}

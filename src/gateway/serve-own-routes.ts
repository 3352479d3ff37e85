/**
 * Stages "own routes": what an API offers its key holders beside its origin. For a member's token before
 * a key is looked for, neither counted nor limited; for a key once it is admitted, like any other call.
 */
import { refuse } from "../core/refusal.ts";
import { readHeaders } from "../core/sent-headers.ts";
import type { OwnCall } from "../core/self-service.ts";
import { isBlocked } from "./authorize.ts";
import type { Exchange, GatewayPorts, Outcome } from "./exchange.ts";
import { forward } from "./forward.ts";
import { isBodyUnusual } from "./read-body.ts";

/** A JWT has three parts (RFC 7519 section 3); a key text has no dots. */
const JWT_PARTS = 3;

/** Serves a member's request for an own route; any other goes on to the key's stages. */
export async function serveMember(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
  if (exchange.api.selfService.length === 0) return null;
  const authorization = exchange.headers.get("authorization") ?? "";
  const token = /^bearer +([^\s,]+)$/i.exec(authorization)?.[1];
  if (token === undefined) return null;
  const { api, headers } = exchange;
  const blocked = isBlocked(api, headers.get("cf-connecting-ip"));
  if (blocked && token.split(".").length === JWT_PARTS) return refuse("ip_not_allowed");
  return ports.selfService.serveMember(ownCallOf(exchange), token);
}

/** Serves a key's request for an own route; any other goes on to the origin. */
export async function serveOwnRoutes(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
  const { api, record, body, rpc } = exchange;
  if (api.selfService.length === 0) return null;
  if (record === null) throw new Error("admit has not run");
  return ports.selfService.serveKey({
    ...ownCallOf(exchange),
    record,
    body,
    rpc,
    async forward(changed) {
      const outcome = await forward(withBody(exchange, changed), ports);
      if (outcome === null) throw new Error("forward has not answered");
      return outcome;
    },
  });
}

function ownCallOf({ api, endpoint, requestId, request, body }: Exchange): OwnCall {
  // A body that a stage has read can be read again only as what was read.
  const whole = body === null || isBodyUnusual(request);
  const unread = whole ? request : withoutLength(request, body);
  return { api, endpoint, requestId, request: unread };
}

/** The exchange with another body, whose length is not what the client said of its own. */
function withBody(exchange: Exchange, body: Uint8Array<ArrayBuffer>): Exchange {
  const request = withoutLength(exchange.request, body);
  return { ...exchange, body, request, headers: readHeaders(request.headers) };
}

function withoutLength({ url, method, headers, signal }: Request, body: BodyInit): Request {
  const kept = new Headers(headers);
  kept.delete("content-length");
  return new Request(url, { method, headers: kept, signal, body });
}

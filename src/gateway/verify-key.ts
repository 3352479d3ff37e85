/**
 * Judges a key as if it had come with a request, without one and without forwarding: for services that
 * ask the authorizer themselves. The same stages decide; only where the text stands is known already.
 */
import type { Api } from "../core/api.ts";
import { findAmbiguity } from "../core/path.ts";
import { principalOf, type Principal } from "../core/principal.ts";
import { refuse, type Reason } from "../core/refusal.ts";
import type { WindowView } from "../core/window.ts";
import { admitAfter } from "./admit.ts";
import { authorize } from "./authorize.ts";
import { startExchange, type Exchange, type GatewayPorts, type Outcome } from "./exchange.ts";
import { identifyKey } from "./identify-key.ts";

/** The request that the key is to be judged for. */
export interface VerifiedRequest {
  readonly key: string;
  readonly ip: string | null;
  readonly method: string;
  readonly path: string;
  readonly referrer: string | null;
  /** What to take from the limits; 0 only reads. */
  readonly cost: number;
}

export interface Verdict {
  readonly allowed: boolean;
  readonly reason: Reason | null;
  readonly principal: Principal | null;
  readonly windows: readonly WindowView[];
}

const admit = admitAfter([authorize]);

/** Decides about a key; a signature is not among what can be asked for. */
export async function verifyKey(
  { key, ip, method, path, referrer, cost }: VerifiedRequest,
  api: Api,
  requestId: string,
  ports: GatewayPorts,
): Promise<Verdict> {
  const headers = new Headers();
  if (ip !== null) headers.set("cf-connecting-ip", ip);
  if (referrer !== null) headers.set("referer", referrer);
  const url = new URL("https://verify.invalid");
  url.pathname = path;
  const request = new Request(url, { method, headers });
  const exchange = startExchange(request, url, api, requestId, ports.now());
  exchange.keyText = key;
  exchange.cost = cost;
  exchange.signature = { kind: "waived" };
  const ambiguous = api.paths === "strict" && findAmbiguity(url.pathname) !== null;
  const outcome = ambiguous ? refuse("invalid_request") : await judge(exchange, ports);
  const reason = outcome === null || outcome instanceof Response ? null : outcome.reason;
  const { record, windows } = exchange;
  return {
    allowed: reason === null,
    reason,
    principal: record === null ? null : principalOf(record),
    windows,
  };
}

async function judge(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
  try {
    return (await identifyKey(exchange, ports)) ?? (await admit(exchange, ports));
  } finally {
    exchange.deadline.end();
  }
}

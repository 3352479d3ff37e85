/** Judge "restrictions": whether the key is in force and may do what the request asks. */
import { authenticate } from "../core/authenticate.ts";
import type { Api } from "../core/api.ts";
import { matchesEndpoint } from "../core/endpoint.ts";
import { matchesRange, parseAddress } from "../core/ip.ts";
import type { KeyRecord } from "../core/record.ts";
import type { Refusal } from "../core/refusal.ts";
import { judgeRestrictions, type RequestFacts } from "../core/restriction.ts";
import type { Exchange, GatewayPorts } from "./exchange.ts";

/** Judges with a record that may be old; the key's object confirms what comes out. */
export async function authorize(
  exchange: Exchange,
  record: KeyRecord,
  ports: GatewayPorts,
): Promise<Refusal | null> {
  const textHash = exchange.identity?.textHash ?? "";
  const refusal = authenticate(record, exchange.api.name, textHash, ports.now());
  return refusal ?? judgeRestrictions(record, factsOf(exchange));
}

/** An address that cannot be read is blocked where any is. */
export function isBlocked({ blockedIps }: Api, ip: string | null): boolean {
  if (blockedIps.length === 0) return false;
  const address = ip === null ? null : parseAddress(ip);
  return address === null || blockedIps.some((range) => matchesRange(range, address));
}

/** The request as restrictions see it. */
export function factsOf(exchange: Exchange): RequestFacts {
  return (exchange.facts ??= readFacts(exchange));
}

function readFacts({ api, endpoint, ruleEndpoint, headers }: Exchange): RequestFacts {
  const needed = api.permissions.filter(({ pattern }) => matchesEndpoint(pattern, endpoint));
  const ip = headers.get("cf-connecting-ip");
  return {
    ip,
    ipBlocked: isBlocked(api, ip),
    referer: headers.get("referer"),
    origin: headers.get("origin"),
    endpoint: ruleEndpoint,
    api: api.name,
    environments: api.environments,
    permissions: needed.map(({ name }) => name),
  };
}

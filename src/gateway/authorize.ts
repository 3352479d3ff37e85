/** Judge "restrictions": whether the key is in force and may do what the request asks. */
import { authenticate } from "../core/authenticate.ts";
import { matchesEndpoint } from "../core/endpoint.ts";
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

/** The request as restrictions see it. */
export function factsOf({ api, endpoint }: Exchange): RequestFacts {
  const needed = api.permissions.filter(({ pattern }) => matchesEndpoint(pattern, endpoint));
  return {
    api: api.name,
    environments: api.environments,
    permissions: needed.map(({ name }) => name),
  };
}

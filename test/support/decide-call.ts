/** A call to a key's object as an edge makes it; a test names only what it is about. */
import type { DecideCall } from "../../src/core/decision.ts";
import type { RequestFacts } from "../../src/core/restriction.ts";

export function makeCall(
  changes: Partial<Omit<DecideCall, "facts">> = {},
  facts: Partial<RequestFacts> = {},
): DecideCall {
  return {
    format: 2,
    textHash: "hash-1",
    version: "1.1",
    facts: {
      ip: "203.0.113.7",
      ipBlocked: false,
      referer: null,
      origin: null,
      endpoint: { method: "GET", pathname: "/v1/users" },
      api: "deframe",
      environments: ["production"],
      permissions: [],
      ...facts,
    },
    cost: 1,
    apiLimits: { minute: 100 },
    apiSigning: "optional",
    signature: { kind: "none" },
    requestId: "r",
    ...changes,
  };
}

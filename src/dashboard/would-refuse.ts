/**
 * What rules would have refused of the requests that were made lately, by the very code that judges
 * requests. Addresses and endpoints are judged apart, as the statistics count them apart.
 */
import {
  compileRestrictions,
  judgeCompiled,
  parseRestrictions,
  type GivenRestrictions,
} from "../core/restrictions.ts";
import type { Usage } from "./types.ts";

/** Requests that rules would have refused, by address and by endpoint. */
export interface WouldRefuse {
  readonly ips: Usage["top_ips"];
  readonly endpoints: Usage["top_endpoints"];
}

/** Judges the statistics of a key; `null` when a rule is not valid. */
export function findWouldRefuse(
  rules: GivenRestrictions,
  usage: Pick<Usage, "top_ips" | "top_endpoints">,
): WouldRefuse | null {
  const parsed = parseRestrictions(rules);
  if (!parsed.ok) return null;
  const { ips, blockedIps, endpoints } = parsed.restrictions;
  const byAddress = compileRestrictions({ ...(ips && { ips }), ...(blockedIps && { blockedIps }) });
  const byEndpoint = compileRestrictions(endpoints ? { endpoints } : {});
  const nowhere = { method: "GET", pathname: "/" };
  const noPage = { referer: null, origin: null };
  return {
    ips: usage.top_ips.filter(
      ({ ip }) => judgeCompiled(byAddress, { ip, ...noPage, endpoint: nowhere }) !== null,
    ),
    endpoints: usage.top_endpoints.filter(({ endpoint }) => {
      const [method = "GET", pathname = "/"] = endpoint.split(" ", 2);
      const facts = { ip: null, ...noPage, endpoint: { method, pathname } };
      return judgeCompiled(byEndpoint, facts) !== null;
    }),
  };
}

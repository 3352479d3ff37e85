/**
 * The rules of a key: from which addresses and pages it may be used, and for which endpoints. They are
 * stored as the texts that were given; `parseRestrictions` lets no text in that `compileRestrictions`
 * could not read. Rules become plain data, never a regular expression or a closure, so judging is
 * linear in their number and in the request. Whatever is missing or unreadable is refused.
 */
import { matchesEndpoint, parseEndpointPattern } from "./endpoint.ts";
import type { Endpoint, EndpointPattern } from "./endpoint.ts";
import { matchesRange, parseAddress, parseRange, type Range } from "./ip.ts";
import { matchesReferrer, parseReferrer, parseReferrerPattern } from "./referrer.ts";
import type { ReferrerPattern } from "./referrer.ts";
import type { FieldError } from "./refusal.ts";
import { parseRulePath } from "./rule-path.ts";

/** The rules as texts. A list that is absent or empty restricts nothing. */
export interface Restrictions {
  /** Addresses and ranges from which alone the key may be used. */
  readonly ips?: readonly string[];
  /** Addresses and ranges from which it may not be used, even where `ips` allows it. */
  readonly blockedIps?: readonly string[];
  readonly referrers?: readonly string[];
  readonly endpoints?: readonly string[];
}

/** The same with the names of the JSON members. */
export interface GivenRestrictions {
  readonly ips?: readonly string[] | undefined;
  readonly blocked_ips?: readonly string[] | undefined;
  readonly referrers?: readonly string[] | undefined;
  readonly endpoints?: readonly string[] | undefined;
}

/** The rules ready to be judged: made once for each record. `null` restricts nothing. */
export interface CompiledRestrictions {
  readonly ips: readonly Range[] | null;
  readonly blockedIps: readonly Range[] | null;
  readonly referrers: readonly ReferrerPattern[] | null;
  readonly endpoints: readonly EndpointPattern[] | null;
}

/** What rules ask of a request: plain data. `null` for a header that was not sent. */
export interface RestrictedFacts {
  /** The client's address as the platform gives it. */
  readonly ip: string | null;
  readonly referer: string | null;
  readonly origin: string | null;
  readonly endpoint: Endpoint;
}

/** Why a request is outside the rules. */
export type RestrictionReason = "ip_not_allowed" | "referrer_not_allowed" | "endpoint_not_allowed";

export const MAX_RULES = 100;
export const MAX_RULE_CHARACTERS = 1024;

const ADDRESS = 'must be an IP address or a CIDR range, such as "203.0.113.7" or "2001:db8::/32"';
const REFERRER =
  'must be [scheme://][*.]host[:port][/path or /prefix*], such as "https://*.example.com/app/*"';
const ENDPOINT =
  'must be a plain path, with a method before it or not, such as "GET /v1/users" or "/v1/users/*"';

/** Checks given rules and names each one that is wrong, e.g. `restrictions.ips.3`. */
export function parseRestrictions(
  given: GivenRestrictions,
):
  | { readonly ok: true; readonly restrictions: Restrictions }
  | { readonly ok: false; readonly fields: readonly FieldError[] } {
  const fields = [
    ...findErrors("ips", given.ips, parseRange, ADDRESS),
    ...findErrors("blocked_ips", given.blocked_ips, parseRange, ADDRESS),
    ...findErrors("referrers", given.referrers, parseReferrerPattern, REFERRER),
    ...findErrors("endpoints", given.endpoints, parseEndpointRule, ENDPOINT),
  ];
  if (fields.length > 0) return { ok: false, fields };
  const restrictions: Restrictions = {
    ...(given.ips && { ips: given.ips }),
    ...(given.blocked_ips && { blockedIps: given.blocked_ips }),
    ...(given.referrers && { referrers: given.referrers }),
    ...(given.endpoints && { endpoints: given.endpoints }),
  };
  return { ok: true, restrictions };
}

/** Reads the rules of a record. Throws on a rule that does not parse, so that none is ever skipped. */
export function compileRestrictions(restrictions: Restrictions): CompiledRestrictions {
  return {
    ips: compile(restrictions.ips, parseRange),
    blockedIps: compile(restrictions.blockedIps, parseRange),
    referrers: compile(restrictions.referrers, parseReferrerPattern),
    endpoints: compile(restrictions.endpoints, parseEndpointRule),
  };
}

/** The first rule that a request does not meet, in the order address, referrer, endpoint; or `null`. */
export function judgeCompiled(
  { ips, blockedIps, referrers, endpoints }: CompiledRestrictions,
  { ip, referer, origin, endpoint }: RestrictedFacts,
): RestrictionReason | null {
  if (!isAddressAllowed(ips, blockedIps, ip)) return "ip_not_allowed";
  if (referrers !== null && !isReferrerAllowed(referrers, referer, origin)) {
    return "referrer_not_allowed";
  }
  if (endpoints !== null && !endpoints.some((pattern) => matchesEndpoint(pattern, endpoint))) {
    return "endpoint_not_allowed";
  }
  return null;
}

function isAddressAllowed(
  ips: readonly Range[] | null,
  blockedIps: readonly Range[] | null,
  ip: string | null,
): boolean {
  if (ips === null && blockedIps === null) return true;
  const address = ip === null ? null : parseAddress(ip);
  if (address === null) return false;
  if (blockedIps?.some((range) => matchesRange(range, address)) === true) return false;
  return ips === null || ips.some((range) => matchesRange(range, address));
}

/** Each of the two headers that was sent must match, and one must have been sent. */
function isReferrerAllowed(
  patterns: readonly ReferrerPattern[],
  referer: string | null,
  origin: string | null,
): boolean {
  const sent = [referer, origin].filter((value) => value !== null);
  return sent.length > 0 && sent.every((value) => matchesAny(patterns, value));
}

function matchesAny(patterns: readonly ReferrerPattern[], value: string): boolean {
  const referrer = parseReferrer(value);
  return referrer !== null && patterns.some((pattern) => matchesReferrer(pattern, referrer));
}

/** An endpoint pattern whose path is plain, in the spelling in which paths are compared. */
function parseEndpointRule(text: string): EndpointPattern | null {
  const pattern = parseEndpointPattern(text);
  const path = pattern && parseRulePath(pattern.path);
  return pattern === null || path === null ? null : { ...pattern, path };
}

function findErrors(
  list: string,
  rules: readonly string[] | undefined,
  parse: (rule: string) => object | null,
  message: string,
): readonly FieldError[] {
  const field = `restrictions.${list}`;
  if (rules === undefined) return [];
  if (rules.length > MAX_RULES) {
    return [{ field, message: `must have at most ${MAX_RULES} rules` }];
  }
  return rules.flatMap((rule, index) => {
    if (rule.length > MAX_RULE_CHARACTERS) {
      const tooLong = `must have at most ${MAX_RULE_CHARACTERS} characters`;
      return [{ field: `${field}.${index}`, message: tooLong }];
    }
    return parse(rule) === null ? [{ field: `${field}.${index}`, message }] : [];
  });
}

function compile<T>(
  rules: readonly string[] | undefined,
  parse: (rule: string) => T | null,
): readonly T[] | null {
  if (rules === undefined || rules.length === 0) return null;
  return rules.map((rule) => {
    const compiled = parse(rule);
    if (compiled === null) throw new Error("a stored restriction does not parse");
    return compiled;
  });
}

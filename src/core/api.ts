/**
 * One fronted API as its configuration describes it, complete: every default is filled in by
 * `src/config.ts`. Also: which API a request belongs to.
 */
import type { CredentialPlace } from "./credential.ts";
import type { EndpointPattern } from "./endpoint.ts";
import type { Range } from "./ip.ts";
import type { KeyFormat } from "./key-text.ts";
import { decodeUnreserved } from "./path.ts";
import type { SigningMode } from "./signing.ts";
import type { Target } from "./target.ts";
import type { Limits } from "./window.ts";

/** The names an operator can give an API's dialect; each has one file in `src/dialects`. */
export const DIALECT_NAMES = [
  "problem",
  "nested-error",
  "detail",
  "json-rpc",
  "success-flag",
] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

/** Self-service as the pages `example`, `subfrost` and `dataframer` describe it. */
export const SELF_SERVICE_NAMES = ["rest", "json-rpc", "account"] as const;
export type SelfServiceName = (typeof SELF_SERVICE_NAMES)[number];

/**
 * Where admitted requests go: a URL's origin with an optional path prefix, without a slash at its end, or
 * a service binding.
 */
export type Origin =
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "binding"; readonly name: string };

/** `host` is exact or `*.domain`, `path` is exact or ends in `/*`; `null` matches all. */
export interface MatchPattern {
  readonly host: string | null;
  readonly path: string | null;
}

export interface Api {
  readonly name: string;
  readonly match: readonly MatchPattern[];
  readonly origin: Origin;
  /** The origin for keys of a test environment (`test`, `development`). */
  readonly testOrigin: Origin;
  /** The places where the key may stand, in the order in which they are looked at. */
  readonly credential: readonly CredentialPlace[];
  readonly key: KeyFormat;
  /** Whether key texts are also stored encrypted, so that an account's members can copy them again. */
  readonly recoverable: boolean;
  /** Whether a text without a fitting tag is looked up among the imported keys. */
  readonly acceptImported: boolean;
  readonly dialect: DialectName;
  /** The limits of a key that neither has its own nor inherits any from its account. */
  readonly limits: Limits;
  /** Whether requests have to be signed; a key may ask for more. */
  readonly signing: SigningMode;
  /** A signed body is read whole before it is forwarded: the most it may have, in bytes. */
  readonly maxSignedBodyBytes: number;
  /** Key environments that are accepted here. */
  readonly environments: readonly string[];
  readonly paths: "strict" | "lenient";
  /** Client addresses that are refused for every key. */
  readonly blockedIps: readonly Range[];
  /** Permissions that endpoints need: each one whose pattern matches. */
  readonly permissions: readonly { readonly pattern: EndpointPattern; readonly name: string }[];
  /** What endpoints take from the limits, where it is not 1: the most specific pattern counts. */
  readonly costs: readonly { readonly pattern: EndpointPattern; readonly cost: number }[];
  /** Which self-service routes the API offers its own key holders. */
  readonly selfService: readonly SelfServiceName[];
  /** Origins of web pages that may call the API, `["*"]` for all; `null` without CORS. */
  readonly corsOrigins: readonly string[] | null;
  /** Whether its origin gets a signed identity assertion with every request. */
  readonly assertion: boolean;
  readonly forwardTimeoutMs: number;
  /** Where the objects of its keys are made, or `null` for nearest to the first call. */
  readonly location: DurableObjectLocation | null;
}

/** The location hints a Durable Object namespace takes. */
export const LOCATIONS = [
  "wnam",
  "enam",
  "sam",
  "weur",
  "eeur",
  "apac",
  "oc",
  "afr",
  "me",
] as const;
export type DurableObjectLocation = (typeof LOCATIONS)[number];

/** Whether keys of an environment are for trying out: other origin, more talkative refusals. */
export function isTestEnvironment(environment: string): boolean {
  return environment === "test" || environment === "development";
}

/** The environment of a new key that names none. */
export function defaultEnvironment(api: Api): string {
  const names = Object.keys(api.key.environments);
  return names.find((name) => name === "production" || name === "live") ?? names[0] ?? "live";
}

/**
 * The API with the most specific pattern for a host (with its port, if any) and a pathname. Escapes
 * of unreserved characters are decoded for the comparison: an origin reads `/%761/x` as `/v1/x`.
 */
export function findApi(apis: readonly Api[], url: Target): Api | null {
  let best: Api | null = null;
  let bestRank = -1;
  for (const api of apis) {
    for (const pattern of api.match) {
      if (!matches(pattern, url)) continue;
      const rank = rankOf(pattern);
      if (rank > bestRank) [best, bestRank] = [api, rank];
    }
  }
  return best;
}

/** Reads `"host/path"`, `"host"` or `"/path"`; `null` when it is none of them. */
export function parseMatchPattern(text: string): MatchPattern | null {
  if (text === "") return null;
  const slash = text.indexOf("/");
  const host = slash === -1 ? text : text.slice(0, slash);
  const path = slash === -1 ? "/*" : text.slice(slash);
  if (host !== "" && !/^(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::\d+)?$/.test(host)) return null;
  if (!/^\/(?:[^*\s?#]*\/)?(?:\*|[^*\s?#]*)$/.test(path)) return null;
  return { host: host === "" ? null : host, path: path === "/*" ? null : path };
}

function matches(pattern: MatchPattern, url: Target): boolean {
  return (
    matchesHost(pattern.host, url) && matchesPath(pattern.path, decodeUnreserved(url.pathname))
  );
}

/** Whether a host is one of a deployment's own: of an API, or of an origin behind it. */
export function isOwnHost(apis: readonly Api[], host: string): boolean {
  const place = { host, hostname: host };
  return apis.some(
    ({ match, origin, testOrigin }) =>
      match.some((pattern) => pattern.host !== null && matchesHost(pattern.host, place)) ||
      [origin, testOrigin].some((each) => each.kind === "url" && hostOf(each.url) === host),
  );
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}

function matchesHost(host: string | null, url: Pick<Target, "host" | "hostname">): boolean {
  if (host === null || host === url.hostname || host === url.host) return true;
  if (!host.startsWith("*.")) return false;
  return url.hostname.endsWith(host.slice(1)) || url.host.endsWith(host.slice(1));
}

function matchesPath(path: string | null, pathname: string): boolean {
  if (path === null) return true;
  return path.endsWith("/*") ? pathname.startsWith(path.slice(0, -1)) : pathname === path;
}

/** Any host pattern beats none, an exact one beats a wildcard; then the longer path wins. */
function rankOf({ host, path }: MatchPattern): number {
  const hostRank = host === null ? 0 : host.startsWith("*.") ? host.length : 1000 + host.length;
  return hostRank * 100_000 + pathRankOf(path);
}

/** The star itself does not count, so `/v1/` beats `/v1/*`. */
function pathRankOf(path: string | null): number {
  if (path === null) return 0;
  return path.endsWith("/*") ? (path.length - 1) * 2 : path.length * 2 + 1;
}

/**
 * What of a client's headers reaches the origin, what the authorizer tells it, and what of its answer's
 * headers reaches the client: the contract with origins, in one place. Everything a client could forge is removed before the trusted facts are set.
 */
import { createBoundedMap } from "./bounded-map.ts";
import type { CredentialPlace } from "./credential.ts";
import type { Principal } from "./principal.ts";
import { SESSION_COOKIE } from "./session.ts";
import type { SentHeaders } from "./sent-headers.ts";

/** Facts of a request that do not come from headers a client can choose. */
export interface TrustedFacts {
  readonly requestId: string;
  readonly clientIp: string | null;
  readonly protocol: "http" | "https";
  readonly host: string;
  /** The signed form of who calls, where the API's origin is to get it. */
  readonly assertion: string | null;
}

/** RFC 9110 section 7.6.1 and what else concerns one connection only. */
const HOP_BY_HOP = new Set([
  "connection",
  "expect",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** Headers by which a client could pretend another method, address, host or path. */
const FORGEABLE = new Set([
  "cdn-loop",
  "client-ip",
  "fastly-client-ip",
  "forwarded",
  "forwarded-for",
  "front-end-https",
  "true-client-ip",
  "via",
  "wl-proxy-client-ip",
  "x-azure-clientip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-forwarded",
  "x-host",
  "x-http-host-override",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-originating-ip",
  "x-proxyuser-ip",
  "x-real-ip",
  "x-remote-addr",
  "x-remote-ip",
  "x-rewrite-url",
  "x-scheme",
  "x-url-scheme",
]);

const FORGEABLE_PREFIXES = ["cf-", "x-authz-", "x-envoy-", "x-forwarded-", "x-original-"];

/** Headers of request signatures: judged here, of no use to the origin. */
const SIGNATURE = new Set(["x-signature", "x-timestamp"]);

const MASK = "***";
const NONE: ReadonlySet<string> = new Set();

/**
 * Builds the headers of the request to the origin, by their names in lower case: as a plain object, which
 * crosses to the platform at once.
 */
export function formatForwardHeaders(
  client: SentHeaders,
  places: readonly CredentialPlace[],
  keyText: string,
  principal: Principal,
  facts: TrustedFacts,
): Record<string, string> {
  const headers = emptyHeaders();
  const named = namesInConnection(client);
  const carrying = carriersOf(places);
  client.forEach((value, name) => {
    if (isWebSocketUpgrade(name, value)) headers[name] = value;
    if (isRemoved(name) || named.has(name) || carrying.has(name)) return;
    const kept = name === "cookie" ? withoutSession(value) : value;
    if (kept !== "" || kept === value) headers[name] = maskKey(kept, keyText);
  });
  headers["x-authz-key-id"] = principal.keyId;
  headers["x-authz-account-id"] = principal.account;
  headers["x-authz-environment"] = principal.environment;
  headers["x-authz-permissions"] = principal.permissions.join(" ");
  headers["x-authz-api"] = principal.api;
  if (facts.assertion !== null) headers["x-authz-assertion"] = facts.assertion;
  headers["x-request-id"] = facts.requestId;
  if (facts.clientIp !== null) headers["x-forwarded-for"] = facts.clientIp;
  headers["x-forwarded-proto"] = facts.protocol;
  headers["x-forwarded-host"] = facts.host;
  return headers;
}

/** Where the dashboard is on an API's host, browsers send its session along: it is no origin's to know. */
function withoutSession(cookies: string): string {
  if (!cookies.includes(SESSION_COOKIE)) return cookies;
  const pairs = cookies.split(/[;,]\s*/);
  return pairs.filter((pair) => !pair.startsWith(`${SESSION_COOKIE}=`)).join("; ");
}

/** Without a prototype: a client may name a header `__proto__`. */
function emptyHeaders(): Record<string, string> {
  return Object.create(null) as Record<string, string>;
}

/**
 * Takes out of an origin's headers what concerned only the connection to it, and the key. Most answers
 * have neither, so the headers are changed in place and not built anew.
 */
export function cleanAnswerHeaders(headers: Headers, keyText: string): void {
  const named = namesInConnection(headers);
  const removed: string[] = [];
  const masked: string[] = [];
  headers.forEach((value, name) => {
    // Cookies are the client's, whatever `Connection` says.
    if (HOP_BY_HOP.has(name) || (named.has(name) && name !== "set-cookie")) removed.push(name);
    else if (value.includes(keyText)) masked.push(name);
  });
  for (const name of removed) headers.delete(name);
  for (const name of masked) {
    // RFC 6265 section 3: the one header whose lines must never be joined.
    const lines = name === "set-cookie" ? headers.getSetCookie() : [headers.get(name) ?? ""];
    headers.delete(name);
    for (const line of lines) headers.append(name, maskKey(line, keyText));
  }
}

/** A text with a mask in place of the key. */
export function maskKey(text: string, keyText: string): string {
  return text.replaceAll(keyText, MASK);
}

/** The spelling under which origins may see a header name as the same one. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll(/[_.]/g, "-");
}

/** Per isolate: whether headers of a name are removed, since most requests have the same ones. */
const removals = createBoundedMap<boolean>(1000);

/** Longer names are rare, and a client's to choose: they are not remembered. */
const MAX_KNOWN_NAME = 64;

function isRemoved(name: string): boolean {
  if (name.length > MAX_KNOWN_NAME) return judgeName(name);
  const known = removals.get(name);
  if (known !== null) return known;
  const removed = judgeName(name);
  removals.set(name, removed);
  return removed;
}

function judgeName(name: string): boolean {
  const folded = fold(name);
  return (
    HOP_BY_HOP.has(folded) ||
    FORGEABLE.has(folded) ||
    SIGNATURE.has(folded) ||
    FORGEABLE_PREFIXES.some((prefix) => folded.startsWith(prefix))
  );
}

/** RFC 6455 section 4.1: the one upgrade that is passed on. */
function isWebSocketUpgrade(name: string, value: string): boolean {
  return name === "upgrade" && value.toLowerCase() === "websocket";
}

/** Headers that `Connection` declares to be hop-by-hop. */
function namesInConnection(headers: Pick<Headers, "get">): ReadonlySet<string> {
  const value = headers.get("connection");
  if (value === null) return NONE;
  const names = value.split(",");
  return new Set(names.map((name) => name.trim().toLowerCase()));
}

/** Per isolate: the headers that an API's places name, for as long as its configuration is in use. */
const carriers = new WeakMap<readonly CredentialPlace[], ReadonlySet<string | null>>();

function carriersOf(places: readonly CredentialPlace[]): ReadonlySet<string | null> {
  const known = carriers.get(places);
  if (known !== undefined) return known;
  const names = new Set(places.map(carrierOf));
  carriers.set(places, names);
  return names;
}

function carrierOf(place: CredentialPlace): string | null {
  switch (place.in) {
    case "header":
      return place.name;
    case "bearer":
      return "authorization";
    case "path":
      return null;
  }
}

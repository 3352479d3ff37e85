/**
 * Referrer patterns: `[scheme://][*.]host[:port or :*][/path or /prefix*]`. Without a scheme both http
 * and https are meant, without a port the scheme's own, without a path every path. Both sides go
 * through the WHATWG URL parser, so that no text has one host here and another one in a browser. Any
 * client but a browser can send what it likes: a referrer rule is a hint, never a proof.
 */
import { decodeUnreserved } from "./path.ts";
import { parseRulePath } from "./rule-path.ts";

export interface ReferrerPattern {
  /** `null` for both http and https. */
  readonly scheme: string | null;
  /** In lower-case ASCII, without a trailing dot. */
  readonly host: string;
  /** Whether only the names below `host` are meant, at any depth. */
  readonly subdomains: boolean;
  /** `null` for the scheme's own. */
  readonly port: number | "any" | null;
  readonly path: string;
  /** Whether `path` is what the path must begin with. */
  readonly open: boolean;
}

/** Where a request says that it comes from, in the terms of patterns. */
export interface Referrer {
  readonly scheme: string;
  readonly host: string;
  /** `null` for the scheme's own. */
  readonly port: number | null;
  readonly path: string;
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 };

const FORM =
  /^(?:(https?):\/\/)?(\*\.)?([^\s/\\?#@:*%[\]]+|\[[\da-f:.]+\])(?::([1-9]\d{0,4}|\*))?(?:(\/[^*]*)(\*)?)?$/i;

/** Reads a pattern; `null` when it is not of the form. */
export function parseReferrerPattern(text: string): ReferrerPattern | null {
  const match = FORM.exec(text);
  if (match === null) return null;
  const [, scheme, wildcard, authority = "", port, path = "/", star] = match;
  const host = parseHost(authority, wildcard !== undefined);
  const rulePath = parseRulePath(path);
  if (host === null || rulePath === null || Number(port) > 65_535) return null;
  return {
    scheme: scheme?.toLowerCase() ?? null,
    host,
    subdomains: wildcard !== undefined,
    port: port === undefined ? null : port === "*" ? "any" : Number(port),
    path: rulePath,
    open: star !== undefined || match[5] === undefined,
  };
}

/** Reads a `Referer` (RFC 9110 section 10.1.3) or `Origin` value; `null` when no http(s) URL. */
export function parseReferrer(value: string): Referrer | null {
  const url = URL.parse(value);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return null;
  return {
    scheme: url.protocol.slice(0, -1),
    host: withoutTrailingDot(url.hostname),
    port: url.port === "" ? null : Number(url.port),
    path: decodeUnreserved(url.pathname),
  };
}

/** Whether a referrer is one of those that a pattern means. Linear in both. */
export function matchesReferrer(pattern: ReferrerPattern, referrer: Referrer): boolean {
  if (pattern.scheme !== null && pattern.scheme !== referrer.scheme) return false;
  return (
    matchesHost(pattern, referrer) &&
    matchesPort(pattern, referrer) &&
    matchesPath(pattern, referrer)
  );
}

function matchesHost({ host, subdomains }: ReferrerPattern, referrer: Referrer): boolean {
  if (!subdomains) return referrer.host === host;
  return referrer.host.length > host.length + 1 && referrer.host.endsWith(`.${host}`);
}

function matchesPort({ port }: ReferrerPattern, referrer: Referrer): boolean {
  if (port === "any" || port === referrer.port) return true;
  return referrer.port === null && port === DEFAULT_PORTS[referrer.scheme];
}

function matchesPath({ path, open }: ReferrerPattern, referrer: Referrer): boolean {
  return open ? referrer.path.startsWith(path) : referrer.path === path;
}

/** The host as the URL parser spells it; `null` when it is none, or has no names below it. */
function parseHost(text: string, subdomains: boolean): string | null {
  const url = URL.parse(`https://${text}/`);
  if (url === null) return null;
  const host = withoutTrailingDot(url.hostname);
  const isAddress = host.startsWith("[") || /^\d+(?:\.\d+){3}$/.test(host);
  if (isAddress) return subdomains ? null : host;
  return /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/.test(host) ? host : null;
}

/** The name in the absolute form of RFC 3986 section 3.2.2 is the same name. */
function withoutTrailingDot(host: string): string {
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

/**
 * Where alerts may be sent: to https and a public host, so that nobody can have the authorizer call what
 * only it can reach. The parser of URLs has written every spelling of an address in one way before it is
 * judged. What a name resolves to cannot be seen here: the platform has no route to private addresses.
 */
import { matchesRange, parseAddress, parseRange, type Address, type Range } from "./ip.ts";

/** Addresses that are not of the public internet (the IANA registries of special-purpose addresses). */
const SPECIAL_IPV4 = readRanges(
  "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24",
  "192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24",
  "224.0.0.0/3",
);
/** Of IPv6 only these are public, save those within that stand for other addresses or for nothing. */
const PUBLIC_IPV6 = readRanges("2000::/3");
const SPECIAL_IPV6 = readRanges("2001::/23 2001:db8::/32 2002::/16 3fff::/20");
const LOOPBACK = readRanges("127.0.0.0/8 ::1");

/** Last labels of names that are not of the public internet (RFC 2606, 6761, 6762, 8375, ICANN). */
const LOCAL_NAMES =
  /(?:^|\.)(?:localhost|localdomain|local|internal|intranet|private|corp|home|lan|home\.arpa)$/;

const MAX_CHARACTERS = 2048;

/**
 * Why a URL is no target, for whoever set it; `null` when it is one. `isOwn` says whether a host is one of
 * this deployment's: the platform would send a request for it past the authorizer to what is behind it.
 */
export function judgeWebhookUrl(
  text: string,
  allowsLoopback: boolean,
  isOwn: (host: string) => boolean = () => false,
): string | null {
  const url = text.length <= MAX_CHARACTERS ? URL.parse(text) : null;
  if (url === null) return `must be a URL of at most ${MAX_CHARACTERS} characters`;
  if (url.username !== "" || url.password !== "") return "must have no user and no password";
  const host = url.hostname.replace(/\.+$/, "").toLowerCase();
  if (allowsLoopback && isLoopback(host) && /^https?:$/.test(url.protocol)) return null;
  if (url.protocol !== "https:") return "must be an https:// URL";
  if (!isPublic(host)) return "must have a public host";
  return isOwn(host) ? "must have a host that is none of this deployment's own" : null;
}

function isLoopback(host: string): boolean {
  const address = readAddress(host);
  return address === null ? host === "localhost" : isIn(LOOPBACK, address);
}

function isPublic(host: string): boolean {
  const address = readAddress(host);
  if (address === null) return host.includes(".") && !LOCAL_NAMES.test(host);
  // An IPv4 address within an IPv6 one has been read as itself.
  if (address.words.length === 1) return !isIn(SPECIAL_IPV4, address);
  return isIn(PUBLIC_IPV6, address) && !isIn(SPECIAL_IPV6, address);
}

function readAddress(host: string): Address | null {
  return parseAddress(host.replace(/^\[(.*)\]$/, "$1"));
}

function isIn(ranges: readonly Range[], address: Address): boolean {
  return ranges.some((range) => matchesRange(range, address));
}

function readRanges(...lists: readonly string[]): readonly Range[] {
  return lists.flatMap((list) => list.split(" ").flatMap((text) => parseRange(text) ?? []));
}

/**
 * Where a request goes: its URL, which the platform puts together from the request line and the `Host`
 * header as they are sent. A `Host` that is not a host would move into the path, the query or the user
 * part of that URL, and two of them make no URL at all: such requests go nowhere.
 */

/** A name or address with a port or without (RFC 3986 section 3.2.2), in ASCII. */
const HOST = /^(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** The parts of a parsed URL, as a plain object: they are read many times in a request's life. */
export type Target = Readonly<
  Pick<URL, "href" | "origin" | "protocol" | "host" | "hostname" | "pathname" | "search">
>;

/** The URL of a request; `null` when it, or the `Host` header where there is one, names no host. */
export function parseTarget(url: string, hostHeader: string | null): Target | null {
  if (hostHeader !== null && !HOST.test(hostHeader)) return null;
  const parsed = URL.parse(url);
  if (parsed === null || !HOST.test(parsed.host)) return null;
  const { href, origin, protocol, host, hostname, pathname, search } = parsed;
  return { href, origin, protocol, host, hostname, pathname, search };
}

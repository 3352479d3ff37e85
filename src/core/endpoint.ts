/**
 * Endpoint patterns: `"GET /v1/users/*"`. The method may be left out, HEAD counts as GET, and `*` stands
 * only as the last segment, for one segment or more. Compared in the decoded spelling of `path.ts`.
 */

export interface EndpointPattern {
  /** `null` for every method. */
  readonly method: string | null;
  /** The pathname, or what it must begin with (ending in `/`) when `open`. */
  readonly path: string;
  readonly open: boolean;
}

/** One endpoint that a request asks for. */
export interface Endpoint {
  readonly method: string;
  /** The pathname with unreserved escapes decoded. */
  readonly pathname: string;
}

const FORM = /^(?:(GET|POST|PUT|PATCH|DELETE|OPTIONS) )?(\/[^\s*?#]*)(\*)?$/;

/** Reads a pattern; `null` when it is not of the form. */
export function parseEndpointPattern(text: string): EndpointPattern | null {
  const [, method, path, star] = FORM.exec(text) ?? [];
  if (path === undefined || path.includes("//")) return null;
  const open = star !== undefined;
  if (open && !path.endsWith("/")) return null;
  return { method: method ?? null, path, open };
}

/** Whether an endpoint is one of those that a pattern means. Linear in the pathname. */
export function matchesEndpoint(pattern: EndpointPattern, { method, pathname }: Endpoint): boolean {
  if (pattern.method !== null && pattern.method !== (method === "HEAD" ? "GET" : method)) {
    return false;
  }
  if (!pattern.open) return pathname === pattern.path;
  return pathname.length > pattern.path.length && pathname.startsWith(pattern.path);
}

/**
 * The pathname that requirements are looked up with: many origins read `/items/` as `/items`, and a
 * permission or cost must not be avoided by one character more.
 */
export function withoutTrailingSlash(pathname: string): string {
  return pathname.length > 1 && pathname.endsWith("/") ? pathname.slice(0, -1) : pathname;
}

/** The entry whose pattern says most about an endpoint: the longest path, then one with a method. */
export function findMostSpecific<T extends { readonly pattern: EndpointPattern }>(
  entries: readonly T[],
  endpoint: Endpoint,
): T | null {
  let best: T | null = null;
  for (const entry of entries) {
    if (!matchesEndpoint(entry.pattern, endpoint)) continue;
    if (best === null || rankOf(entry.pattern) > rankOf(best.pattern)) best = entry;
  }
  return best;
}

/** An exact path that matches is longer than what any open one begins with. */
function rankOf({ method, path }: EndpointPattern): number {
  return path.length * 2 + (method === null ? 0 : 1);
}

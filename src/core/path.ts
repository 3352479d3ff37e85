/**
 * Paths of parsed URLs: which ones an origin could read as another path than the one that was
 * judged, and the one spelling in which paths are compared.
 */

const PLAIN = /^(?:\/[A-Za-z0-9\-._~!$&'()*+,=:@|[\]^`{}"<> ]*)*$/;
// Control characters and backslashes in a path are what this pattern is there to find.
// eslint-disable-next-line no-control-regex
const FORBIDDEN_DECODED = /[\u0000-\u001f\u007f-\u009f\\/]/;

/**
 * Says what makes a pathname ambiguous, or `null` when every origin reads it alike
 * (`paths = "strict"`). `pathname` is that of a parsed URL, so dot segments are resolved already.
 */
export function findAmbiguity(pathname: string): string | null {
  if (pathname.includes("//")) return "an empty segment";
  if (PLAIN.test(pathname)) return null;
  if (pathname.includes(";")) return "a semicolon";
  if (pathname.includes("\\")) return "a backslash";
  if (/%(?![0-9A-Fa-f]{2})/.test(pathname)) return "a malformed percent-escape";
  for (const segment of pathname.split("/")) {
    const problem = findSegmentAmbiguity(segment);
    if (problem !== null) return problem;
  }
  return null;
}

function findSegmentAmbiguity(segment: string): string | null {
  try {
    const decoded = decodeURIComponent(segment);
    // Also where the escapes of an escape's own characters hide it, as in `%25%32%65`.
    if (/%[0-9A-Fa-f]{2}/.test(decoded)) return "a double percent-escape";
    return FORBIDDEN_DECODED.test(decoded)
      ? "an encoded slash, backslash or control character"
      : null;
  } catch {
    return "an escape that is not UTF-8";
  }
}

/**
 * The one spelling of what every origin may take for the same path: escapes of all characters that can
 * stand in a path unescaped are decoded (`pchar` of RFC 3986 section 3.3), the others in upper case.
 * For what must not be avoided by another spelling; what is allowed by its path is compared more strictly.
 */
export function foldEscapes(pathname: string): string {
  return decodeEscapes(pathname, /[A-Za-z0-9\-._~!$&'()*+,;=:@]/, (escape) => escape.toUpperCase());
}

/** Decodes the escapes of unreserved characters (RFC 3986 section 6.2.2.2) and no others. */
export function decodeUnreserved(pathname: string): string {
  return decodeEscapes(pathname, /[A-Za-z0-9\-._~]/, (escape) => escape);
}

/** Decodes the escapes of some characters, and writes every other one as it is told. */
function decodeEscapes(
  pathname: string,
  decoded: RegExp,
  write: (escape: string) => string,
): string {
  if (!pathname.includes("%")) return pathname;
  return pathname.replaceAll(/%([0-9A-Fa-f]{2})/g, (escape, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return decoded.test(character) ? character : write(escape);
  });
}

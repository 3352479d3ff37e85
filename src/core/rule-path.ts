/**
 * The path that a key's rule is written with. It must be plain, because rules are compared as text: what
 * reads like a regular expression or a template, or could never stand in a judged path, would be a rule
 * that silently means nothing.
 */
import { decodeUnreserved, findAmbiguity } from "./path.ts";

/** Wildcards, blanks, what no path holds unescaped, and what only regular expressions have. */
const NOT_PLAIN = /[\s*?#()[\]{}|^`"<>\\]|\.\+|\$$/;

/**
 * The path in the spelling in which paths are compared: of a parsed URL, with unreserved escapes
 * decoded (`path.ts`). `null` when it is not plain, is ambiguous or has dot segments.
 */
export function parseRulePath(text: string): string | null {
  if (!text.isWellFormed() || NOT_PLAIN.test(text) || findAmbiguity(text) !== null) return null;
  if (/\/\.{1,2}(?:\/|$)/.test(decodeUnreserved(text))) return null;
  const url = URL.parse(`https://rule.invalid${text}`);
  return url === null ? null : decodeUnreserved(url.pathname);
}

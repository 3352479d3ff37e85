/**
 * The JSON object of a request body, more strictly than `JSON.parse` reads it: a member that is given
 * twice is refused, because two readers could each take another one. Linear, without recursion.
 */
import { shortenName } from "./describe-found.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";

/** Reads a JSON object (RFC 8259); anything else, and a duplicate member, is refused. */
export function parseJsonObject(text: string): Outcome<object> {
  const value = parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return declineFields({ field: "body", message: "must be a JSON object" });
  }
  const duplicate = findDuplicate(text);
  if (duplicate === null) return succeed(value);
  return declineFields({ field: duplicate, message: "is given more than once" });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A string with the colon that makes it a member's name, or a bracket. Reads valid JSON only. */
const TOKEN = /("[^"\\]*(?:\\.[^"\\]*)*")(\s*:)?|[{}[\]]/g;

/** An object (or array, without names) that is open, and the member that is being read. */
interface Level {
  readonly names: Set<string>;
  current: string | null;
}

/** The path of the first member that its object already has, e.g. `limits.minute`, or `null`. */
function findDuplicate(text: string): string | null {
  const levels: Level[] = [];
  for (const [token, quoted, colon] of text.matchAll(TOKEN)) {
    if (token === "{" || token === "[") levels.push({ names: new Set(), current: null });
    else if (token === "}" || token === "]") levels.pop();
    if (quoted === undefined || colon === undefined) continue;
    const level = levels.at(-1);
    const name = String(JSON.parse(quoted));
    if (level === undefined) continue;
    level.current = name;
    if (level.names.has(name)) return describePath(levels);
    level.names.add(name);
  }
  return null;
}

const MAX_PATH_DEPTH = 3;

function describePath(levels: readonly Level[]): string {
  const names = levels.flatMap(({ current }) => (current === null ? [] : [shortenName(current)]));
  return names.slice(0, MAX_PATH_DEPTH).join(".");
}

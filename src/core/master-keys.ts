/** Reads the secret `MASTER_KEYS`: `id:base64-of-32-bytes`, comma-separated. */
import { decodeBase64 } from "./bytes.ts";
import type { MasterKey } from "./keyring.ts";

const MASTER_KEY_BYTES = 32;

/** Parses every entry; what is wrong is told in `mistakes`, by position, never by value. */
export function parseMasterKeys(found: unknown, mistakes: string[]): readonly MasterKey[] {
  if (typeof found !== "string" || found.trim() === "") {
    mistakes.push(`MASTER_KEYS: is not set; create it with: ${CREATE_COMMAND}`);
    return [];
  }
  const keys = found.split(",").flatMap((entry, index) => {
    const key = parseEntry(entry.trim());
    if (key !== null) return [key];
    mistakes.push(`MASTER_KEYS: entry ${index + 1} must be id:base64-of-${MASTER_KEY_BYTES}-bytes`);
    return [];
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) {
    mistakes.push("MASTER_KEYS: two entries have the same id");
  }
  return keys;
}

const CREATE_COMMAND = `echo "k1:$(openssl rand -base64 32)" | npx wrangler secret put MASTER_KEYS`;

function parseEntry(entry: string): MasterKey | null {
  const [id = "", encoded = ""] = entry.split(":", 2);
  const bytes = decodeBase64(encoded);
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || bytes?.length !== MASTER_KEY_BYTES) return null;
  return { id, bytes };
}

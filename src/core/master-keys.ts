/** Reads the secret `MASTER_KEYS`: `id:base64-of-32-bytes`, comma-separated. */
import type { MasterKey } from "./keyring.ts";
import { parseSecretEntries } from "./secret-entries.ts";

const CREATE_COMMAND = `echo "k1:$(openssl rand -base64 32)" | npx wrangler secret put MASTER_KEYS`;

/** Parses every entry; what is wrong is told in `mistakes`, by position, never by value. */
export function parseMasterKeys(found: unknown, mistakes: string[]): readonly MasterKey[] {
  if (typeof found !== "string" || found.trim() === "") {
    mistakes.push(`MASTER_KEYS: is not set; create it with: ${CREATE_COMMAND}`);
    return [];
  }
  return parseSecretEntries(found, (mistake) => mistakes.push(`MASTER_KEYS: ${mistake}`));
}

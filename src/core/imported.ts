/**
 * Imported keys: made by another system and known by the plain SHA-256 of their text, in a name space of
 * their own. They have no check tag, so only a look-up can tell them from junk.
 */
import { encodeHex } from "./bytes.ts";

const PREFIX = "sha256:";

/** The stored form of an imported key's hash, from its 64 hex characters. */
export function importedHash(hex: string): string {
  return PREFIX + hex.toLowerCase();
}

/** The stored form of the hash of a presented text. */
export async function hashImported(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return importedHash(encodeHex(new Uint8Array(digest)));
}

/** Whether a stored hash is that of an imported key. */
export function isImportedHash(hash: string): boolean {
  return hash.startsWith(PREFIX);
}

/**
 * Secrets that hold several keys, so that keys can be changed without downtime: `id:base64-of-32-bytes`,
 * comma-separated. What is wrong is told by position, never by value.
 */
import { decodeBase64 } from "./bytes.ts";

/** One key of such a secret. */
export interface SecretEntry {
  readonly id: string;
  /** 32 bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const BYTES = 32;

/** Reads every entry of a secret, in order, and tells each mistake. */
export function parseSecretEntries(
  secret: string,
  tell: (mistake: string) => void,
): readonly SecretEntry[] {
  const entries = secret.split(",").flatMap((text, index) => {
    const entry = parseEntry(text.trim());
    if (entry !== null) return [entry];
    tell(`entry ${index + 1} must be id:base64-of-${BYTES}-bytes`);
    return [];
  });
  if (new Set(entries.map(({ id }) => id)).size < entries.length) {
    tell("two entries have the same id");
  }
  return entries;
}

function parseEntry(text: string): SecretEntry | null {
  const [id = "", encoded = ""] = text.split(":", 2);
  const bytes = decodeBase64(encoded);
  if (!/^[A-Za-z0-9_-]{1,32}$/.test(id) || bytes?.length !== BYTES) return null;
  return { id, bytes };
}

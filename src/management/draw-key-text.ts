/** Draws key texts: a new one, or another for a key that keeps its id. The text is handed out once. */
import type { Api } from "../core/api.ts";
import { drawUnsigned, parseKeyText, type KeyText } from "../core/key-text.ts";
import type { Keyring } from "../core/keyring.ts";
import type { KeyTextHash } from "../core/record.ts";

/** What drawing needs. */
export interface DrawPorts {
  readonly keyring: Keyring;
  readonly drawBytes: (length: number) => Uint8Array;
}

/** A text in its parts, and what is stored instead of it. */
export interface DrawnText {
  readonly parsed: KeyText;
  readonly stored: KeyTextHash;
}

/** Draws a text of an environment, made with the keyring's first entry. */
export async function drawKeyText(
  { keyring, drawBytes }: DrawPorts,
  { key: format, recoverable }: Api,
  environment: string,
  id?: string,
): Promise<DrawnText> {
  const entry = keyring.firstId;
  const unsigned = drawUnsigned(format, environment, drawBytes, id);
  const text = unsigned + (await keyring.tag(entry, format.alphabet, unsigned));
  const parsed = parseKeyText(format, text);
  if (parsed === null) throw new Error("a drawn key text does not have its API's form");
  const hash = await keyring.hash(entry, text);
  const encrypted = recoverable ? { encrypted: await keyring.encrypt(text, parsed.id) } : {};
  return { parsed, stored: { hash, entry, untilMs: null, ...encrypted } };
}

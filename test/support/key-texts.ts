/** Real key texts for tests: drawn at random and tagged under a keyring of known bytes. */
import { drawUnsigned, type KeyFormat } from "../../src/core/key-text.ts";
import { createKeyring, type Keyring, type MasterKey } from "../../src/core/keyring.ts";

/** 32 bytes that count up from `first`. */
export function countingBytes(first: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: 32 }, (_, index) => first + index);
}

export const MASTER_A: MasterKey = { id: "a", bytes: countingBytes(0) };
export const MASTER_B: MasterKey = { id: "b", bytes: countingBytes(100) };

export const KEYRING: Keyring = createKeyring([MASTER_A]);

/** Draws a new key text and completes it with the check tag of the keyring's first entry. */
export async function makeKeyText(
  format: KeyFormat,
  environment: string,
  keyring: Keyring = KEYRING,
): Promise<string> {
  const unsigned = drawUnsigned(format, environment, drawRandomBytes);
  return unsigned + (await keyring.tag(keyring.firstId, format.alphabet, unsigned));
}

function drawRandomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

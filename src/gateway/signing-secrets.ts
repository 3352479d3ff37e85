/**
 * The isolate's imported signing secrets, by their encrypted form: decrypted once, and from then on able
 * to do nothing but verify. Holds secrets: nothing here may be logged or returned to a client.
 */
import { createBoundedMap } from "../core/bounded-map.ts";
import type { Keyring } from "../core/keyring.ts";
import { importSigningSecret } from "../core/signature.ts";

export interface SigningSecrets {
  /** The secret, `null` when it was altered, is of another context or of an entry that is gone. */
  load(encrypted: string, context: string): Promise<CryptoKey | null>;
}

/** At most `capacity` imported secrets; the one that was imported first goes first. */
export function createSigningSecrets(
  keyring: Pick<Keyring, "decrypt">,
  capacity: number,
): SigningSecrets {
  const imported = createBoundedMap<CryptoKey>(capacity);
  return {
    async load(encrypted, context) {
      const name = `${context}\n${encrypted}`;
      const known = imported.get(name);
      if (known !== null) return known;
      const text = await keyring.decrypt(encrypted, context);
      if (text === null) return null;
      const secret = await importSigningSecret(text);
      imported.set(name, secret);
      return secret;
    },
  };
}

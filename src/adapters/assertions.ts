/**
 * Identity assertions, signed with Ed25519 (RFC 8037) by the first key of `ASSERTION_KEYS`; all its keys
 * are published. A key is imported once per isolate. Holds secrets: only public keys leave.
 */
import { formatClaims, formatSigningInput, type PublicJwk } from "../core/assertion.ts";
import { encodeBase64Url } from "../core/bytes.ts";
import type { Assertions } from "../core/ports.ts";
import type { SecretEntry } from "../core/secret-entries.ts";

interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly jwk: PublicJwk;
}

/** RFC 8410 section 7: what stands before the 32 bytes of a seed in PKCS #8, which alone is imported. */
const PKCS8_PREFIX = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/** Signs with the first of these entries, at the time `now`. */
export function createAssertions(
  entries: readonly SecretEntry[],
  now: () => number = Date.now,
): Assertions {
  const imported = new Map<string, Promise<SigningKey>>();

  function keyOf(entry: SecretEntry): Promise<SigningKey> {
    const key = imported.get(entry.id) ?? importSeed(entry);
    imported.set(entry.id, key);
    return key;
  }

  return {
    async sign(request) {
      const [first] = entries;
      if (first === undefined) throw new Error("no entry in ASSERTION_KEYS");
      const { privateKey } = await keyOf(first);
      const claims = await formatClaims(request, now(), crypto.randomUUID());
      const input = formatSigningInput(first.id, claims);
      const bytes = new TextEncoder().encode(input);
      const signature = await crypto.subtle.sign("Ed25519", privateKey, bytes);
      return `${input}.${encodeBase64Url(new Uint8Array(signature))}`;
    },
    async listPublicKeys() {
      const keys = await Promise.all(entries.map(keyOf));
      return keys.map(({ jwk }) => jwk);
    },
  };
}

/** The public key is not in the seed: it is what the imported key can be exported with. */
async function importSeed({ id, bytes }: SecretEntry): Promise<SigningKey> {
  const pkcs8 = Uint8Array.from([...PKCS8_PREFIX, ...bytes]);
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
  const exported = await crypto.subtle.exportKey("jwk", privateKey);
  if (exported instanceof ArrayBuffer || exported.x === undefined) {
    throw new Error("the runtime does not tell the public key");
  }
  const jwk: PublicJwk = {
    kty: "OKP",
    crv: "Ed25519",
    x: exported.x,
    kid: id,
    alg: "EdDSA",
    use: "sig",
  };
  return { privateKey, jwk };
}

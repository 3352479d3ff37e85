/**
 * The keyring made of the secret `MASTER_KEYS`: check tags, key hashes and record MACs, each under a
 * key of its own that HKDF (RFC 5869) derives from an entry. The first entry makes everything new,
 * all of them still verify. Holds secrets: nothing here may be logged or returned to a client.
 */
import { decodeBase64, encodeBase64Url } from "./bytes.ts";
import { ALPHABETS, type AlphabetName } from "./key-text.ts";
import type { SecretEntry } from "./secret-entries.ts";

/** One entry of `MASTER_KEYS`: its id and its 32 bytes. */
export type MasterKey = SecretEntry;

export interface Keyring {
  /** The entry that makes everything new. */
  readonly firstId: string;
  /** The ids of all entries, the first one first. */
  readonly entryIds: readonly string[];
  /** Whether an entry is there (still). */
  has(entryId: string): boolean;
  /** The check tag of a key text's unsigned part, under one entry. */
  tag(entryId: string, alphabet: AlphabetName, unsigned: string): Promise<string>;
  /** The entry under which `tag` fits, or `null`: not a text that was made here. */
  findEntry(alphabet: AlphabetName, unsigned: string, tag: string): Promise<string | null>;
  /** HMAC-SHA-256 of a whole key text, base64url: what is stored instead of the text. */
  hash(entryId: string, text: string): Promise<string>;
  /** MAC that binds a stored value to its name; without an entry, of the first one. */
  seal(entryId: string | null, name: string, value: string): Promise<string>;
  /**
   * AES-256-GCM with a random 96-bit IV: `<entry>.<iv>.<ciphertext>`. `context` is bound to it as
   * additional data: what was encrypted for one key decrypts for no other.
   */
  encrypt(text: string, context: string): Promise<string>;
  /** Decrypts; `null` when it was altered, is of another context or of an entry that is gone. */
  decrypt(encrypted: string, context: string): Promise<string | null>;
  /** Whether `mac` was made by `seal` for this name and value; without an entry, under any. */
  verifySeal(
    entryId: string | null,
    name: string,
    value: string,
    mac: Uint8Array,
  ): Promise<boolean>;
}

/** What a derived key is for. The names are part of every stored hash: they never change. */
const PURPOSES = {
  tag: "edge-authorizer/check-tag/v1",
  hash: "edge-authorizer/key-hash/v1",
  seal: "edge-authorizer/record-seal/v1",
  encrypt: "edge-authorizer/encrypt/v1",
} as const;

type Purpose = keyof typeof PURPOSES;

const encoder = new TextEncoder();

/** Builds the keyring of these entries; the first one makes everything new. */
export function createKeyring(entries: readonly [MasterKey, ...MasterKey[]]): Keyring {
  const derived = new Map<string, Promise<CryptoKey>>();

  function keyFor(entryId: string, purpose: Purpose): Promise<CryptoKey> {
    const name = `${purpose}:${entryId}`;
    const known = derived.get(name);
    if (known !== undefined) return known;
    const entry = entries.find(({ id }) => id === entryId);
    if (entry === undefined) throw new Error(`no entry "${entryId}" in MASTER_KEYS`);
    const algorithm = purpose === "encrypt" ? AES : HMAC;
    const key = deriveKey(entry.bytes, PURPOSES[purpose], algorithm);
    derived.set(name, key);
    return key;
  }

  async function mac(entryId: string, purpose: Purpose, text: string): Promise<ArrayBuffer> {
    return crypto.subtle.sign("HMAC", await keyFor(entryId, purpose), encoder.encode(text));
  }

  async function tag(entryId: string, alphabet: AlphabetName, unsigned: string): Promise<string> {
    return encodeTag(await mac(entryId, "tag", unsigned), alphabet);
  }

  return {
    firstId: entries[0].id,
    entryIds: entries.map(({ id }) => id),
    has: (entryId) => entries.some(({ id }) => id === entryId),
    tag,
    async findEntry(alphabet, unsigned, presented) {
      let fitting: string | null = null;
      for (const { id } of entries) {
        if (equalTexts(await tag(id, alphabet, unsigned), presented)) fitting ??= id;
      }
      return fitting;
    },
    async hash(entryId, text) {
      return encodeBase64Url(new Uint8Array(await mac(entryId, "hash", text)));
    },
    async seal(entryId, name, value) {
      return encodeBase64Url(
        new Uint8Array(await mac(entryId ?? entries[0].id, "seal", `${name}\n${value}`)),
      );
    },
    async encrypt(text, context) {
      const entryId = entries[0].id;
      const iv = crypto.getRandomValues(new Uint8Array(12));
      const ciphertext = await crypto.subtle.encrypt(
        { name: "AES-GCM", iv, additionalData: encoder.encode(context) },
        await keyFor(entryId, "encrypt"),
        encoder.encode(text),
      );
      return `${entryId}.${encodeBase64Url(iv)}.${encodeBase64Url(new Uint8Array(ciphertext))}`;
    },
    async decrypt(encrypted, context) {
      const [entryId = "", ...parts] = encrypted.split(".");
      const [iv, ciphertext] = parts.map(decodeBase64);
      if (!iv || !ciphertext || !entries.some(({ id }) => id === entryId)) return null;
      const additionalData = encoder.encode(context);
      const key = await keyFor(entryId, "encrypt");
      try {
        const algorithm = { name: "AES-GCM", iv, additionalData };
        return new TextDecoder().decode(await crypto.subtle.decrypt(algorithm, key, ciphertext));
      } catch {
        return null;
      }
    },
    async verifySeal(entryId, name, value, presented) {
      const message = encoder.encode(`${name}\n${value}`);
      const seal = Uint8Array.from(presented);
      for (const { id } of entries.filter((entry) => entryId === null || entry.id === entryId)) {
        const key = await keyFor(id, "seal");
        if (await crypto.subtle.verify("HMAC", key, seal, message)) return true;
      }
      return false;
    },
  };
}

const HMAC = { name: "HMAC", hash: "SHA-256", length: 256, uses: ["sign", "verify"] } as const;
const AES = { name: "AES-GCM", length: 256, uses: ["encrypt", "decrypt"] } as const;

async function deriveKey(
  master: Uint8Array<ArrayBuffer>,
  purpose: string,
  { uses, ...algorithm }: typeof HMAC | typeof AES,
): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encoder.encode(purpose) },
    base,
    algorithm,
    false,
    [...uses],
  );
}

/** Writes the first 53 bits of a MAC in an alphabet; the bias of the remainder is below 2^-17. */
function encodeTag(mac: ArrayBuffer, alphabet: AlphabetName): string {
  const { characters, tagLength } = ALPHABETS[alphabet];
  const view = new DataView(mac);
  let rest = (view.getUint32(0) >>> 11) * 2 ** 32 + view.getUint32(4);
  let tag = "";
  for (let i = 0; i < tagLength; i += 1) {
    tag = (characters[rest % characters.length] ?? "") + tag;
    rest = Math.floor(rest / characters.length);
  }
  return tag;
}

/** Compares without stopping at the first difference. */
function equalTexts(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

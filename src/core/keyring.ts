/**
 * The keyring made of the secret `MASTER_KEYS`: check tags, key hashes and record MACs, each under a
 * key of its own that HKDF (RFC 5869) derives from an entry. The first entry makes everything new,
 * all of them still verify. Holds secrets: nothing here may be logged or returned to a client.
 */
import { encodeBase64Url } from "./bytes.ts";
import { ALPHABETS, type AlphabetName } from "./key-text.ts";

/** One entry of `MASTER_KEYS`: its id and its 32 bytes. */
export interface MasterKey {
  readonly id: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface Keyring {
  /** The entry that makes everything new. */
  readonly firstId: string;
  /** The check tag of a key text's unsigned part, under one entry. */
  tag(entryId: string, alphabet: AlphabetName, unsigned: string): Promise<string>;
  /** The entry under which `tag` fits, or `null`: not a text that was made here. */
  findEntry(alphabet: AlphabetName, unsigned: string, tag: string): Promise<string | null>;
  /** HMAC-SHA-256 of a whole key text, base64url: what is stored instead of the text. */
  hash(entryId: string, text: string): Promise<string>;
  /** MAC that binds a stored value to its name. */
  seal(entryId: string, name: string, value: string): Promise<string>;
  /** Whether `mac` was made by `seal` for this name and value. */
  verifySeal(entryId: string, name: string, value: string, mac: Uint8Array): Promise<boolean>;
}

/** What a derived key is for. The names are part of every stored hash: they never change. */
const PURPOSES = {
  tag: "edge-authorizer/check-tag/v1",
  hash: "edge-authorizer/key-hash/v1",
  seal: "edge-authorizer/record-seal/v1",
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
    const key = deriveHmacKey(entry.bytes, PURPOSES[purpose]);
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
      return encodeBase64Url(new Uint8Array(await mac(entryId, "seal", `${name}\n${value}`)));
    },
    async verifySeal(entryId, name, value, presented) {
      if (!entries.some(({ id }) => id === entryId)) return false;
      const key = await keyFor(entryId, "seal");
      const message = encoder.encode(`${name}\n${value}`);
      return crypto.subtle.verify("HMAC", key, Uint8Array.from(presented), message);
    },
  };
}

async function deriveHmacKey(master: Uint8Array<ArrayBuffer>, purpose: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", master, "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(0), info: encoder.encode(purpose) },
    base,
    { name: "HMAC", hash: "SHA-256", length: 256 },
    false,
    ["sign", "verify"],
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

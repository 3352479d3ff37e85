/**
 * The key text: `<prefix><body>`, the body being a public id part, a secret part and a check tag
 * over everything before it. Only its form is known here; the tag is made in `keyring.ts`.
 */

/** How the key texts of one API look. */
export interface KeyFormat {
  /** Environment name to prefix, e.g. `{ live: "sk_live_" }`. A prefix may be empty. */
  readonly environments: Readonly<Record<string, string>>;
  readonly alphabet: AlphabetName;
  /** Characters after the prefix. */
  readonly length: number;
}

export type AlphabetName = "base62" | "hex";

interface Alphabet {
  readonly characters: string;
  /** Characters of the public id part and of the check tag; what is between is the secret part. */
  readonly idLength: number;
  readonly tagLength: number;
  /** The shortest body that leaves a secret part of 64 bits or more. */
  readonly minLength: number;
  readonly defaultLength: number;
}

/** Both alphabets with the widths of their parts: 12 + 22 + 6 and 8 + 16 + 8 by default. */
export const ALPHABETS: Readonly<Record<AlphabetName, Alphabet>> = {
  base62: {
    characters: "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    idLength: 12,
    tagLength: 6,
    minLength: 32,
    defaultLength: 40,
  },
  hex: {
    characters: "0123456789abcdef",
    idLength: 8,
    tagLength: 8,
    minLength: 32,
    defaultLength: 32,
  },
};

/** A text in the form of a key; whether its tag fits is not known yet. */
export interface KeyText {
  readonly text: string;
  readonly environment: string;
  readonly prefix: string;
  /** `key_` and the id part: public, known from the text alone, survives rotation. */
  readonly id: string;
  /** Everything before the tag, prefix included: what the tag is made over. */
  readonly unsigned: string;
  readonly tag: string;
}

/** Splits a text into its parts, or answers `null` when it does not have the API's form. */
export function parseKeyText(format: KeyFormat, text: string): KeyText | null {
  const alphabet = ALPHABETS[format.alphabet];
  const found = findEnvironment(format, text);
  if (found === null) return null;
  const [environment, prefix] = found;
  const tagAt = text.length - alphabet.tagLength;
  return {
    text,
    environment,
    prefix,
    id: keyIdOf(text.slice(prefix.length, prefix.length + alphabet.idLength)),
    unsigned: text.slice(0, tagAt),
    tag: text.slice(tagAt),
  };
}

/** Draws everything of a new key text but its tag. With `id`, only the secret part is new. */
export function drawUnsigned(
  format: KeyFormat,
  environment: string,
  drawBytes: (length: number) => Uint8Array,
  id?: string,
): string {
  const prefix = format.environments[environment];
  if (prefix === undefined) throw new Error(`no such key environment: ${environment}`);
  const { characters, idLength, tagLength } = ALPHABETS[format.alphabet];
  const idPart = id?.slice(ID_PREFIX.length) ?? draw(characters, idLength, drawBytes);
  return prefix + idPart + draw(characters, format.length - idLength - tagLength, drawBytes);
}

const ID_PREFIX = "key_";

/** The id of the key whose text has this id part. */
export function keyIdOf(idPart: string): string {
  return ID_PREFIX + idPart;
}

/** Whether a text can be a key id at all, so that nothing is asked for one that cannot. */
export function isKeyId(text: string): boolean {
  return /^key_(?:[0-9A-Za-z]{12}|[0-9a-f]{8})$/.test(text);
}

/** Draws characters without bias: bytes beyond the last whole multiple are drawn again. */
function draw(
  characters: string,
  length: number,
  drawBytes: (length: number) => Uint8Array,
): string {
  const ceiling = 256 - (256 % characters.length);
  let drawn = "";
  while (drawn.length < length) {
    for (const byte of drawBytes(length)) {
      if (byte < ceiling && drawn.length < length) drawn += characters[byte % characters.length];
    }
  }
  return drawn;
}

/** The environment whose prefix leaves a body of the right form: bodies are of one length, so it is the only one. */
function findEnvironment(format: KeyFormat, text: string): readonly [string, string] | null {
  for (const [environment, prefix] of Object.entries(format.environments)) {
    if (text.length !== prefix.length + format.length || !text.startsWith(prefix)) continue;
    if (BODY[format.alphabet].test(text.slice(prefix.length))) return [environment, prefix];
  }
  return null;
}

const BODY: Readonly<Record<AlphabetName, RegExp>> = {
  base62: /^[0-9A-Za-z]+$/,
  hex: /^[0-9a-f]+$/,
};

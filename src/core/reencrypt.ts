/**
 * Brings what a key has encrypted under the keyring's first entry: its recoverable texts and signing
 * secrets, as far as its texts still work. Replacements are made first and put into the key as it is then:
 * one that no longer fits, after a rotation or revocation in between, changes nothing.
 */
import { entryOf, textsInUse } from "./entry-needs.ts";
import type { Keyring } from "./keyring.ts";
import type { Key, KeyTextHash } from "./record.ts";

type EncryptedMember = "encrypted" | "signingSecret";

/** One encrypted value of a text, and the same under the first entry. */
export interface Replacement {
  readonly hash: string;
  readonly member: EncryptedMember;
  readonly from: string;
  readonly to: string;
}

/** What was made of a key's values; `failed` has the entry of each that could not be decrypted. */
export interface Reencrypted {
  readonly replacements: readonly Replacement[];
  readonly failed: readonly string[];
}

/** Encrypts anew what is under another entry than the first. What cannot be decrypted stays as it is. */
export async function reencryptKey(
  keyring: Keyring,
  key: Key,
  nowMs: number,
): Promise<Reencrypted> {
  const replacements: Replacement[] = [];
  const failed: string[] = [];
  for (const text of textsInUse(key, nowMs)) {
    for (const { member, value, context } of encryptedValues(key, text)) {
      if (entryOf(value) === keyring.firstId) continue;
      const plain = await keyring.decrypt(value, context);
      if (plain === null) failed.push(entryOf(value));
      else {
        const to = await keyring.encrypt(plain, context);
        replacements.push({ hash: text.hash, member, from: value, to });
      }
    }
  }
  return { replacements, failed };
}

/** The key with its values replaced, the same key when none of them is there any more. */
export function replaceEncrypted(key: Key, replacements: readonly Replacement[]): Key {
  if (key.revokedAtMs !== null) return key;
  const texts = key.texts.map((text): KeyTextHash => {
    const fitting = replacements.filter(
      ({ hash, member, from }) => hash === text.hash && text[member] === from,
    );
    const replaced = Object.fromEntries(fitting.map(({ member, to }) => [member, to]));
    return fitting.length === 0 ? text : { ...text, ...replaced };
  });
  const changed = texts.some((text, index) => text !== key.texts[index]);
  return changed ? { ...key, texts, version: key.version + 1 } : key;
}

/** What a text has encrypted, each with what it is bound to. */
function encryptedValues(
  { id }: Key,
  { hash, encrypted, signingSecret }: KeyTextHash,
): readonly {
  readonly member: EncryptedMember;
  readonly value: string;
  readonly context: string;
}[] {
  return [
    ...(encrypted === undefined
      ? []
      : [{ member: "encrypted", value: encrypted, context: id } as const]),
    ...(signingSecret === undefined
      ? []
      : [
          {
            member: "signingSecret",
            value: signingSecret,
            context: `signing-secret:${id}:${hash}`,
          } as const,
        ]),
  ];
}

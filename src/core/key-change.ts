/**
 * What can happen to a key in its life, as functions from the key before to the key after. Every change
 * raises its version; a revoked key never changes again.
 */
import type { Key, KeyTextHash } from "./record.ts";

/** Members of a key that can be replaced, each as a whole. */
export type KeyPatch = Partial<
  Pick<
    Key,
    | "name"
    | "expiresAtMs"
    | "enabled"
    | "limits"
    | "permissions"
    | "metadata"
    | "restrictions"
    | "signing"
  >
>;

/** A change as it is handed to the account's object. */
export type KeyChange =
  | {
      readonly kind: "patch";
      readonly patch: KeyPatch;
      /** One of the key's texts with its first signing secret; a text that has one keeps it. */
      readonly text?: KeyTextHash;
    }
  | {
      readonly kind: "rotate";
      readonly text: KeyTextHash;
      readonly last4: string;
      readonly graceSeconds: number;
    }
  | { readonly kind: "revoke" };

/** Texts that a key remembers, so that one that is over is told to be revoked and not unknown. */
const MAX_TEXTS = 10;

/** The key after a change, the same key when nothing changes, `null` when it may not change. */
export function changeKey(key: Key, change: KeyChange, nowMs: number): Key | null {
  if (key.revokedAtMs !== null) return change.kind === "revoke" ? key : null;
  const version = key.version + 1;
  switch (change.kind) {
    case "patch":
      return { ...key, ...change.patch, texts: giveFirstSecret(key.texts, change), version };
    case "revoke":
      return { ...key, revokedAtMs: nowMs, version };
    case "rotate":
      // The same rotation again, after an answer that was lost: the text is there already.
      if (key.texts[0]?.hash === change.text.hash) return key;
      return {
        ...key,
        last4: change.last4,
        rotatedAtMs: nowMs,
        texts: rotateTexts(key.texts, change, nowMs),
        version,
      };
  }
}

function giveFirstSecret(
  texts: readonly KeyTextHash[],
  { text: signed }: KeyChange & { readonly kind: "patch" },
): readonly KeyTextHash[] {
  const { hash, signingSecret } = signed ?? {};
  if (signingSecret === undefined) return texts;
  return texts.map((text) => (text.hash === hash ? { signingSecret, ...text } : text));
}

/** The current text works until the grace ends; a text that was in its grace ends at once. */
function rotateTexts(
  texts: readonly KeyTextHash[],
  { text, graceSeconds }: KeyChange & { readonly kind: "rotate" },
  nowMs: number,
): readonly KeyTextHash[] {
  const graceEndMs = nowMs + graceSeconds * 1000;
  const older = texts.map((old) => ({
    ...old,
    untilMs: old.untilMs === null ? graceEndMs : Math.min(old.untilMs, nowMs),
  }));
  return [text, ...older].slice(0, MAX_TEXTS);
}

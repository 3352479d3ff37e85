/**
 * What management does about signing: which mode a key may ask for, and the secret that each of its texts
 * gets. A secret is handed out once, when it is drawn, and stored encrypted alone.
 */
import type { Api } from "../core/api.ts";
import type { KeyTextHash } from "../core/record.ts";
import type { FieldError } from "../core/refusal.ts";
import { drawSigningSecret } from "../core/signature.ts";
import { modesFrom, signingContext, strictestSigning, type SigningMode } from "../core/signing.ts";
import type { DrawPorts } from "./draw-key-text.ts";

/** A text as it is stored, and the secret that was drawn for it; `null` where none was. */
export interface SignedText {
  readonly stored: KeyTextHash;
  readonly signingSecret: string | null;
}

/** A mode that is less than the API asks of every key. */
export function judgeSigning(
  api: Api,
  asked: SigningMode | null | undefined,
): readonly FieldError[] {
  const allowed = modesFrom(api.signing);
  if (asked === undefined || asked === null || allowed.includes(asked)) return [];
  const message = `must be ${allowed.join(" or ")}: the API asks for no less`;
  return [{ field: "signing", message }];
}

/** Gives a text its secret, unless it has one or signatures of its key are never judged. */
export async function giveSecret(
  { keyring, drawBytes }: DrawPorts,
  api: Api,
  signing: SigningMode | null | undefined,
  keyId: string,
  stored: KeyTextHash,
): Promise<SignedText> {
  const mode = strictestSigning(api.signing, signing ?? null);
  if (mode === "off" || stored.signingSecret !== undefined) return { stored, signingSecret: null };
  const signingSecret = drawSigningSecret(drawBytes);
  const encrypted = await keyring.encrypt(signingSecret, signingContext(keyId, stored.hash));
  return { stored: { ...stored, signingSecret: encrypted }, signingSecret };
}

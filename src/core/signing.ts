/**
 * Whether requests of a key have to be signed: an API's rule and the key's own, of which the stricter
 * one is in force. Also the context that binds a stored signing secret to its key and text.
 */

/** From the mildest to the strictest: not judged, judged where one is sent, always there. */
export const SIGNING_MODES = ["off", "optional", "required"] as const;
export type SigningMode = (typeof SIGNING_MODES)[number];

/** The mode in force: a key may ask for more than its API, never for less. `null` asks for nothing. */
export function strictestSigning(api: SigningMode, key: SigningMode | null): SigningMode {
  return key !== null && rankOf(key) > rankOf(api) ? key : api;
}

/** The modes that a key may ask for where its API has `api`. */
export function modesFrom(api: SigningMode): readonly SigningMode[] {
  return SIGNING_MODES.slice(rankOf(api));
}

/** What the secret of one text is encrypted for: no other text's secret can take its place. */
export function signingContext(keyId: string, textHash: string): string {
  return `signing-secret:${keyId}:${textHash}`;
}

function rankOf(mode: SigningMode): number {
  return SIGNING_MODES.indexOf(mode);
}

/** By what members' tokens (JWTs) are verified: always one kind of key, never what a token asks for. */

interface Claims {
  /** What `iss` must be, and what must be in `aud`; `null` for anything. */
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** A shared secret (HS256), or the public keys at a URL (RS256, ES256, EdDSA). */
export type MemberTokenRules =
  | ({ readonly kind: "secret"; readonly secret: string } & Claims)
  | ({ readonly kind: "jwks"; readonly url: string } & Claims);

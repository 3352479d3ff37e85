/**
 * A dashboard session as it is stored, and how long it lives: 30 minutes after it was last used, 12
 * hours at most. Its secret stands in the cookie alone; what is stored is the secret's hash.
 */

/** The name of the cookie that holds it. */
export const SESSION_COOKIE = "__Host-authz_session";

/** Whose a session is, which also says which object keeps it. */
export type SessionHolder =
  | { readonly role: "operator" }
  | { readonly role: "member"; readonly account: string };

export interface Session {
  /** SHA-256 of the secret, base64url. */
  readonly hash: string;
  readonly openedAtMs: number;
  /** When it was last used, to the minute: a use within a minute of the last one writes nothing. */
  readonly seenAtMs: number;
  /** Keyed digest of the operator token that it was opened with; `null` of a member's. */
  readonly tokenDigest: string | null;
}

/** What the object that keeps sessions is asked. A session that is not live any more is none. */
export type SessionCall =
  | { readonly kind: "open"; readonly session: Session }
  | { readonly kind: "use"; readonly hash: string; readonly nowMs: number }
  | { readonly kind: "close"; readonly hash: string };

export const SESSION_IDLE_MS = 30 * 60_000;
export const SESSION_MAX_MS = 12 * 3_600_000;
const SEEN_STEP_MS = 60_000;

/** When a session ends if it is not used again, epoch ms. */
export function sessionEndsAtMs({ openedAtMs, seenAtMs }: Session): number {
  return Math.min(openedAtMs + SESSION_MAX_MS, seenAtMs + SESSION_IDLE_MS);
}

/** The session after a use at `nowMs`, the same one where that need not be written. */
export function useSession(session: Session, nowMs: number): Session {
  return nowMs - session.seenAtMs < SEEN_STEP_MS ? session : { ...session, seenAtMs: nowMs };
}

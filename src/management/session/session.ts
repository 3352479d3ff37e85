/**
 * Sessions of the dashboard: opened in exchange for the operator token or a member's token, found again
 * by the cookie, ended by signing out. The cookie's secret is stored as a hash alone, and the CSRF token
 * is a MAC of it, so it is stored nowhere.
 */
import { decodeBase64, encodeBase64Url } from "../../core/bytes.ts";
import type { Keyring } from "../../core/keyring.ts";
import type { SessionHolder, Session } from "../../core/session.ts";
import type { Accounts, MemberTokens, Sessions } from "../../core/ports.ts";
import type { SignInThrottle } from "../sign-in-throttle.ts";
import type { PresentedSession } from "./cookie.ts";

/** What sessions need. */
export interface SessionPorts {
  /** The tokens that are the operator's; none closes management. */
  readonly operatorTokens: readonly string[];
  readonly memberTokens: MemberTokens | null;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly throttle: SignInThrottle;
  readonly keyring: Keyring;
  readonly now: () => number;
  readonly drawBytes: (length: number) => Uint8Array;
}

/** A session that is live, and what its cookie says. */
export interface LiveSession extends PresentedSession {
  readonly session: Session;
}

const SECRET_BYTES = 32;
const CSRF = "session-csrf";
const OPERATOR_TOKEN = "session-operator-token";

/** Opens a session; `operatorToken` is the one it was exchanged for. `null` where none may be opened. */
export async function openSession(
  { sessions, keyring, now, drawBytes }: SessionPorts,
  holder: SessionHolder,
  operatorToken: string | null,
): Promise<LiveSession | null> {
  const secret = encodeBase64Url(drawBytes(SECRET_BYTES));
  const nowMs = now();
  const session = await sessions.call(holder, {
    kind: "open",
    session: {
      hash: await hashSecret(secret),
      openedAtMs: nowMs,
      seenAtMs: nowMs,
      tokenDigest:
        operatorToken === null ? null : await keyring.seal(null, OPERATOR_TOKEN, operatorToken),
    },
  });
  return session && { holder, secret, session };
}

/** The session that a cookie is of; the operator's ends with the token that it was opened with. */
export async function findSession(
  ports: SessionPorts,
  presented: PresentedSession,
): Promise<LiveSession | null> {
  const hash = await hashSecret(presented.secret);
  const use = { kind: "use", hash, nowMs: ports.now() } as const;
  const session = await ports.sessions.call(presented.holder, use);
  if (session === null) return null;
  if (presented.holder.role === "operator" && !(await isTokenConfigured(ports, session))) {
    return null;
  }
  return { ...presented, session };
}

/** Ends a session; of one that is over nothing changes. */
export async function closeSession(
  { sessions }: SessionPorts,
  { holder, secret }: PresentedSession,
): Promise<void> {
  await sessions.call(holder, { kind: "close", hash: await hashSecret(secret) });
}

/** The token that a session's page sends with every change. */
export function makeCsrfToken({ keyring }: SessionPorts, { secret }: LiveSession): Promise<string> {
  return keyring.seal(null, CSRF, secret);
}

/** Whether a token is the session's. */
export async function verifyCsrfToken(
  { keyring }: SessionPorts,
  { secret }: LiveSession,
  token: string,
): Promise<boolean> {
  const mac = decodeBase64(token);
  return mac !== null && keyring.verifySeal(null, CSRF, secret, mac);
}

async function isTokenConfigured(
  { keyring, operatorTokens }: SessionPorts,
  { tokenDigest }: Session,
): Promise<boolean> {
  const digest = decodeBase64(tokenDigest ?? "");
  if (digest === null) return false;
  for (const token of operatorTokens) {
    if (await keyring.verifySeal(null, OPERATOR_TOKEN, token, digest)) return true;
  }
  return false;
}

async function hashSecret(secret: string): Promise<string> {
  const bytes = new TextEncoder().encode(secret);
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}

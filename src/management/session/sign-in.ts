/**
 * Signing in and out. A sign-in always draws a new session and ends the one it came with, so a cookie
 * that somebody else has set is never the one that is signed in.
 */
import type { Refusal } from "../../core/refusal.ts";
import { sessionEndsAtMs } from "../../core/session.ts";
import { answerData, answerMessage, type Answer } from "../answer.ts";
import { formatDateTime } from "../date-time.ts";
import { findToken, judgeOpen, readBearer } from "../operator.ts";
import { decline, succeed, type Outcome } from "../outcome.ts";
import { findMember, looksLikeToken } from "../self-service/member.ts";
import { formatEndedCookie, formatSessionCookie, readSessionCookie } from "./cookie.ts";
import { judgeForeign, judgeOwnPage } from "./own-page.ts";
import {
  closeSession,
  findSession,
  makeCsrfToken,
  openSession,
  verifyCsrfToken,
  type LiveSession,
  type SessionPorts,
} from "./session.ts";

/** Exchanges the operator token or a member's token for a session. Attempts in vain are slowed down. */
export async function signIn(
  ports: SessionPorts,
  request: Request,
  requestId: string,
): Promise<Outcome<Answer>> {
  const refusal = judgeOpen(ports.operatorTokens) ?? judgeForeign(request);
  if (refusal !== null) return { ok: false, refusal };
  const authorization = request.headers.get("authorization") ?? "";
  if (authorization === "") return decline("missing_credential", { message: MISSING });
  const opened = await exchange(ports, readBearer(authorization));
  if (!opened.ok) {
    if (opened.refusal.reason !== "invalid_token") return opened;
    const throttled = await ports.throttle(request.headers.get("cf-connecting-ip"), requestId);
    return throttled === null ? opened : { ok: false, refusal: throttled };
  }
  const earlier = readSessionCookie(request.headers.get("cookie"));
  if (earlier !== null) await closeSession(ports, earlier);
  const cookie = { "Set-Cookie": formatSessionCookie(opened.value) };
  return succeed(answerData(await describe(ports, opened.value), 201, cookie));
}

/** Who is signed in. Nobody is an answer too: the page asks before it shows the sign-in. */
export async function describeSession(
  ports: SessionPorts,
  request: Request,
): Promise<Outcome<Answer>> {
  const live = await readSession(ports, request);
  return succeed(answerData(live === null ? { role: null } : await describe(ports, live)));
}

/** Ends the session. */
export async function signOut(ports: SessionPorts, request: Request): Promise<Outcome<Answer>> {
  const live = await readSession(ports, request);
  if (live !== null) {
    const refusal = await judgeChange(ports, live, request);
    if (refusal !== null) return { ok: false, refusal };
    await closeSession(ports, live);
  }
  const headers = { "Set-Cookie": formatEndedCookie() };
  return succeed({ ...answerMessage("Signed out"), headers });
}

/** The live session of a request, if any. */
export async function readSession(
  ports: SessionPorts,
  request: Request,
): Promise<LiveSession | null> {
  const presented = readSessionCookie(request.headers.get("cookie"));
  return presented && findSession(ports, presented);
}

/** Refuses a state change that is not the own page's. */
export function judgeChange(
  ports: SessionPorts,
  live: LiveSession,
  request: Request,
): Promise<Refusal | null> {
  return judgeOwnPage(request, (token) => verifyCsrfToken(ports, live, token));
}

async function exchange(ports: SessionPorts, token: string): Promise<Outcome<LiveSession>> {
  const operatorToken = await findToken(ports.operatorTokens, token);
  if (operatorToken !== null) {
    return orInvalid(await openSession(ports, { role: "operator" }, operatorToken));
  }
  if (!looksLikeToken(token)) return orInvalid(null);
  const member = await findMember(ports, null, token);
  if (!member.ok) return member;
  return orInvalid(await openSession(ports, { role: "member", account: member.value.id }, null));
}

function orInvalid(opened: LiveSession | null): Outcome<LiveSession> {
  if (opened !== null) return succeed(opened);
  return decline("invalid_token", { credentialSent: true });
}

async function describe(ports: SessionPorts, live: LiveSession): Promise<object> {
  const { holder, session } = live;
  return {
    csrf_token: await makeCsrfToken(ports, live),
    expires_at: formatDateTime(sessionEndsAtMs(session)),
    role: holder.role,
    ...(holder.role === "member" ? { account: holder.account } : {}),
  };
}

const MISSING = "Send the operator token or a member's token as `Authorization: Bearer TOKEN`.";

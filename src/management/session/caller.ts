/**
 * On whose behalf a management request is served: the operator's by its token, or whoever's by a session
 * of the dashboard. Where both are sent, the token alone counts.
 */
import { authorizeOperator } from "../operator.ts";
import { decline, succeed, type Outcome } from "../outcome.ts";
import { memberScope, operatorScope, type Scope } from "../scope.ts";
import { readSessionCookie } from "./cookie.ts";
import { isSafe } from "./own-page.ts";
import { findSession, type SessionPorts } from "./session.ts";
import { judgeChange } from "./sign-in.ts";

/** Finds out who calls, or refuses. A change by a session has to come from the dashboard's own page. */
export async function authenticateCaller(
  ports: SessionPorts,
  request: Request,
  requestId: string,
): Promise<Outcome<Scope>> {
  const authorization = request.headers.get("authorization");
  const presented = readSessionCookie(request.headers.get("cookie"));
  if (authorization !== null || presented === null || ports.operatorTokens.length === 0) {
    const refusal = await authorizeOperator(ports.operatorTokens, authorization);
    if (refusal === null) return succeed(operatorScope(requestId));
    if (refusal.reason !== "invalid_token") return { ok: false, refusal };
    const address = request.headers.get("cf-connecting-ip");
    return { ok: false, refusal: (await ports.throttle(address, requestId)) ?? refusal };
  }
  const live = await findSession(ports, presented);
  if (live === null) return decline("invalid_token", { message: OVER, credentialSent: true });
  const refusal = isSafe(request.method) ? null : await judgeChange(ports, live, request);
  if (refusal !== null) return { ok: false, refusal };
  const { holder } = live;
  return succeed(
    holder.role === "operator"
      ? operatorScope(requestId)
      : memberScope({ id: holder.account }, requestId),
  );
}

const OVER = "The session has ended. Please sign in again.";

/**
 * Who may call which route. The operator may call all but what is a member's own affair; a member, by a
 * session of the dashboard, what concerns its own account and the keys of it.
 */
import { refuse, type Refusal } from "../core/refusal.ts";
import type { Route } from "./route.ts";
import type { RouteKey } from "./routes.ts";
import type { Scope } from "./scope.ts";

/**
 * `account`: the path's id must be the caller's account. `scope`: the operation itself keeps within the
 * caller's scope. `member`: members alone, likewise.
 */
type Access = "everyone" | "operator" | "account" | "scope" | "member";

const ACCESS: Readonly<Record<RouteKey, Access>> = {
  "GET /manage/health": "everyone",
  "GET /manage/openapi.json": "everyone",
  "GET /manage/docs": "everyone",
  "GET /manage/.well-known/jwks.json": "everyone",
  "POST /manage/session": "everyone",
  "GET /manage/session": "everyone",
  "DELETE /manage/session": "everyone",
  "GET /manage/v1/apis": "scope",
  "POST /manage/v1/accounts": "operator",
  "GET /manage/v1/accounts": "operator",
  "GET /manage/v1/accounts/:id": "account",
  "PATCH /manage/v1/accounts/:id": "operator",
  "POST /manage/v1/accounts/:id/suspend": "operator",
  "POST /manage/v1/accounts/:id/reactivate": "operator",
  "GET /manage/v1/accounts/:id/audit": "account",
  "GET /manage/v1/accounts/:id/audit/verify": "account",
  "GET /manage/v1/accounts/:id/audit/export": "account",
  "POST /manage/v1/accounts/:id/api-keys": "account",
  "POST /manage/v1/accounts/:id/api-keys/import": "operator",
  "GET /manage/v1/accounts/:id/api-keys": "account",
  "GET /manage/v1/api-keys/:id": "scope",
  "PATCH /manage/v1/api-keys/:id": "scope",
  "POST /manage/v1/api-keys/:id/rotate": "scope",
  "POST /manage/v1/api-keys/:id/reveal": "member",
  "DELETE /manage/v1/api-keys/:id": "scope",
  "GET /manage/v1/accounts/:id/usage": "account",
  "GET /manage/v1/accounts/:id/alerts": "account",
  "PUT /manage/v1/accounts/:id/alerts": "account",
  "GET /manage/v1/accounts/:id/alerts/events": "account",
  "GET /manage/v1/api-keys/:id/usage": "scope",
  "GET /manage/v1/usage": "operator",
  "GET /manage/v1/keyring": "operator",
  "POST /manage/v1/keyring/reencrypt": "operator",
  "POST /manage/v1/verify": "operator",
};

/** Why a caller may not call a route with an account's or key's id, `null` when it may. */
export function judgeAccess(
  { method, path }: Pick<Route, "method" | "path">,
  scope: Scope,
  id: string,
): Refusal | null {
  const isOperator = scope.account === null;
  switch (ACCESS[`${method} ${path}` as RouteKey]) {
    case "everyone":
    case "scope":
      return null;
    case "operator":
      return isOperator ? null : refuse("permission_missing", { message: OPERATOR_ONLY });
    case "member":
      return isOperator ? refuse("permission_missing", { message: MEMBERS_ONLY }) : null;
    case "account":
      return isOperator || scope.account === id ? null : refuse("not_found", { message: UNKNOWN });
  }
}

const OPERATOR_ONLY = "Only the operator may do this.";
const MEMBERS_ONLY = "Only a member of the account may do this.";
const UNKNOWN = "There is no account with this id.";

/**
 * Self-service of an account, as the page `dataframer` has it: its key, shown again to its members, and
 * who it is. A text is shown only after the audit log has the entry that says so.
 */
import type { KeyPage } from "../../core/ports.ts";
import { composeRecord, type Account } from "../../core/record.ts";
import { refuse, type Refusal } from "../../core/refusal.ts";
import type { OwnCall } from "../../core/self-service.ts";
import { respond } from "../answer.ts";
import { recoverText, type RecoverPorts } from "../reveal-key.ts";
import { memberScope } from "../scope.ts";

/** What these routes need. */
export type AccountRoutePorts = RecoverPorts;

export type AccountRoute = "api-key" | "me";

/** All paths; the tests hold every one to who may call it. */
export const ACCOUNT_PATHS: ReadonlyMap<string, AccountRoute> = new Map([
  ["/api/users/api-key", "api-key"],
  ["/api/users/me", "me"],
]);

const PAGE = 100;

/** The route of a pathname without a slash at its end, `null` when it is none. */
export function findAccountRoute(pathname: string): AccountRoute | null {
  return ACCOUNT_PATHS.get(pathname) ?? null;
}

/** Refuses all methods but that of both routes. */
export function judgeAccountMethod({ endpoint }: OwnCall): Refusal | null {
  const { method } = endpoint;
  if (method === "GET" || method === "HEAD") return null;
  return refuse("method_not_allowed", { allow: ["GET", "HEAD"] });
}

/** `{"id","email","company","role"}` */
export function showAccount({ requestId }: OwnCall, account: Account): Response {
  const { id, email, company, role } = account;
  return respond({ status: 200, body: { id, email, company, role } }, requestId);
}

/**
 * `{"api_key":"…"}`: the newest key of a member's account that is active and can be recovered. One that
 * was kept and cannot be decrypted is an outage, not a reason to show an older key.
 */
export async function revealKey(
  ports: AccountRoutePorts,
  { requestId }: OwnCall,
  account: Account,
): Promise<Response | Refusal> {
  let cursor: string | null = null;
  do {
    const page: KeyPage | null = await ports.accounts.listKeys(account.id, {
      active: true,
      limit: PAGE,
      cursor,
    });
    for (const key of page?.keys ?? []) {
      const { by } = memberScope(account, requestId);
      const recovered = await recoverText(ports, composeRecord(account, key), by);
      if (recovered === null) continue;
      if (!recovered.ok) return recovered.refusal;
      return respond({ status: 200, body: { api_key: recovered.value } }, requestId);
    }
    cursor = page?.nextCursor ?? null;
  } while (cursor !== null);
  return refuse("not_found", { message: "There is no active API key that can be shown again." });
}

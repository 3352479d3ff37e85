/**
 * Who a member is: a token that verifies names an account by its `sub`, and the account must be of the
 * API that is called. Of a token that does not verify nothing is told but that.
 */
import { decodeBase64 } from "../../core/bytes.ts";
import type { Api } from "../../core/api.ts";
import type { Accounts, MemberTokens } from "../../core/ports.ts";
import type { Account } from "../../core/record.ts";
import { decline, succeed, type Outcome } from "../outcome.ts";
import { isAccountId } from "../schemas.ts";

/** What finding a member needs. */
export interface MemberPorts {
  readonly accounts: Pick<Accounts, "load">;
  /** `null` where no member tokens are configured: none verifies. */
  readonly memberTokens: MemberTokens | null;
}

/** Whether a text has the shape of a JWT: three parts (RFC 7519 section 3). */
export function looksLikeToken(text: string): boolean {
  return text.split(".", 4).length === 3;
}

/** Whether its first part is the header of a JWT (RFC 7515 section 4): a JSON object, base64url. */
export function hasTokenHeader(text: string): boolean {
  const bytes = decodeBase64(text.split(".", 1)[0] ?? "");
  try {
    const header: unknown = bytes === null ? null : JSON.parse(new TextDecoder().decode(bytes));
    return typeof header === "object" && header !== null;
  } catch {
    return false;
  }
}

/** The account whose member a token is of, when that is one of `api`; `null` stands for every API. */
export async function findMember(
  { accounts, memberTokens }: MemberPorts,
  api: Pick<Api, "name"> | null,
  token: string,
): Promise<Outcome<Account>> {
  const id = memberTokens === null ? null : await memberTokens.verify(token);
  const found = id !== null && isAccountId(id) ? await accounts.load(id) : null;
  if (found === null || (api !== null && found.account.api !== api.name)) {
    return decline("invalid_token", { credentialSent: true });
  }
  if (found.account.suspendedAtMs === null) return succeed(found.account);
  return decline("suspended_account", { message: "The account is suspended." });
}

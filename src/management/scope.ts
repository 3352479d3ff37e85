/**
 * On whose behalf an operation runs: the operator for every account, a key or a member for its own. The
 * account of a self-service caller comes from here alone, never from what it sends.
 */
import type { Api } from "../core/api.ts";
import type { Origination } from "../core/audit.ts";
import type { Account, KeyRecord } from "../core/record.ts";
import type { FieldError } from "../core/refusal.ts";
import type { Limits } from "../core/window.ts";

export interface Scope {
  readonly by: Origination;
  /** The only account that may be seen and touched; `null` for all. */
  readonly account: string | null;
  /** The permissions that may be given to keys; `null` for any. */
  readonly permissions: readonly string[] | null;
}

/** The operator's scope. */
export function operatorScope(requestId: string): Scope {
  return { by: { actor: "operator", requestId }, account: null, permissions: null };
}

/** The scope of whoever has not said who it is: no account's. */
export function nobodyScope(requestId: string): Scope {
  return { by: { actor: "nobody", requestId }, account: "", permissions: [] };
}

/** The scope of a caller that has an account of its own. */
export type OwnScope = Scope & { readonly account: string };

/** The scope of a key: its account, and no more than its own permissions to give. */
export function keyScope({ account, key }: KeyRecord, requestId: string): OwnScope {
  const by = { actor: `key:${key.id}`, requestId };
  return { by, account, permissions: key.permissions };
}

/** The scope of an account's member: everything of that account. */
export function memberScope({ id }: Pick<Account, "id">, requestId: string): OwnScope {
  return { by: { actor: `member:${id}`, requestId }, account: id, permissions: null };
}

/** What a caller asks for a key beyond what it may give: more permissions, or wider limits. */
export function judgeGrants(
  scope: Scope,
  owner: Account,
  api: Api,
  asked: { readonly permissions?: readonly string[]; readonly limits?: Limits | null },
): readonly FieldError[] {
  if (scope.account === null) return [];
  return [
    ...judgePermissions(scope.permissions, asked.permissions ?? []),
    ...judgeLimits(owner.limits ?? api.limits, asked.limits ?? null),
  ];
}

function judgePermissions(
  given: readonly string[] | null,
  asked: readonly string[],
): readonly FieldError[] {
  if (given === null || asked.every((name) => given.includes(name))) return [];
  const message = `must be among the caller's own: ${given.join(", ") || "none"}`;
  return [{ field: "permissions", message }];
}

/** A key's limits are given as a whole, so a window that is left out would be without limit. */
function judgeLimits(most: Limits, asked: Limits | null): readonly FieldError[] {
  if (asked === null) return [];
  return Object.entries(most).flatMap(([name, limit]) => {
    const wanted = Object.entries(asked).find(([window]) => window === name)?.[1];
    if (limit === undefined || (wanted !== undefined && wanted <= limit)) return [];
    return [{ field: `limits.${name}`, message: `must be given and at most ${limit}` }];
  });
}

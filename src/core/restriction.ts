/**
 * What a known key may not do here. Judged by the edge with the record it has and by the key's
 * object when that record is old, from the same facts. Costs the key nothing.
 */
import type { KeyRecord } from "./record.ts";
import { refuse, type Refusal } from "./refusal.ts";
import {
  compileRestrictions,
  judgeCompiled,
  type CompiledRestrictions,
  type RestrictedFacts,
  type Restrictions,
} from "./restrictions.ts";

/** What a request is, as far as restrictions ask: plain data that crosses to the key's object. */
export interface RequestFacts extends RestrictedFacts {
  readonly api: string;
  /** Key environments that the API accepts. */
  readonly environments: readonly string[];
  /** Permissions that the endpoint needs. */
  readonly permissions: readonly string[];
  /** Whether the client's address is one that the API refuses to all keys. */
  readonly ipBlocked: boolean;
}

/** Per isolate: rules that were compiled, for as long as their record is in use. */
const compiled = new WeakMap<Restrictions, CompiledRestrictions>();

/** The first restriction, of the key or of the API, that the request does not meet, or `null`. */
export function judgeRestrictions({ key }: KeyRecord, facts: RequestFacts): Refusal | null {
  if (!facts.environments.includes(key.environment)) return refuse("environment_mismatch");
  const reason = judgeCompiled(rulesOf(key.restrictions), facts);
  if (reason !== null) return refuse(reason);
  if (facts.ipBlocked) return refuse("ip_not_allowed");
  const missing = facts.permissions.find((name) => !key.permissions.includes(name));
  if (missing === undefined) return null;
  return refuse("permission_missing", {
    message: `This API key lacks the permission "${missing}" that the endpoint needs.`,
  });
}

function rulesOf(restrictions: Restrictions): CompiledRestrictions {
  const known = compiled.get(restrictions);
  if (known !== undefined) return known;
  const rules = compileRestrictions(restrictions);
  compiled.set(restrictions, rules);
  return rules;
}

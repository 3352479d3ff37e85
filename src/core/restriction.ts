/**
 * What a known key may not do here. Judged by the edge with the record it has and by the key's
 * object when that record is old, from the same facts. Costs the key nothing.
 */
import type { KeyRecord } from "./record.ts";
import { refuse, type Refusal } from "./refusal.ts";

/** What a request is, as far as restrictions ask: plain data that crosses to the key's object. */
export interface RequestFacts {
  readonly api: string;
  /** Key environments that the API accepts. */
  readonly environments: readonly string[];
  /** Permissions that the endpoint needs. */
  readonly permissions: readonly string[];
}

/** The first restriction of the record that the request does not meet, or `null`. */
export function judgeRestrictions(record: KeyRecord, facts: RequestFacts): Refusal | null {
  if (!facts.environments.includes(record.key.environment)) return refuse("environment_mismatch");
  const missing = facts.permissions.find((name) => !record.key.permissions.includes(name));
  if (missing !== undefined) {
    return refuse("permission_missing", {
      message: `This API key lacks the permission "${missing}" that the endpoint needs.`,
    });
  }
  return null;
}

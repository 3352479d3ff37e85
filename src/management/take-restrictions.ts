/** The rules that a body gives a key: each one checked, and refused where its API cannot keep them. */
import type { Api } from "../core/api.ts";
import {
  parseRestrictions,
  type GivenRestrictions,
  type Restrictions,
} from "../core/restrictions.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";

/** Checks rules for a key of an API; none given restricts nothing. */
export function takeRestrictions(
  api: Api,
  given: GivenRestrictions | null | undefined,
): Outcome<Restrictions> {
  const parsed = parseRestrictions(given ?? {});
  if (!parsed.ok) return declineFields(...parsed.fields);
  if (parsed.restrictions.endpoints === undefined || api.paths === "strict") {
    return succeed(parsed.restrictions);
  }
  const message = 'cannot be kept by an API with paths = "lenient"';
  return declineFields({ field: "restrictions.endpoints", message });
}

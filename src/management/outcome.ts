/** What an operation comes to: a value, or a refusal. Outages are thrown by the ports instead. */
import { refuse, type FieldError, type Reason, type Refusal } from "../core/refusal.ts";

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly refusal: Refusal };

/** The outcome of what succeeded. */
export function succeed<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** The outcome of what was refused, in the reason's own words unless `details` has better ones. */
export function decline(
  reason: Reason,
  details: Partial<Omit<Refusal, "reason">> = {},
): Outcome<never> {
  return { ok: false, refusal: refuse(reason, details) };
}

/** Refuses a body or query, naming each member that is wrong. */
export function declineFields(...fields: readonly FieldError[]): Outcome<never> {
  return decline("invalid_request", { message: describe(fields), fields });
}

function describe(fields: readonly FieldError[]): string {
  return `The request is not valid: ${fields.map(({ field }) => field).join(", ")}.`;
}

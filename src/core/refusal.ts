/**
 * The one vocabulary of refusals: every reason, its HTTP status and its public sentence.
 * A refusal is a value; how an API words it is its dialect's business (`src/dialects`).
 * Nothing here may ever hold a key text, a hash, a secret or a token.
 */

import type { SignatureExplanation } from "./signed-message.ts";

/** Why a request was refused. The names are what clients see in their API's dialect. */
export type Reason = keyof typeof REASONS;

/** One wrong member of a request body, query or configuration: which, and what is allowed. */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** A request that is not served, and everything a dialect needs to say so. */
export interface Refusal {
  readonly reason: Reason;
  /** One or two sentences for the client developer. */
  readonly message: string;
  /** Whole seconds, at least 1, after which a retry is admitted or worth trying. */
  readonly retryAfterSeconds?: number;
  /** The windows that had too little left, for `rate_limited`. */
  readonly violatedPolicies?: readonly string[];
  /** Each wrong member, for `invalid_request`. */
  readonly fields?: readonly FieldError[];
  /** Methods the route has, for `method_not_allowed`. */
  readonly allow?: readonly string[];
  /** The JSON-RPC error code, where the reason alone does not tell it. */
  readonly rpcCode?: number;
  /** The request as a whole is wrong: a batch is answered with one error, not one for each call. */
  readonly wholeRequest?: true;
  /** Whether a credential was presented, for the `error` of RFC 6750 section 3. */
  readonly credentialSent?: boolean;
  /** What was verified here, for the client developer of a test environment's key. */
  readonly signed?: SignatureExplanation;
  /** The change is stored but not in force everywhere yet; it is retried until it is. */
  readonly pending?: true;
}

const REASONS = {
  missing_credential: [401, "No API key was provided."],
  malformed_credential: [401, "The API key was not sent in the expected form."],
  unknown_key: [401, "The API key is not valid."],
  revoked_key: [401, "The API key has been revoked."],
  expired_key: [401, "The API key has expired."],
  disabled_key: [401, "The API key is disabled."],
  invalid_token: [401, "The token is not valid."],
  suspended_account: [403, "The account of this API key is suspended."],
  ip_not_allowed: [403, "Requests from this IP address are not allowed with this API key."],
  referrer_not_allowed: [403, "Requests from this referrer are not allowed with this API key."],
  endpoint_not_allowed: [403, "This endpoint is not allowed with this API key."],
  permission_missing: [403, "This API key lacks a permission that the endpoint needs."],
  environment_mismatch: [403, "Keys of this environment are not accepted here."],
  missing_signature: [401, "This request must be signed."],
  invalid_signature: [401, "The request signature does not verify."],
  timestamp_out_of_range: [401, "The signature's timestamp is missing, malformed or too far off."],
  replayed_signature: [401, "This signed request was already accepted once."],
  rate_limited: [429, "Rate limit exceeded. Please wait before making more requests."],
  invalid_request: [400, "The request is not valid."],
  not_found: [404, "There is nothing here."],
  method_not_allowed: [405, "This method is not allowed here."],
  conflict: [409, "The request conflicts with what is stored."],
  body_too_large: [413, "The request body is too large."],
  origin_unreachable: [502, "The origin could not be reached."],
  origin_timeout: [504, "The origin did not answer in time."],
  unavailable: [503, "The authorizer cannot decide right now. Please try again."],
  internal: [500, "Something went wrong in the authorizer."],
} as const satisfies Record<string, readonly [status: number, message: string]>;

/** Every reason there is, for tables that must be complete. */
export const ALL_REASONS: readonly Reason[] = Object.keys(REASONS) as Reason[];

/** Builds a refusal with the reason's own sentence unless `details` has a more helpful one. */
export function refuse(reason: Reason, details: Partial<Omit<Refusal, "reason">> = {}): Refusal {
  return { reason, message: REASONS[reason][1], ...details };
}

/** The HTTP status of a reason. A dialect may answer with another one. */
export function statusOf(reason: Reason): number {
  return REASONS[reason][0];
}

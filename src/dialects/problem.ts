/**
 * The dialect `problem`: problem details (RFC 9457) with a stable `type` for each reason. A rate
 * limit has the quota-exceeded type of draft-ietf-httpapi-ratelimit-headers and its policies.
 */
import { statusOf, type Reason, type Refusal } from "../core/refusal.ts";
import { formatSigned, type Dialect } from "./dialect.ts";

const QUOTA_EXCEEDED = "https://iana.org/assignments/http-problem-types#quota-exceeded";

export const problem: Dialect = (refusal, context) => ({
  status: statusOf(refusal.reason),
  contentType: "application/problem+json",
  body: JSON.stringify({
    type: typeOf(refusal.reason),
    title: titleOf(refusal.reason),
    status: statusOf(refusal.reason),
    detail: refusal.message,
    reason: refusal.reason,
    request_id: context.requestId,
    ...(refusal.fields === undefined ? {} : { errors: refusal.fields }),
    ...(refusal.signed === undefined ? {} : { signed: formatSigned(refusal.signed) }),
    ...quotaOf(refusal),
  }),
});

/** A stable URI for each reason: a name to compare, not an address to open. */
function typeOf(reason: Reason): string {
  return reason === "rate_limited" ? QUOTA_EXCEEDED : `urn:edge-authorizer:problem:${reason}`;
}

function titleOf(reason: Reason): string {
  const words = reason.replaceAll("_", " ");
  return words[0]?.toUpperCase() + words.slice(1);
}

function quotaOf({ violatedPolicies, retryAfterSeconds }: Refusal): object {
  if (violatedPolicies === undefined) return {};
  return { "violated-policies": violatedPolicies, retry_after: retryAfterSeconds };
}

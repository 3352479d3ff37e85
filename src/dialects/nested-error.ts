/** The dialect of the page `deframe`: `{"error":{"code","message","httpStatus","details"}}`. */
import { statusOf, type Reason, type Refusal } from "../core/refusal.ts";
import { formatSigned, wordJson, type Dialect } from "./dialect.ts";

/** Codes that are not simply the reason in upper snake case. */
const CODES: Partial<Record<Reason, string>> = {
  rate_limited: "RATE_LIMIT_EXCEEDED",
  missing_credential: "MISSING_API_KEY",
  malformed_credential: "INVALID_API_KEY",
  unknown_key: "INVALID_API_KEY",
  revoked_key: "API_KEY_REVOKED",
  expired_key: "API_KEY_EXPIRED",
};

export const nestedError: Dialect = (refusal) =>
  wordJson(refusal, {
    error: {
      code: CODES[refusal.reason] ?? refusal.reason.toUpperCase(),
      message: refusal.message,
      httpStatus: statusOf(refusal.reason),
      ...detailsOf(refusal),
    },
  });

function detailsOf({ retryAfterSeconds, fields, allow, signed }: Refusal): object {
  const details = {
    ...(retryAfterSeconds === undefined ? {} : { retryAfter: retryAfterSeconds }),
    ...(fields === undefined ? {} : { fields }),
    ...(allow === undefined ? {} : { allow }),
    ...(signed === undefined ? {} : { signed: formatSigned(signed) }),
  };
  return Object.keys(details).length === 0 ? {} : { details };
}

/** The dialect of the page `dataframer`: `{"detail":"…"}` with the page's three sentences. */
import type { Reason, Refusal } from "../core/refusal.ts";
import { formatSigned, wordJson, type Dialect } from "./dialect.ts";

const NOT_PROVIDED = "Authentication credentials were not provided.";
const INVALID = "Invalid or expired API key.";

/** Reasons that the page words and answers in its own way: the sentence and the status. */
const OF_THE_PAGE: Partial<Record<Reason, readonly [sentence: string, status: number]>> = {
  missing_credential: [NOT_PROVIDED, 401],
  malformed_credential: [NOT_PROVIDED, 401],
  unknown_key: [INVALID, 403],
  revoked_key: [INVALID, 403],
  expired_key: [INVALID, 403],
  disabled_key: [INVALID, 403],
  suspended_account: [INVALID, 403],
};

export const detail: Dialect = (refusal) => {
  const [sentence, status] = OF_THE_PAGE[refusal.reason] ?? [sentenceOf(refusal), undefined];
  return wordJson(refusal, { detail: sentence }, status);
};

/** A sentence is all that this dialect has, so what was signed stands in it. */
function sentenceOf({ reason, message, retryAfterSeconds, signed }: Refusal): string {
  if (signed !== undefined)
    return `${message} Signed here: ${JSON.stringify(formatSigned(signed))}`;
  if (reason !== "rate_limited") return message;
  return `Rate limit exceeded. Try again in ${retryAfterSeconds ?? 1} seconds.`;
}

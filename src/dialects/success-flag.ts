/**
 * The dialect of the page `example` and of the management routes:
 * `{"success":false,"error":{"code","message","details"}}`, the reason being the code.
 */
import { formatSigned, wordJson, type Dialect } from "./dialect.ts";

export const successFlag: Dialect = (refusal) =>
  wordJson(refusal, {
    success: false,
    error: {
      code: refusal.reason,
      message: refusal.message,
      ...(refusal.fields === undefined ? {} : { details: refusal.fields }),
      ...(refusal.signed === undefined ? {} : { signed: formatSigned(refusal.signed) }),
    },
    ...(refusal.pending === undefined ? {} : { pending: refusal.pending }),
  });

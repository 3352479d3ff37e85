/** The headers of requests and answers that the document tells of. */
import { IDEMPOTENCY_KEY } from "../idempotency.ts";
import type { JsonSchema } from "./json-schema.ts";

interface HeaderDoc {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: string | number;
}

/** Headers of answers, by name. */
export const HEADERS = {
  "X-Request-Id": {
    description: "Names this request in the log and the audit log.",
    schema: { type: "string" },
    example: "274bce1e-5f4a-4123-934c-d8ef263e458a",
  },
  Location: {
    description: "Where to read what was made or changed.",
    schema: { type: "string" },
    example: "/manage/v1/accounts/acc_x7Kq0dWm3RfA9sLe",
  },
  "Idempotent-Replayed": {
    description: "Only there when a request with this `Idempotency-Key` was answered before.",
    schema: { type: "string", enum: ["true"] },
    example: "true",
  },
  "Set-Cookie": {
    description: "The session's cookie, which no script can read.",
    schema: { type: "string" },
    example: "__Host-authz_session=operator.…; Path=/; Secure; HttpOnly; SameSite=Strict",
  },
  "Retry-After": {
    description: "Seconds after which to try again.",
    schema: { type: "integer", minimum: 1 },
    example: 1,
  },
  "Cache-Control": {
    description: "How long the answer may be kept.",
    schema: { type: "string" },
    example: "public, max-age=60",
  },
  "WWW-Authenticate": {
    description: "RFC 6750.",
    schema: { type: "string" },
    example: 'Bearer realm="management"',
  },
  Allow: {
    description: "The methods that the path is served with.",
    schema: { type: "string" },
    example: "GET, HEAD, PATCH",
  },
} as const satisfies Record<string, HeaderDoc>;

export type HeaderName = keyof typeof HEADERS;

/** The header by which a creation can be sent again. */
export const IDEMPOTENCY_KEY_PARAMETER = {
  name: "Idempotency-Key",
  in: "header",
  required: false,
  description:
    "A name of your own for this request. Sent again with the same body it makes nothing anew: the " +
    "answer has the same id, without what is shown once only. With another body it is a conflict.",
  schema: { type: "string", pattern: IDEMPOTENCY_KEY.source },
  example: "5f0f5b0a-order-17",
} as const;

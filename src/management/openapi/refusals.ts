/**
 * How management refuses, as the document's shared responses: one for each status, with an example in
 * the very words of the dialect. Which of them a route has follows from the route.
 */
import { refuse, type Reason, type Refusal } from "../../core/refusal.ts";
import { successFlag } from "../../dialects/success-flag.ts";
import { schemaRef, type JsonSchema } from "./json-schema.ts";
import type { HeaderName } from "./headers.ts";

interface RefusalDoc {
  readonly name: string;
  readonly description: string;
  readonly reasons: readonly Reason[];
  readonly headers: readonly HeaderName[];
  readonly example: Refusal;
}

const NO_TOKEN = { message: "Send the operator token as `Authorization: Bearer OPERATOR_TOKEN`." };

/** By status. */
export const REFUSALS = {
  400: {
    name: "InvalidRequest",
    description:
      "The body, the query or a header is not valid. `details` names each member that is wrong, what " +
      "is allowed and what was found. Members that are not known are wrong.",
    reasons: ["invalid_request"],
    headers: [],
    example: refuse("invalid_request", {
      message: "The request is not valid: name.",
      fields: [{ field: "name", message: "is required" }],
    }),
  },
  401: {
    name: "Unauthorized",
    description: "The token is missing or wrong, or the session has ended.",
    reasons: ["missing_credential", "invalid_token"],
    headers: ["WWW-Authenticate"],
    example: refuse("missing_credential", NO_TOKEN),
  },
  403: {
    name: "Forbidden",
    description:
      "The session's role may not do this, or a change by a session was not sent by the dashboard's own " +
      "page; or the account is suspended.",
    reasons: ["permission_missing", "suspended_account"],
    headers: [],
    example: refuse("permission_missing", { message: "Only the operator may do this." }),
  },
  404: {
    name: "NotFound",
    description: "There is nothing with this id.",
    reasons: ["not_found"],
    headers: [],
    example: refuse("not_found", { message: "There is no account with this id." }),
  },
  405: {
    name: "MethodNotAllowed",
    description: "The path is not served with another method than `Allow` names.",
    reasons: ["method_not_allowed"],
    headers: ["Allow"],
    example: refuse("method_not_allowed"),
  },
  409: {
    name: "Conflict",
    description:
      "The request contradicts what is stored: the id is taken, the key is revoked, or the " +
      "`Idempotency-Key` was sent before with another body.",
    reasons: ["conflict"],
    headers: [],
    example: refuse("conflict", { message: "The API key is revoked, which is for good." }),
  },
  413: {
    name: "BodyTooLarge",
    description: "The body is larger than 64 KiB.",
    reasons: ["body_too_large"],
    headers: [],
    example: refuse("body_too_large", { message: "The request body is larger than 64 KiB." }),
  },
  429: {
    name: "TooManyFailures",
    description:
      "Ten requests from this address had a wrong token in a minute. One with the right token is " +
      "served all the same.",
    reasons: ["rate_limited"],
    headers: ["Retry-After"],
    example: refuse("rate_limited", {
      message: "Too many attempts with a wrong credential. Please wait before trying again.",
      retryAfterSeconds: 42,
    }),
  },
  500: {
    name: "Internal",
    description: "A mistake of the authorizer's own; its log has the request id.",
    reasons: ["internal"],
    headers: [],
    example: refuse("internal"),
  },
  503: {
    name: "Unavailable",
    description:
      "A part of the deployment does not answer. With `pending` the change is stored and is retried " +
      "until it is in force everywhere; without it nothing is promised: send the request again.",
    reasons: ["unavailable"],
    headers: ["Retry-After"],
    example: refuse("unavailable", {
      message: "The change is stored but not in force yet. It is retried until it is.",
      pending: true,
    }),
  },
} as const satisfies Record<number, RefusalDoc>;

export type RefusalStatus = keyof typeof REFUSALS;

/** The status codes with the shared response of each. */
export const REFUSAL_ENTRIES: readonly (readonly [RefusalStatus, RefusalDoc])[] = Object.entries(
  REFUSALS,
).map(([status, doc]) => [Number(status) as RefusalStatus, doc]);

/** The body of a refusal in the words of the dialect. */
export function wordExample({ example }: RefusalDoc): unknown {
  return JSON.parse(successFlag(example, { requestId: "" }).body);
}

/** The body of every refusal. */
export const REFUSAL_SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    success: { const: false },
    error: {
      type: "object",
      properties: {
        code: {
          type: "string",
          enum: REFUSAL_ENTRIES.flatMap(([, { reasons }]) => reasons),
          description: "What programs go by.",
        },
        message: { type: "string", description: "What people read." },
        details: { type: "array", items: schemaRef("FieldError") },
      },
      required: ["code", "message"],
      additionalProperties: false,
    },
    pending: { const: true, description: "The change is stored and is retried until in force." },
  },
  required: ["success", "error"],
  additionalProperties: false,
};

/** One wrong member. */
export const FIELD_ERROR_SCHEMA: JsonSchema = {
  type: "object",
  properties: {
    field: { type: "string", description: "The member, e.g. `limits.minute`." },
    message: { type: "string", description: "What is allowed, and what was found." },
  },
  required: ["field", "message"],
  additionalProperties: false,
};

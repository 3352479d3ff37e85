/**
 * What management takes: one schema for each body and query, with the JSON members' own names. Only
 * form is judged here; what depends on the configuration, the clock or a port is the operations'.
 */
import * as v from "valibot";
import { parseAddress } from "../core/ip.ts";
import {
  ACCOUNT_ID,
  EMAIL,
  integer,
  INTERVAL,
  LIMITS,
  members,
  METADATA,
  MOMENT,
  NAME,
  PAGE_SIZE,
  PERMISSIONS,
  PLAN,
  REASON,
  RESTRICTIONS,
  SHA_256,
  SIGNING,
  textOf,
  textThat,
} from "./member-schemas.ts";

export { ALERTS_BODY } from "./alert-schemas.ts";
export { isAccountId } from "./member-schemas.ts";

/** `POST /accounts` */
export const ACCOUNT_BODY = members({
  api: v.string("must be the name of an API"),
  id: v.exactOptional(ACCOUNT_ID),
  name: NAME,
  email: v.exactOptional(EMAIL),
  company: v.exactOptional(NAME),
  role: v.exactOptional(NAME),
  plan: v.exactOptional(PLAN),
  limits: v.exactOptional(LIMITS),
  shared_limits: v.exactOptional(LIMITS),
});
export type AccountBody = v.InferOutput<typeof ACCOUNT_BODY>;

/** `PATCH /accounts/:id`: `null` restores the default. */
export const ACCOUNT_PATCH_BODY = v.pipe(
  members({
    name: v.exactOptional(NAME),
    email: v.exactOptional(v.nullable(EMAIL)),
    company: v.exactOptional(v.nullable(NAME)),
    role: v.exactOptional(v.nullable(NAME)),
    plan: v.exactOptional(PLAN),
    limits: v.exactOptional(v.nullable(LIMITS)),
    shared_limits: v.exactOptional(v.nullable(LIMITS)),
  }),
  v.minEntries(
    1,
    "must have at least one of name, email, company, role, plan, limits, shared_limits",
  ),
);
export type AccountPatchBody = v.InferOutput<typeof ACCOUNT_PATCH_BODY>;

/** `POST /accounts/:id/suspend` */
export const SUSPEND_BODY = members({ reason: v.exactOptional(REASON) });

/** For what takes no members at all. */
export const EMPTY = members({});

/** `POST /accounts/:id/api-keys` */
export const KEY_BODY = members({
  name: NAME,
  environment: v.exactOptional(v.string("must be the name of a key environment")),
  expires_at: v.exactOptional(MOMENT),
  limits: v.exactOptional(LIMITS),
  permissions: v.exactOptional(PERMISSIONS),
  restrictions: v.exactOptional(RESTRICTIONS),
  signing: v.exactOptional(SIGNING),
  metadata: v.exactOptional(METADATA),
});
export type KeyBody = v.InferOutput<typeof KEY_BODY>;

/** `POST /accounts/:id/api-keys/import`: `hash` is the SHA-256 of the key's text. */
export const IMPORT_BODY = members({ hash: SHA_256, ...KEY_BODY.entries });
export type ImportBody = v.InferOutput<typeof IMPORT_BODY>;

/** `PATCH /api-keys/:id`: a named member is replaced whole, `null` restores the default. */
export const KEY_PATCH_BODY = v.pipe(
  members({
    name: v.exactOptional(NAME),
    enabled: v.exactOptional(v.nullable(v.boolean("must be true or false"))),
    expires_at: v.exactOptional(v.nullable(MOMENT)),
    limits: v.exactOptional(v.nullable(LIMITS)),
    permissions: v.exactOptional(v.nullable(PERMISSIONS)),
    restrictions: v.exactOptional(v.nullable(RESTRICTIONS)),
    signing: v.exactOptional(v.nullable(SIGNING)),
    metadata: v.exactOptional(v.nullable(METADATA)),
  }),
  v.minEntries(
    1,
    "must have at least one of name, enabled, expires_at, limits, permissions, restrictions, signing, metadata",
  ),
);
export type KeyPatchBody = v.InferOutput<typeof KEY_PATCH_BODY>;

/** `POST /api-keys/:id/rotate` */
export const ROTATE_BODY = members({
  grace_seconds: v.optional(
    integer(0, 2_592_000, "an integer from 0 to 2592000 (30 days)"),
    86_400,
  ),
});

/** `POST /verify` */
export const VERIFY_BODY = members({
  key: v.string("must be the text of a key"),
  api: v.string("must be the name of an API"),
  ip: v.exactOptional(textThat((text) => parseAddress(text) !== null, "an IP address")),
  method: v.optional(
    v.picklist(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"], "must be a method"),
    "GET",
  ),
  path: v.optional(textOf(/^\/[^?#]*$/, "a path without a query, such as /v1/users"), "/"),
  referrer: v.exactOptional(textOf(/^[\x21-\x7e]{1,2048}$/, "a URL without blanks")),
  cost: v.optional(integer(0, null, "an integer of 0 or more"), 1),
});
export type VerifyBody = v.InferOutput<typeof VERIFY_BODY>;

/** A page's `next_cursor`, in the form that its port gives it: what else could it make of one? */
function cursor(form: RegExp): v.GenericSchema<string, string> {
  return textOf(form, "the next_cursor of the page before");
}

/** `GET /accounts` */
export const ACCOUNTS_QUERY = members({
  api: v.exactOptional(v.string("must be the name of an API")),
  q: v.exactOptional(NAME),
  limit: v.optional(PAGE_SIZE, "20"),
  cursor: v.exactOptional(cursor(/^\d{1,16}:[\x21-\x7e]{1,128}$/)),
});
export type AccountsQuery = v.InferOutput<typeof ACCOUNTS_QUERY>;

/** `GET /accounts/:id/api-keys` */
export const KEYS_QUERY = members({
  status: v.exactOptional(v.literal("active", "must be active")),
  limit: v.optional(PAGE_SIZE, "20"),
  cursor: v.exactOptional(cursor(/^\d{1,16}$/)),
});
export type KeysQuery = v.InferOutput<typeof KEYS_QUERY>;

/** `GET /accounts/:id/audit` */
export const AUDIT_QUERY = members({
  limit: v.optional(PAGE_SIZE, "20"),
  cursor: v.exactOptional(cursor(/^\d{1,16}$/)),
});
export type AuditQuery = v.InferOutput<typeof AUDIT_QUERY>;

/** `GET /accounts/:id/alerts/events` */
export const ALERT_EVENTS_QUERY = members({
  limit: v.optional(PAGE_SIZE, "20"),
  cursor: v.exactOptional(cursor(/^\d{1,16}$/)),
});
export type AlertEventsQuery = v.InferOutput<typeof ALERT_EVENTS_QUERY>;

const SPAN = {
  from: v.exactOptional(MOMENT),
  to: v.exactOptional(MOMENT),
};

/** `GET /api-keys/:id/usage`, `GET /accounts/:id/usage` */
export const USAGE_QUERY = members({
  ...SPAN,
  interval: v.optional(INTERVAL, "hour"),
  format: v.exactOptional(v.picklist(["json", "csv"], "must be json or csv")),
});
export type UsageQuery = v.InferOutput<typeof USAGE_QUERY>;

/** The parameters of `admin_getApiKeyUsage` beside the key's id. */
export const USAGE_PARAMS = members({ ...SPAN, interval: v.optional(INTERVAL, "hour") });

/** `GET /usage` */
export const STRAYS_QUERY = members({
  api: v.string("must be the name of an API"),
  ...SPAN,
  interval: v.optional(v.picklist(["hour", "day"], "must be hour or day"), "hour"),
});
export type StraysQuery = v.InferOutput<typeof STRAYS_QUERY>;

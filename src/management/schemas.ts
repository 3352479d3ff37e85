/**
 * What management takes: one schema for each body and query, with the JSON members' own names. Only
 * form is judged here; what depends on the configuration, the clock or a port is the operations'.
 */
import * as v from "valibot";
import { parseDateTime } from "./date-time.ts";

/** An object of these members and no others. */
function members<const E extends v.ObjectEntries>(
  entries: E,
): v.StrictObjectSchema<E, (issue: v.StrictObjectIssue) => string> {
  const known = Object.keys(entries).join(", ");
  return v.strictObject(entries, ({ expected, path }) => {
    if (path === undefined) return "must be an object";
    if (expected !== "never") return "is required";
    return known === "" ? "is not known here" : `is not known here; known are ${known}`;
  });
}

/** Controls, line breaks and lone surrogates: what breaks a log line or is not text at all. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

function isPrintable(text: string, maxCharacters: number): boolean {
  const { length } = Array.from(text);
  return length <= maxCharacters && text.trim() !== "" && !UNPRINTABLE.test(text);
}

/** A text that meets `isAllowed`; `allowed` completes "must be …". */
function textThat(
  isAllowed: (text: string) => boolean,
  allowed: string,
): v.GenericSchema<string, string> {
  const message = `must be ${allowed}`;
  return v.pipe(v.string(message), v.check(isAllowed, message));
}

const NAME = textThat(
  (text) => isPrintable(text, 128),
  "a text of 1 to 128 characters, not blank, without line breaks or control characters",
);

const REASON = textThat(
  (text) => isPrintable(text, 256),
  "a text of 1 to 256 characters, not blank, without line breaks or control characters",
);

const EMAIL = textThat(
  (text) => isPrintable(text, 254) && /^[^\s@]+@[^\s@]+$/.test(text),
  "an email address of at most 254 characters",
);

const PLAN = v.picklist(["standard", "business"], "must be standard or business");

/** Whether a text can be an account's id. A dot segment cannot: no URL could name it. */
export function isAccountId(text: string): boolean {
  return /^(?!\.\.?$)[A-Za-z0-9._:@|-]{1,128}$/.test(text);
}

const ACCOUNT_ID = textThat(isAccountId, "1 to 128 of the characters A-Z a-z 0-9 . _ : @ | -");

const LIMIT_ALLOWED = "must be an integer of 1 or more";
const LIMIT = v.pipe(
  v.number(LIMIT_ALLOWED),
  v.safeInteger(LIMIT_ALLOWED),
  v.minValue(1, LIMIT_ALLOWED),
);

const LIMITS = v.pipe(
  members({
    second: v.exactOptional(LIMIT),
    minute: v.exactOptional(LIMIT),
    hour: v.exactOptional(LIMIT),
    day: v.exactOptional(LIMIT),
    month: v.exactOptional(LIMIT),
  }),
  v.check(
    (limits) => Object.keys(limits).length > 0,
    "must be an object with at least one of second, minute, hour, day, month",
  ),
);

const EXPIRES_AT = v.pipe(
  textThat(
    (text) => parseDateTime(text) !== null,
    "an ISO 8601 date and time with a zone, e.g. 2027-01-31T12:00:00Z",
  ),
  v.transform((text) => Date.parse(text)),
);

const PERMISSION = textThat(
  (text) => /^[a-z0-9][a-z0-9:_.*-]{0,63}$/.test(text),
  "1 to 64 of the characters a-z 0-9 : _ . * -, the first one a letter or digit",
);
const PERMISSIONS = v.pipe(
  v.array(PERMISSION, "must be a list of texts"),
  v.maxLength(100, "must have at most 100 entries"),
  v.check((names) => new Set(names).size === names.length, "must not name a permission twice"),
);

const RESERVED = new Set(["__proto__", "constructor", "prototype"]);
const METADATA = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "must be an object of texts",
  ),
  v.check((metadata) => Object.keys(metadata).length <= 20, "must have at most 20 members"),
  v.check(
    (metadata) => !Object.keys(metadata).some((name) => RESERVED.has(name)),
    "must not have a member __proto__, constructor or prototype",
  ),
  v.record(
    textThat((name) => isPrintable(name, 64), "named by 1 to 64 characters, not blank"),
    textThat(
      (text) => text.length <= 512 && text.isWellFormed(),
      "a text of at most 512 characters",
    ),
  ),
);

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
  }),
  v.check(
    (patch) => Object.keys(patch).length > 0,
    "must have at least one of name, email, company, role, plan, limits",
  ),
);

/** `POST /accounts/:id/suspend` */
export const SUSPEND_BODY = members({ reason: v.exactOptional(REASON) });

/** For what takes no members at all. */
export const EMPTY = members({});

/** `POST /accounts/:id/api-keys` */
export const KEY_BODY = members({
  name: NAME,
  environment: v.exactOptional(v.string("must be the name of a key environment")),
  expires_at: v.exactOptional(EXPIRES_AT),
  limits: v.exactOptional(LIMITS),
  permissions: v.exactOptional(PERMISSIONS),
  metadata: v.exactOptional(METADATA),
});
export type KeyBody = v.InferOutput<typeof KEY_BODY>;

const PAGE_SIZE = v.pipe(
  textThat((text) => /^(?:[1-9]\d?|100)$/.test(text), "an integer from 1 to 100"),
  v.transform(Number),
);
/** A page's `next_cursor`, in the form that its port gives it: what else could it make of one? */
function cursor(form: RegExp): v.GenericSchema<string, string> {
  return textThat((text) => form.test(text), "the next_cursor of the page before");
}

/** `GET /accounts` */
export const ACCOUNTS_QUERY = members({
  api: v.exactOptional(v.string("must be the name of an API")),
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

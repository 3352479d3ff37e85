/**
 * The members of which the schemas of bodies and queries are made. Each says what it allows three
 * times, side by side: in the code that judges, in the message of a refusal, and in what is published
 * of it in the OpenAPI document. What is published may allow more than what is judged, never less.
 */
import * as v from "valibot";
import { PERMISSION_NAME } from "../core/principal.ts";
import { MAX_RULE_CHARACTERS, MAX_RULES } from "../core/restrictions.ts";
import { SIGNING_MODES } from "../core/signing.ts";
import { DATE_TIME, parseDateTime } from "./date-time.ts";

/** JSON Schema keywords, for what code alone can judge. */
type Published = Readonly<Record<string, unknown>>;

/** An object of these members and no others. */
export function members<const E extends v.ObjectEntries>(
  entries: E,
): v.StrictObjectSchema<E, (issue: v.StrictObjectIssue) => string> {
  const known = Object.keys(entries).join(", ");
  return v.strictObject(entries, ({ expected, path }) => {
    if (path === undefined) return "must be an object";
    if (expected !== "never") return "is required";
    return known === "" ? "is not known here" : `is not known here; known are ${known}`;
  });
}

/** A text that meets `isAllowed`; `allowed` completes "must be …". */
export function textThat(
  isAllowed: (text: string) => boolean,
  allowed: string,
  published: Published = {},
): v.GenericSchema<string, string> {
  const message = `must be ${allowed}`;
  return v.pipe(
    v.string(message),
    v.check(isAllowed, message),
    v.metadata({ description: allowed, ...published }),
  );
}

/** A text of a form; `allowed` completes "must be …". */
export function textOf(form: RegExp, allowed: string): v.GenericSchema<string, string> {
  return textThat((text) => form.test(text), allowed, { pattern: form.source });
}

/** An integer from `min` to `max`. */
export function integer(
  min: number,
  max: number | null,
  allowed: string,
): v.GenericSchema<number, number> {
  const message = `must be ${allowed}`;
  const schema = v.pipe(v.number(message), v.safeInteger(message), v.minValue(min, message));
  return max === null ? schema : v.pipe(schema, v.maxValue(max, message));
}

/** Controls, line breaks and lone surrogates: what breaks a log line or is not text at all. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u2028\u2029]/u;

/** The same for JSON Schema, whose readers differ in what they know of Unicode's categories. */
const PRINTABLE_CHARACTERS = String.raw`[^\u0000-\u001F\u007F-\u009F\u2028\u2029]*`;
const VISIBLE_CHARACTER = String.raw`[^\s\u0000-\u001F\u007F-\u009F\u2028\u2029]`;

function countCharacters(text: string): number {
  return Array.from(text).length;
}

function isPrintable(text: string, maxCharacters: number): boolean {
  return countCharacters(text) <= maxCharacters && text.trim() !== "" && !UNPRINTABLE.test(text);
}

function printable(
  maxLength: number,
  allowed = `a text of 1 to ${maxLength} characters, not blank, without line breaks or control characters`,
): v.GenericSchema<string, string> {
  const pattern = `^${PRINTABLE_CHARACTERS}${VISIBLE_CHARACTER}${PRINTABLE_CHARACTERS}$`;
  const published = { minLength: 1, maxLength, pattern };
  return textThat((text) => isPrintable(text, maxLength), allowed, published);
}

export const NAME = printable(128);
export const REASON = printable(256);

const EMAIL_FORM = /^[^\s@]+@[^\s@]+$/;
export const EMAIL = textThat(
  (text) => isPrintable(text, 254) && EMAIL_FORM.test(text),
  "an email address of at most 254 characters",
  { maxLength: 254, pattern: EMAIL_FORM.source },
);

export const PLAN = v.picklist(["standard", "business"], "must be standard or business");

const ACCOUNT_ID_FORM = /^(?!\.\.?$)[A-Za-z0-9._:@|-]{1,128}$/;

/** Whether a text can be an account's id. A dot segment cannot: no URL could name it. */
export function isAccountId(text: string): boolean {
  return ACCOUNT_ID_FORM.test(text);
}

export const ACCOUNT_ID = textOf(
  ACCOUNT_ID_FORM,
  "1 to 128 of the characters A-Z a-z 0-9 . _ : @ | -",
);

const LIMIT = integer(1, null, "an integer of 1 or more");

export const LIMITS = v.pipe(
  members({
    second: v.exactOptional(LIMIT),
    minute: v.exactOptional(LIMIT),
    hour: v.exactOptional(LIMIT),
    day: v.exactOptional(LIMIT),
    month: v.exactOptional(LIMIT),
  }),
  v.minEntries(1, "must be an object with at least one of second, minute, hour, day, month"),
);

export const MOMENT = v.pipe(
  textThat(
    (text) => parseDateTime(text) !== null,
    "an ISO 8601 date and time with a zone, e.g. 2027-01-31T12:00:00Z",
    { pattern: DATE_TIME.source },
  ),
  v.transform((text) => Date.parse(text)),
);

export const INTERVAL = v.picklist(["minute", "hour", "day"], "must be one of minute, hour, day");

const PERMISSION = textOf(
  PERMISSION_NAME,
  "1 to 64 of the characters a-z 0-9 : _ . * -, the first one a letter or digit",
);
export const PERMISSIONS = v.pipe(
  v.array(PERMISSION, "must be a list of texts"),
  v.maxLength(100, "must have at most 100 entries"),
  v.check((names) => new Set(names).size === names.length, "must not name a permission twice"),
  v.metadata({ uniqueItems: true }),
);

const RULES = v.pipe(
  v.array(
    v.pipe(v.string("must be a text"), v.metadata({ maxLength: MAX_RULE_CHARACTERS })),
    "must be a list of texts",
  ),
  v.metadata({ maxItems: MAX_RULES }),
);

/** A key's rules in form only; what each rule may be is `core/restrictions.ts`'s to say. */
export const RESTRICTIONS = members({
  ips: v.exactOptional(RULES),
  blocked_ips: v.exactOptional(RULES),
  referrers: v.exactOptional(RULES),
  endpoints: v.exactOptional(RULES),
});

export const SIGNING = v.picklist(SIGNING_MODES, `must be one of ${SIGNING_MODES.join(", ")}`);

const RESERVED = new Set(["__proto__", "constructor", "prototype"]);
const MAX_METADATA = 20;
const MAX_METADATA_CHARACTERS = 512;
export const METADATA = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "must be an object of texts",
  ),
  v.maxEntries(MAX_METADATA, `must have at most ${MAX_METADATA} members`),
  v.check(
    (metadata) => !Object.keys(metadata).some((name) => RESERVED.has(name)),
    "must not have a member __proto__, constructor or prototype",
  ),
  // `v.record` passes over reserved names in silence, so it cannot stand first, where it would be read.
  v.metadata({
    type: "object",
    description: `at most ${MAX_METADATA} texts, each named by 1 to 64 characters`,
    propertyNames: { minLength: 1, maxLength: 64 },
    additionalProperties: { type: "string", maxLength: MAX_METADATA_CHARACTERS },
  }),
  v.record(
    printable(64, "named by 1 to 64 characters, not blank"),
    textThat(
      (text) => countCharacters(text) <= MAX_METADATA_CHARACTERS && text.isWellFormed(),
      `a text of at most ${MAX_METADATA_CHARACTERS} characters`,
    ),
  ),
);

export const SHA_256 = textOf(/^[0-9A-Fa-f]{64}$/, "a SHA-256 of 64 hexadecimal digits");

export const PAGE_SIZE = v.pipe(
  textThat((text) => /^(?:[1-9]\d?|100)$/.test(text), "an integer from 1 to 100", {
    type: "integer",
    minimum: 1,
    maximum: 100,
  }),
  v.transform(Number),
);

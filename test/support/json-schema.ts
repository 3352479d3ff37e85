/** Checks values against the JSON Schema of the OpenAPI document. A keyword it does not know throws. */
import type { JsonSchema } from "../../src/management/openapi/json-schema.ts";

type Schemas = Readonly<Record<string, JsonSchema>>;
type Check = (schema: JsonSchema, value: unknown, schemas: Schemas) => readonly string[];

/** Where and how a value does not meet a schema, e.g. `data.limits: minProperties`; none when it does. */
export function findMismatches(
  schema: JsonSchema,
  value: unknown,
  schemas: Schemas,
): readonly string[] {
  return Object.keys(schema).flatMap((keyword) => {
    const check = CHECKS[keyword];
    if (check === undefined) throw new Error(`the keyword ${keyword} is not known to the tests`);
    return check(schema, value, schemas).map((mismatch) => mismatch || keyword);
  });
}

const OK: readonly string[] = [];

function expectThat(holds: boolean): readonly string[] {
  return holds ? OK : [""];
}

function within(name: string, mismatches: readonly string[]): readonly string[] {
  return mismatches.map((mismatch) => `${name}: ${mismatch}`);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOfType(type: string | undefined, value: unknown): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return isObject(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

/** A check of texts, lists or numbers by a bound; other values are another keyword's business. */
function ofText(holds: (text: string, schema: JsonSchema) => boolean): Check {
  return (schema, value) => expectThat(typeof value !== "string" || holds(value, schema));
}

function ofNumber(holds: (number: number, schema: JsonSchema) => boolean): Check {
  return (schema, value) => expectThat(typeof value !== "number" || holds(value, schema));
}

function ofList(holds: (list: readonly unknown[], schema: JsonSchema) => boolean): Check {
  return (schema, value) => expectThat(!Array.isArray(value) || holds(value, schema));
}

function ofObject(
  check: (
    value: Readonly<Record<string, unknown>>,
    schema: JsonSchema,
    schemas: Schemas,
  ) => readonly string[],
): Check {
  return (schema, value, schemas) => (isObject(value) ? check(value, schema, schemas) : OK);
}

const CHECKS: Readonly<Record<string, Check>> = {
  $ref: ({ $ref = "" }, value, schemas) => {
    const name = $ref.replace("#/components/schemas/", "");
    const schema = schemas[name];
    if (schema === undefined) throw new Error(`there is no schema ${name}`);
    return findMismatches(schema, value, schemas);
  },
  description: () => OK,
  default: () => OK,
  type: ({ type }, value) => expectThat(isOfType(type, value)),
  const: (schema, value) => expectThat(schema.const === value),
  enum: (schema, value) => expectThat(schema.enum?.includes(value) === true),
  anyOf: ({ anyOf = [] }, value, schemas) =>
    expectThat(anyOf.some((schema) => findMismatches(schema, value, schemas).length === 0)),

  properties: ofObject((value, { properties = {} }, schemas) =>
    Object.entries(properties).flatMap(([name, schema]) =>
      Object.hasOwn(value, name) ? within(name, findMismatches(schema, value[name], schemas)) : OK,
    ),
  ),
  required: ofObject((value, { required = [] }) =>
    required.flatMap((name) => (Object.hasOwn(value, name) ? OK : [`${name}: required`])),
  ),
  additionalProperties: ofObject((value, { properties = {}, additionalProperties }, schemas) =>
    Object.entries(value).flatMap(([name, member]) => {
      if (Object.hasOwn(properties, name) || additionalProperties === true) return OK;
      if (typeof additionalProperties !== "object") return [`${name}: unknown`];
      return within(name, findMismatches(additionalProperties, member, schemas));
    }),
  ),
  propertyNames: ofObject((value, { propertyNames = {} }, schemas) =>
    Object.keys(value).flatMap((name) =>
      within(name, findMismatches(propertyNames, name, schemas)),
    ),
  ),
  minProperties: ofObject((value, { minProperties = 0 }) =>
    expectThat(Object.keys(value).length >= minProperties),
  ),
  maxProperties: ofObject((value, { maxProperties = 0 }) =>
    expectThat(Object.keys(value).length <= maxProperties),
  ),

  items: ({ items = {} }, value, schemas) =>
    Array.isArray(value)
      ? value.flatMap((item, at) => within(String(at), findMismatches(items, item, schemas)))
      : OK,
  maxItems: ofList((list, { maxItems = 0 }) => list.length <= maxItems),
  uniqueItems: ofList((list) => new Set(list).size === list.length),

  pattern: ofText((text, { pattern = "" }) => new RegExp(pattern, "u").test(text)),
  format: ofText(
    (text, { format }) => format === "date-time" && new Date(text).toISOString() === text,
  ),
  minLength: ofText((text, { minLength = 0 }) => Array.from(text).length >= minLength),
  maxLength: ofText((text, { maxLength = 0 }) => Array.from(text).length <= maxLength),
  minimum: ofNumber((number, { minimum = 0 }) => number >= minimum),
  maximum: ofNumber((number, { maximum = 0 }) => number <= maximum),
};

/** JSON Schema 2020-12, as far as the OpenAPI document uses it, and the way to it from what validates. */
import { toJsonSchema, type ConversionConfig } from "@valibot/to-json-schema";
import type * as v from "valibot";

/** The keywords that occur in the document. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: string | number | boolean | object;
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly propertyNames?: JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** A reference to one of the document's shared schemas. */
export function schemaRef(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}

/** An object of exactly the members of `T`, all of which are there save the `optional` ones. */
export function objectOf<T extends object>(
  properties: Readonly<Record<keyof T & string, JsonSchema>>,
  optional: readonly (keyof T & string)[] = [],
): JsonSchema {
  const names = Object.keys(properties) as (keyof T & string)[];
  const required = names.filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

/** A schema with what it means. */
export function say(description: string, schema: JsonSchema): JsonSchema {
  return { ...schema, description };
}

/** What may also be `null`. */
export function nullable(schema: JsonSchema): JsonSchema {
  return { anyOf: [schema, { type: "null" }] };
}

/**
 * Code that judges or converts is passed over: what it allows is published beside it. Whatever else
 * has no counterpart in JSON Schema throws, so that no rule gets lost unnoticed.
 */
const CONVERSION: ConversionConfig = {
  target: "draft-2020-12",
  typeMode: "input",
  ignoreActions: ["check", "transform"],
  overrideSchema: ({ valibotSchema }) => (valibotSchema.type === "custom" ? {} : undefined),
};

/** What a schema takes, as JSON Schema. */
export function fromValibot(schema: v.GenericSchema): JsonSchema {
  const { $schema: _, ...converted } = toJsonSchema(schema, CONVERSION);
  return converted as JsonSchema;
}

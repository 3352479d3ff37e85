/** JSON Schema in words: of which type a value is, by which rules, and with which members. */
import type { Reference } from "../openapi/document-types.ts";
import type { JsonSchema } from "../openapi/json-schema.ts";
import { html, prose, type Html } from "./html.ts";

/** The members of an object, each with its type, its rules and its own members. Empty where it has none. */
export function renderMembers({ properties, required = [] }: JsonSchema): Html {
  const members = Object.entries(properties ?? {});
  if (members.length === 0) return html``;
  return html`<dl>
    ${members.map(([name, member]) => renderMember(name, member, required.includes(name)))}
  </dl>`;
}

/** One member or parameter. */
export function renderMember(name: string, schema: JsonSchema, required: boolean): Html {
  const { description = "" } = schema;
  const rules = describeRules(schema);
  return html`<dt>
      <code>${name}</code>
      <span class="quiet">${describeType(schema)}${required ? ", required" : ""}</span>
    </dt>
    <dd>
      ${description === "" ? "" : prose(description)}
      ${rules === "" ? "" : html`<span class="quiet">${prose(rules)}</span>`}
      ${alternatives(schema).map(renderInner)}
    </dd>`;
}

function renderInner(schema: JsonSchema): Html {
  return schema.items === undefined ? renderMembers(schema) : renderMembers(schema.items);
}

/** What a value may be: itself, or what it is one of. */
function alternatives({ anyOf, ...schema }: JsonSchema): readonly JsonSchema[] {
  return anyOf ?? [schema];
}

/** E.g. `text or null`, `list of Account`. */
export function describeType(schema: JsonSchema): Html {
  const parts = alternatives(schema).map((part, index) => [
    index === 0 ? "" : " or ",
    typeOf(part),
  ]);
  return html`${parts}`;
}

function typeOf({ $ref, type, items, ...schema }: JsonSchema): Html {
  if ($ref !== undefined) {
    const name = nameOf({ $ref });
    return html`<a href="#${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (type === "array")
    return html`list${items === undefined ? "" : html` of ${describeType(items)}`}`;
  return html`${NAMES[type ?? ""] ?? type ?? "any value"}`;
}

/** The name of the shared part that is referred to, which is its anchor on the page too. */
export function nameOf({ $ref }: Reference): string {
  return $ref.slice($ref.lastIndexOf("/") + 1);
}

const NAMES: Readonly<Record<string, string>> = { string: "text", boolean: "true or false" };

/** The rules that no description tells. */
function describeRules(schema: JsonSchema): string {
  return alternatives(schema).flatMap(rulesOf).concat(defaultOf(schema)).join(" ");
}

function rulesOf(schema: JsonSchema): readonly string[] {
  const { minimum, maximum, minProperties, maxItems, uniqueItems, items } = schema;
  const values = schema.enum?.map((value) => `\`${String(value)}\``).join(", ");
  return [
    ...(values === undefined ? [] : [`One of ${values}.`]),
    ...(minimum === undefined ? [] : [`At least ${minimum}.`]),
    ...(maximum === undefined || maximum === Number.MAX_SAFE_INTEGER
      ? []
      : [`At most ${maximum}.`]),
    ...(minProperties === undefined ? [] : [`At least ${minProperties} of its members.`]),
    ...(maxItems === undefined ? [] : [`At most ${maxItems} entries.`]),
    ...(uniqueItems === true ? ["None twice."] : []),
    ...(items?.description === undefined ? [] : [`Each is ${items.description}.`]),
  ];
}

/** The default of an object is told by its members. */
function defaultOf({ default: value }: JsonSchema): readonly string[] {
  return value === undefined || typeof value === "object" ? [] : [`Default: \`${value}\`.`];
}

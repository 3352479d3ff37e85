/**
 * `docs/configuration.md` against the schema: every field and every allowed value is named, and every
 * example is read by wrangler and parsed by the Worker's own code without a mistake.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it, onTestFinished, test } from "vitest";
import { unstable_readConfig } from "wrangler";
import { apiTable } from "../../src/config-api.ts";
import { parseConfig } from "../../src/config.ts";
import { isGenuine } from "../support/webhook-receiver.ts";

const SECRETS = {
  OPERATOR_TOKEN: "operator-token-of-32-characters-x",
  MASTER_KEYS: "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
  ASSERTION_KEYS: "a1:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
};

const DOC = readFileSync(path.join(import.meta.dirname, "../../docs/configuration.md"), "utf8");
const ROWS = readRows(DOC);
const EXAMPLES = readBlocks(sectionOf(DOC, "Examples"), "toml");

/** A row of the table of fields. */
interface Row {
  readonly field: string;
  readonly allowed: string;
  readonly example: string;
}

/** A valibot schema, as far as fields and allowed values are found in it. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly wrapped?: SchemaNode;
  readonly item?: SchemaNode;
  readonly options?: readonly (SchemaNode | string)[];
  readonly literal?: string;
}

/** A field by its path in a table, and the only texts that it may be, if they are known. */
interface Field {
  readonly field: string;
  readonly values: readonly string[];
}

function readRows(text: string): readonly Row[] {
  const rows = text.matchAll(/^\| `([\w.]+)` \|.*\| (.*) \| `([^`]*)` \|$/gm);
  return Array.from(rows, ([, field = "", allowed = "", example = ""]) => ({
    field,
    allowed,
    example,
  }));
}

function sectionOf(text: string, title: string): string {
  return text.split(/^## /m).find((section) => section.startsWith(`${title}\n`)) ?? "";
}

function readBlocks(text: string, language: string): readonly string[] {
  const blocks = text.matchAll(/^```(\w*)\n([^]*?)^```$/gm);
  return Array.from(blocks).flatMap(([, found, block = ""]) => (found === language ? [block] : []));
}

/** Every field of a table's schema, by its path in the table, with the values that it may only have. */
function listFields(table: SchemaNode): readonly Field[] {
  const found = new Map<string, string[]>();
  const visit = (schema: SchemaNode, name: string): void => {
    const { entries = {}, wrapped, item, options = [], literal } = schema;
    for (const option of [literal, ...options]) {
      if (typeof option === "string") found.get(name)?.push(option);
    }
    for (const part of [wrapped, item, ...options]) {
      if (typeof part === "object") visit(part, name);
    }
    for (const [key, child] of Object.entries(entries)) {
      const field = name === "" ? key : `${name}.${key}`;
      found.set(field, found.get(field) ?? []);
      visit(child, field);
    }
  };
  visit(table, "");
  return Array.from(found, ([field, values]) => ({ field, values }));
}

const FIELDS = listFields(apiTable as SchemaNode);

/** The vars of a wrangler.toml with this text, as a Worker is given them. */
function readVars(toml: string): Readonly<Record<string, unknown>> {
  const dir = mkdtempSync(path.join(tmpdir(), "edge-authorizer-docs-"));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  const file = path.join(dir, "wrangler.toml");
  writeFileSync(file, `name = "docs"\ncompatibility_date = "2026-10-15"\n${toml}`);
  return unstable_readConfig({ config: file }, { hideWarnings: true }).vars;
}

function mistakesOf(toml: string, secrets: object = SECRETS): readonly string[] {
  const parsed = parseConfig({ ...readVars(toml), ...secrets });
  return parsed.ok ? [] : parsed.mistakes;
}

it("every field of the schema has a row of its own, and every row is a field", () => {
  expect(FIELDS.length).toBeGreaterThan(25);
  expect(ROWS.map(({ field }) => field).toSorted()).toEqual(
    FIELDS.map(({ field }) => field).toSorted(),
  );
});

test.each(FIELDS.filter(({ values }) => values.length > 0))(
  "every value that $field allows is named in its row",
  ({ field, values }) => {
    const row = ROWS.find((candidate) => candidate.field === field);
    expect(values.filter((value) => row?.allowed.includes(`\`${value}\``) !== true)).toEqual([]);
  },
);

test.each(ROWS)("the example of $field sets it and parses", ({ field, example }) => {
  const top = field.split(".")[0] ?? "";
  const required = ['name = "shop"', 'origin = "https://origin.example.com"'];
  const others = required.filter((line) => !line.startsWith(`${top} `));
  expect(example).toContain(`${top} = `);
  for (const part of field.split(".")) expect(example).toMatch(new RegExp(`\\b${part}\\b`));
  expect(mistakesOf(["[[vars.APIS]]", ...others, example].join("\n"))).toEqual([]);
});

test.each(EXAMPLES)("the complete example %# parses", (example) => {
  expect(mistakesOf(example)).toEqual([]);
});

it("the complete examples show all dialects but the default and all places of a key", () => {
  const text = EXAMPLES.join("\n");
  for (const dialect of ["json-rpc", "detail", "success-flag", "nested-error"]) {
    expect(text).toContain(`dialect = "${dialect}"`);
  }
  for (const place of ["path", "header", "bearer"]) expect(text).toContain(`{ in = "${place}"`);
});

it("the message of an alert that is shown is signed with the secret that is shown", async () => {
  const section = sectionOf(DOC, "Alerts");
  const [message = ""] = readBlocks(section, "");
  const [head = "", body = ""] = message.trim().split("\n\n");
  const fields = Array.from(head.matchAll(/^([\w-]+): (.*)$/gm), ([, name, value]) => [
    name,
    value,
  ]);
  const headers = new Headers(fields as [string, string][]);
  const secret = /`(whsec_[^`]{10,})`/.exec(section)?.[1] ?? "";
  const sentAt = Number(headers.get("webhook-timestamp"));
  expect(await isGenuine(headers, body, secret, sentAt)).toBe(true);
});

it("the mistakes that are shown are the ones that are told", () => {
  const section = sectionOf(DOC, "Mistakes");
  const [toml = ""] = readBlocks(section, "toml");
  const [told = ""] = readBlocks(section, "");
  const { OPERATOR_TOKEN } = SECRETS;
  expect(mistakesOf(toml, { OPERATOR_TOKEN })).toEqual(told.trim().split("\n"));
});

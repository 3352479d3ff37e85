import { expect, it, test } from "vitest";
import type { Outcome } from "../../../src/management/outcome.ts";
import { parseJsonObject } from "../../../src/management/json-body.ts";

it("reads a JSON object", () => {
  expect(parseJsonObject('{"name":"a","limits":{"minute":1}}')).toEqual({
    ok: true,
    value: { name: "a", limits: { minute: 1 } },
  });
});

test.each([
  ["the same name in objects beside each other", '{"a":{"x":1},"b":{"x":1}}'],
  ["the same name in an object and inside it", '{"a":{"a":{"a":1}}}'],
  ["the same name in the objects of a list", '{"a":[{"x":1},{"x":1}]}'],
  ["a value like a member's name", '{"a":"b","b":"a"}'],
  ["names and braces inside strings", '{"a":"\\"a\\":1,{}[]","b":"\\\\"}'],
  ["names that differ in case", '{"a":1,"A":1}'],
])("accepts %s", (_, text) => {
  expect(parseJsonObject(text).ok).toBe(true);
});

test.each([
  ["name", '{"name":"a","name":"b"}'],
  ["name", '{"name":"a","\\u006eame":"b"}'],
  ["name", '{"name" : "a" , "x":{}, "name"\n:\t"b"}'],
  ["limits.minute", '{"limits":{"minute":1,"minute":2}}'],
  ["rules.a", '{"rules":[1,{"a":1},{"a":1,"a":2}]}'],
  ["__proto__", '{"__proto__":1,"__proto__":2}'],
  ["", '{"":1,"":2}'],
])("refuses the member %j that is given twice in %s", (field, text) => {
  expect(fieldsOf(parseJsonObject(text))).toEqual([field]);
});

test.each([
  ["an empty text", ""],
  ["a list", "[]"],
  ["null", "null"],
  ["a text", '"a"'],
  ["what follows the object", '{"a":1}x'],
  ["a comma too many", '{"a":1,}'],
  ["single quotes", "{'a':1}"],
  ["a byte order mark", "\uFEFF{}"],
  ["a raw line break in a string", '{"a":"\n"}'],
])("refuses %s", (_, text) => {
  expect(fieldsOf(parseJsonObject(text))).toEqual(["body"]);
});

test.each([
  ["brackets without an end", "[".repeat(65_536)],
  ["lists 2,000 deep", "[".repeat(2000) + "]".repeat(2000)],
  ["a string of quotes and backslashes", `{"a":"${'\\"'.repeat(32_000)}`],
])("refuses 64 KiB of %s", (_, text) => {
  expect(fieldsOf(parseJsonObject(text))).toEqual(["body"]);
});

test.each([
  ["objects inside objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`],
  ["blanks between a string and what follows", `{"a":["b"${" ".repeat(65_000)}]}`],
  ["an escaped string", `{"a":"${"\\\\".repeat(32_000)}"}`],
])("reads 64 KiB of %s", (_, text) => {
  expect(parseJsonObject(text).ok).toBe(true);
});

it("shortens the name of a member that it refuses", () => {
  const name = "prod_key_0123456789abcdefghijklmnopqrstuvwxyzABCD";
  expect(fieldsOf(parseJsonObject(`{"${name}":1,"${name}":2}`))).toEqual([
    "prod_key_0123456789abcde…",
  ]);
});

function fieldsOf(outcome: Outcome<object>): readonly string[] | null {
  return outcome.ok ? null : (outcome.refusal.fields?.map(({ field }) => field) ?? []);
}

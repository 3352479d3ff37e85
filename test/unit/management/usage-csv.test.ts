import { expect, test } from "vitest";
import { formatCell, wantsCsv } from "../../../src/management/usage-csv.ts";

test.each([
  ['=HYPERLINK("https://example.com")', `"'=HYPERLINK(""https://example.com"")"`],
  ["+1", "'+1"],
  ["-1", "'-1"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["GET /v1/users", "GET /v1/users"],
  ["a,b", '"a,b"'],
  ["two\nlines", '"two\nlines"'],
])("the text %j is the cell %s, never a formula", (text, cell) => {
  expect(formatCell(text)).toBe(cell);
});

test("a number stays one, and nothing is an empty cell", () => {
  expect([formatCell(-3), formatCell(null)]).toEqual(["-3", ""]);
});

test.each([
  ["text/csv", undefined, true],
  ["application/json, text/csv;q=0.5", undefined, true],
  ["application/json", undefined, false],
  ["text/csv-schema", undefined, false],
  ["text/csv", "json", false],
  ["*/*", "csv", true],
] as const)("with Accept %s and format %s CSV is wanted: %s", (accept, format, wanted) => {
  const request = new Request("https://api.example.com", { headers: { accept } });
  expect(wantsCsv(request, format)).toBe(wanted);
});

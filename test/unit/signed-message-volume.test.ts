/** The longest bodies that are signed. In a file of its own, because the mutation run leaves it out. */
import { expect, test } from "vitest";
import { findFormMistake, formatSignedMessage } from "../../src/core/signed-message.ts";
import { toBytes } from "../support/sign-request.ts";

const NOW = 1_795_190_400_000;
const AMBIGUOUS =
  "The signed text could also be read as another request: its path or body holds a timestamp.";

test.each([
  ["a second split at its end", `[${"1".repeat(1_048_561)}{}`, AMBIGUOUS],
  ["a second split everywhere", `[${"1795190400000[".repeat(74_898)}`, AMBIGUOUS],
  ["nothing but digits", `[${"1".repeat(1_048_574)}]`, null],
  ["nothing but blanks", `[${" ".repeat(1_048_574)}]`, null],
])("a body of a mebibyte with %s is judged", (_, body, mistake) => {
  const parts = {
    method: "POST",
    pathWithQuery: "/orders",
    timestamp: String(NOW),
    body: toBytes(body),
  };
  const isCurrent = (timestamp: string): boolean => Math.abs(Number(timestamp) - NOW) <= 300_000;
  expect(findFormMistake(parts, formatSignedMessage(parts), isCurrent)).toBe(mistake);
});

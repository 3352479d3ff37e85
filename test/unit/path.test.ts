import { describe, expect, it, test } from "vitest";
import { decodeUnreserved, findAmbiguity } from "../../src/core/path.ts";
import vectors from "../support/vectors/path-normalisation.json";

const ORIGIN = "https://api.example.test";

describe("request targets", () => {
  const rejected = vectors.cases.filter(({ action }) => action === "reject");
  const judged = vectors.cases.filter(({ action }) => action !== "reject");
  let ran = 0;

  test.each(vectors.cases)("$id is parsed as the vector says: $note", (row) => {
    ran += 1;
    const { pathname, search } = new URL(ORIGIN + row.rawTarget);
    expect(pathname + search).toBe(row.workerdUrl);
  });

  test.each(rejected)("$id is ambiguous: $note", ({ workerdUrl }) => {
    ran += 1;
    expect(findAmbiguity(new URL(ORIGIN + workerdUrl).pathname)).not.toBeNull();
  });

  test.each(judged)("$id is not ambiguous: $note", ({ workerdUrl }) => {
    ran += 1;
    expect(findAmbiguity(new URL(ORIGIN + workerdUrl).pathname)).toBeNull();
  });

  it("all 40 vectors ran, 17 of them ambiguous", () => {
    expect(ran).toBe(80);
    expect(rejected).toHaveLength(17);
  });
});

test.each([
  ["an empty segment", "//a"],
  ["an empty segment", "/a//b"],
  ["a semicolon", "/a;b"],
  ["a semicolon", "/;"],
  ["a backslash", "/a\\b"],
  ["a malformed percent-escape", "/a%"],
  ["a malformed percent-escape", "/a%2"],
  ["a malformed percent-escape", "/%u002e"],
  ["a malformed percent-escape", "/%%32%65"],
  ["a double percent-escape", "/%252e"],
  ["a double percent-escape", "/%252F"],
  ["a double percent-escape", "/%25%32%65"],
  ["a double percent-escape", "/%25%32f"],
  ["a double percent-escape", "/%252%66"],
  ["an escape that is not UTF-8", "/%c0%ae"],
  ["an escape that is not UTF-8", "/%80"],
  ["an encoded slash, backslash or control character", "/a%2Fb"],
  ["an encoded slash, backslash or control character", "/a%5cb"],
  ["an encoded slash, backslash or control character", "/a%00"],
  ["an encoded slash, backslash or control character", "/a%1f"],
  ["an encoded slash, backslash or control character", "/a%7F"],
  ["an encoded slash, backslash or control character", "/a%c2%85"],
])("%s makes a path ambiguous: %s", (what, pathname) => {
  expect(findAmbiguity(pathname)).toBe(what);
});

test.each([
  "/",
  "/a/",
  "/a%20b",
  "/100%25",
  "/100%25/2f",
  "/100%25az",
  "/caf%C3%A9",
  "/a:b@c",
  "/%7Euser",
  "/a%3Fb",
])("every origin reads %s alike", (pathname) => {
  expect(findAmbiguity(pathname)).toBeNull();
});

it("a path of 100,000 characters is judged without going through it twice for each of them", () => {
  const started = performance.now();
  expect(findAmbiguity(`/${"a/".repeat(50_000)}%41`)).toBeNull();
  expect(findAmbiguity(`/${"a".repeat(100_000)}%`)).not.toBeNull();
  expect(performance.now() - started).toBeLessThan(1000);
});

test.each([
  ["/%61dmin", "/admin"],
  ["/v1/api%2dkeys", "/v1/api-keys"],
  ["/%7e%5F%2E%2d%41%7A%30", "/~_.-Az0"],
  ["/a%20b%C3%A9", "/a%20b%C3%A9"],
  ["/a%2Fb%3F", "/a%2Fb%3F"],
  ["/%2561", "/%2561"],
  ["/plain", "/plain"],
])("the escapes of unreserved characters in %s are decoded once: %s", (pathname, decoded) => {
  expect(decodeUnreserved(pathname)).toBe(decoded);
});

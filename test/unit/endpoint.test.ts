import { expect, it, test } from "vitest";
import {
  findMostSpecific,
  matchesEndpoint,
  parseEndpointPattern,
  withoutTrailingSlash,
  type EndpointPattern,
} from "../../src/core/endpoint.ts";

function pattern(text: string): EndpointPattern {
  const parsed = parseEndpointPattern(text);
  if (parsed === null) throw new Error(`${text} is no pattern`);
  return parsed;
}

test.each<[string, EndpointPattern]>([
  ["GET /v1/users", { method: "GET", path: "/v1/users", open: false }],
  ["DELETE /v1/users/*", { method: "DELETE", path: "/v1/users/", open: true }],
  ["/v1/users", { method: null, path: "/v1/users", open: false }],
  ["/*", { method: null, path: "/", open: true }],
  ["OPTIONS /", { method: "OPTIONS", path: "/", open: false }],
])("reads the pattern %s", (text, parsed) => {
  expect(parseEndpointPattern(text)).toEqual(parsed);
});

test.each([
  "",
  "GET",
  "GET ",
  "v1/users",
  "get /v1/users",
  "TRACE /v1/users",
  "GET  /v1/users",
  " /v1/users",
  "/v1/users ",
  "GET https://api.example.com/v1/users",
  "/v1/*/users",
  "/v1/us*",
  "/v1/**",
  "/v1//users",
  "//*",
  "/v1/users?limit=1",
  "/v1/users#top",
])("%j is no pattern", (text) => {
  expect(parseEndpointPattern(text)).toBeNull();
});

test.each([
  ["GET /v1/users", "GET", "/v1/users"],
  ["GET /v1/users", "HEAD", "/v1/users"],
  ["/v1/users", "PATCH", "/v1/users"],
  ["/v1/users/*", "GET", "/v1/users/usr_123"],
  ["/v1/users/*", "GET", "/v1/users/usr_123/keys/key_1"],
  ["/*", "GET", "/v1"],
])("%s means %s %s", (text, method, pathname) => {
  expect(matchesEndpoint(pattern(text), { method, pathname })).toBe(true);
});

test.each([
  ["GET /v1/users", "POST", "/v1/users"],
  ["POST /v1/users", "HEAD", "/v1/users"],
  ["GET /v1/users", "OPTIONS", "/v1/users"],
  ["/v1/users", "GET", "/v1/users/usr_123"],
  ["/v1/users", "GET", "/v1/user"],
  ["/v1/users", "GET", "/V1/Users"],
  ["/v1/users/*", "GET", "/v1/users"],
  ["/v1/users/*", "GET", "/v1/users/"],
  ["/v1/users/*", "GET", "/v1/users2/usr_123"],
  ["/v1/users/*", "GET", "/x/v1/users/usr_123"],
])("%s does not mean %s %s", (text, method, pathname) => {
  expect(matchesEndpoint(pattern(text), { method, pathname })).toBe(false);
});

test.each([
  ["/v1/users/", "/v1/users"],
  ["/v1/users", "/v1/users"],
  ["/", "/"],
])("requirements of %s are looked up as %s", (pathname, looked) => {
  expect(withoutTrailingSlash(pathname)).toBe(looked);
});

test.each([
  ["/v1/users", "/v1/users/"],
  ["/v1/users/", "/v1/users"],
])("a rule that is %s does not mean %s: an origin may tell them apart", (text, pathname) => {
  expect(matchesEndpoint(pattern(text), { method: "GET", pathname })).toBe(false);
});

test.each([
  ["the longer path", ["/v1/*", "/v1/users/*"], "GET", "/v1/users/usr_123", 1],
  ["the exact path", ["/v1/users/*", "/v1/users/me"], "GET", "/v1/users/me", 1],
  ["the one with the method", ["GET /v1/users", "/v1/users"], "GET", "/v1/users", 0],
  [
    "the one with the method, wherever it stands",
    ["/v1/users", "GET /v1/users"],
    "GET",
    "/v1/users",
    1,
  ],
  ["the path that is longer by one character", ["GET /v1/*", "/v1/a"], "GET", "/v1/a", 1],
  ["the first of two that are alike", ["/v1/users", "/v1/users"], "GET", "/v1/users", 0],
  ["the longer path without a method", ["GET /v1/*", "/v1/users"], "GET", "/v1/users", 1],
  ["the only one that matches", ["POST /v1/users", "/v1/*"], "GET", "/v1/users", 1],
])("the most specific pattern is %s", (_, texts, method, pathname, index) => {
  const entries = texts.map((text) => ({ pattern: pattern(text) }));
  expect(findMostSpecific(entries, { method, pathname })).toBe(entries[index]);
});

it("no pattern is the most specific one where none matches", () => {
  const entries = [{ pattern: pattern("POST /v1/users") }, { pattern: pattern("/v2/*") }];
  expect(findMostSpecific(entries, { method: "GET", pathname: "/v1/users" })).toBeNull();
});

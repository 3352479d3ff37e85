import { expect, it, test } from "vitest";
import { parseTarget } from "../../src/core/target.ts";

test.each([
  "api.example.com",
  "API.example.com:8787",
  "localhost:8787",
  "my_service.internal",
  "127.0.0.1",
  "[::1]:8080",
  "xn--bcher-kva.example",
  "api.example.com.",
])("%s is a host", (host) => {
  expect(parseTarget(`https://${host}/a?b`, host)?.pathname).toBe("/a");
});

test.each([
  "",
  " ",
  "a, b",
  "a b",
  "a/evil",
  "a\\evil",
  "a?x=",
  "a#x",
  "user@evil.test",
  "user:pw@evil.test",
  "a*",
  "*",
  "a%2eb",
  "a..b",
  ".a",
  "a:",
  "a:x",
  "a:123456",
  "[::1",
  "bücher.example",
  "a\tb",
])("the Host header %j names no host", (host) => {
  expect(parseTarget("https://api.example.com/a", host)).toBeNull();
});

it("a request without a Host header is known by its URL", () => {
  expect(parseTarget("https://api.example.com/a", null)?.host).toBe("api.example.com");
});

test.each(["http://a*/", "http://a, b/x", "/a", "data:,a", ""])("%j is no target", (url) => {
  expect(parseTarget(url, null)).toBeNull();
});

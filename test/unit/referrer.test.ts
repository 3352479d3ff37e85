import { expect, test } from "vitest";
import {
  matchesReferrer,
  parseReferrer,
  parseReferrerPattern,
  type ReferrerPattern,
} from "../../src/core/referrer.ts";

function matches(pattern: string, value: string): boolean | null {
  const [parsedPattern, referrer] = [parseReferrerPattern(pattern), parseReferrer(value)];
  return parsedPattern && referrer && matchesReferrer(parsedPattern, referrer);
}

const ANY: ReferrerPattern = {
  scheme: null,
  host: "example.com",
  subdomains: false,
  port: null,
  path: "/",
  open: true,
};

test.each<[string, ReferrerPattern]>([
  ["example.com", ANY],
  ["example.com/*", ANY],
  ["example.com/", { ...ANY, open: false }],
  ["EXAMPLE.com.", ANY],
  ["https://example.com", { ...ANY, scheme: "https" }],
  ["HTTP://Example.com", { ...ANY, scheme: "http" }],
  ["*.example.com", { ...ANY, subdomains: true }],
  ["example.com:8443", { ...ANY, port: 8443 }],
  ["example.com:65535", { ...ANY, port: 65_535 }],
  ["example.com:*", { ...ANY, port: "any" }],
  [
    "https://*.example.com:*/app/*",
    { ...ANY, scheme: "https", subdomains: true, port: "any", path: "/app/" },
  ],
  ["example.com/app", { ...ANY, path: "/app", open: false }],
  ["example.com/app*", { ...ANY, path: "/app" }],
  ["example.com/%61pp", { ...ANY, path: "/app", open: false }],
  ["example.com/ü/*", { ...ANY, path: "/%C3%BC/" }],
  ["localhost", { ...ANY, host: "localhost" }],
  ["127.0.0.1:*", { ...ANY, host: "127.0.0.1", port: "any" }],
  ["[::1]:3000", { ...ANY, host: "[::1]", port: 3000 }],
  ["[2001:DB8:0::1]", { ...ANY, host: "[2001:db8::1]" }],
  ["bücher.example", { ...ANY, host: "xn--bcher-kva.example" }],
])("reads the pattern %s", (text, parsed) => {
  expect(parseReferrerPattern(text)).toEqual(parsed);
});

test.each([
  "*.",
  "*.*",
  "*.*.example.com",
  "*example.com",
  "example.*",
  "＊.example.com",
  "*://example.com",
  "ftp://example.com",
  "javascript:alert(1)",
  "https:example.com",
  "https:/example.com",
  "//example.com",
  "https://",
  "https:///app",
  "/app/*",
  " example.com",
  "example.com ",
  "exa mple.com",
  "example.com\\app",
  "exa%6dple.com",
  "example..com",
  ".example.com",
  "example.com..",
  "exa<mple.com",
  "user:pass@example.com",
  "example.com:",
  "example.com:0",
  "example.com:080",
  "example.com:65536",
  "example.com:80*",
  "example.com*",
  "example.com/*/app",
  "example.com/**",
  "example.com/app?x=1",
  "example.com/app#top",
  "example.com/a/../b",
  "example.com/a/%2e%2e/*",
  "example.com//app",
  "example.com/%zz",
  "example.com/%2F",
  "example.com/(a+)+$",
  "(a+)+$",
  "^https://example\\.com/.*$",
  "*.127.0.0.1",
  "*.[::1]",
  "[::1",
  "[::g]",
  "999.0.0.1",
])("%j is no pattern", (text) => {
  expect(parseReferrerPattern(text)).toBeNull();
});

test.each([
  ["example.com", "http://example.com"],
  ["example.com", "https://example.com/a/b?c#d"],
  ["example.com", "https://example.com:443/"],
  ["example.com", "https://user:pass@EXAMPLE.com/"],
  ["example.com.", "https://example.com/"],
  ["example.com:443", "https://example.com/"],
  ["https://example.com:443", "https://example.com:443/"],
  ["http://example.com:443", "http://example.com:443/"],
  ["example.com:*", "https://example.com:8443/"],
  ["example.com:*", "https://example.com/"],
  ["*.example.com:3000", "https://a.example.com:3000"],
  ["*.example.com", "https://a.example.com./"],
  ["https://example.com/", "https://example.com"],
  ["https://example.com/app", "https://example.com/app?x=/../evil"],
  ["https://example.com/app*", "https://example.com/app"],
  ["https://example.com/app*", "https://example.com/application"],
  ["https://example.com/app/*", "https://example.com/app/"],
  ["https://example.com/app/*", "https://example.com/%61pp/x"],
  ["[::1]:3000", "http://[0:0::1]:3000/"],
  ["*.bücher.example", "https://a.xn--bcher-kva.example/"],
])("%s means %s", (text, value) => {
  expect(matches(text, value)).toBe(true);
});

test.each([
  ["https://example.com", "http://example.com/"],
  ["http://example.com", "https://example.com/"],
  ["example.com", "http://example.com:443/"],
  ["example.com:443", "http://example.com/"],
  ["example.com:80", "https://example.com/"],
  ["*.example.com", "https://example.com/"],
  ["*.example.com", "https://.example.com/"],
  ["*.example.com", "https://evilexample.com/"],
  ["*.example.com", "https://a.example.com.evil.test/"],
  ["example.com", "https://example.com.evil.test/"],
  ["example.com", "https://example.com../"],
  ["https://example.com/", "https://example.com/app"],
  ["https://example.com/app", "https://example.com/app/"],
  ["https://example.com/app", "https://example.com/App"],
  ["https://example.com/app/*", "https://example.com/app"],
  ["https://example.com/app/*", "https://example.com"],
  ["https://example.com/app/*", "https://example.com/app/%2e%2e/evil"],
])("%s does not mean %s", (text, value) => {
  expect(matches(text, value)).toBe(false);
});

test.each([
  "",
  "null",
  "example.com",
  "/app",
  "//example.com/",
  "about:blank",
  "ws://example.com/",
])("%j says nothing about where a request comes from", (value) => {
  expect(parseReferrer(value)).toBeNull();
});

import * as fc from "fast-check";
import { expect, it } from "vitest";
import { matchesReferrer, parseReferrer, parseReferrerPattern } from "../../src/core/referrer.ts";
import { checkProperty } from "../support/check-property.ts";

const scheme = fc.constantFrom("http", "https");
const labels = fc.array(fc.constantFrom<string>("a", "bba", "example", "com"), {
  minLength: 1,
  maxLength: 4,
});
const port = fc.constantFrom(null, 80, 443, 3000);
const segments = fc.array(fc.constantFrom("app", "apple", "x"), { maxLength: 3 });

const rule = fc.record({
  scheme: fc.option(scheme),
  subdomains: fc.boolean(),
  labels,
  port: fc.constantFrom(null, "*", 80, 443, 3000),
  path: fc.option(fc.record({ segments, open: fc.boolean() })),
});
type Rule = typeof rule extends fc.Arbitrary<infer T> ? T : never;

const page = fc.record({ scheme, labels, port, segments });
type Page = typeof page extends fc.Arbitrary<infer T> ? T : never;

function ruleText(given: Rule): string {
  const host = `${given.subdomains ? "*." : ""}${given.labels.join(".")}`;
  const path = given.path && `/${given.path.segments.join("/")}${given.path.open ? "*" : ""}`;
  const before = given.scheme === null ? "" : `${given.scheme}://`;
  return `${before}${host}${given.port === null ? "" : `:${given.port}`}${path ?? ""}`;
}

function pageText(given: Page): string {
  const host = `${given.labels.join(".")}${given.port === null ? "" : `:${given.port}`}`;
  return `${given.scheme}://${host}/${given.segments.join("/")}`;
}

/** The slow reference: part by part, labels from the right, with every port written out. */
function means(given: Rule, from: Page): boolean {
  if (given.scheme !== null && given.scheme !== from.scheme) return false;
  const [ruleLabels, pageLabels] = [given.labels.toReversed(), from.labels.toReversed()];
  const below = pageLabels.length - ruleLabels.length;
  if (given.subdomains ? below < 1 : below !== 0) return false;
  if (!ruleLabels.every((label, index) => label === pageLabels[index])) return false;
  const own = from.scheme === "http" ? 80 : 443;
  if (given.port !== "*" && (given.port ?? own) !== (from.port ?? own)) return false;
  if (given.path === null) return true;
  const [rulePath, pagePath] = [given.path.segments.join("/"), from.segments.join("/")];
  return given.path.open ? pagePath.slice(0, rulePath.length) === rulePath : pagePath === rulePath;
}

it("a pattern means what the comparison of its parts says", () => {
  checkProperty(
    fc.property(rule, page, fc.boolean(), (given, other, sameHost) => {
      const host = given.subdomains ? ["a", ...given.labels] : given.labels;
      const from = sameHost ? { ...other, labels: host } : other;
      const pattern = parseReferrerPattern(ruleText(given));
      const referrer = parseReferrer(pageText(from));
      expect(pattern && referrer && matchesReferrer(pattern, referrer)).toBe(means(given, from));
    }),
    3000,
  );
});

it("no text comes from a host that the URL parser does not find in it", () => {
  const piece = fc.oneof(
    fc.constantFrom("https://", "http:", "//", "/", "\\", "@", ":", ":443", "#", "?", ".", "%2e"),
    fc.constantFrom("example.com", "EXAMPLE.com", "ｅxample.com", "evil.test", "*.", "\t", " "),
    fc.string({ unit: "binary", maxLength: 2 }),
  );
  const text = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(""));
  const pattern = parseReferrerPattern("https://example.com/*");
  checkProperty(
    fc.property(text, fc.boolean(), (tail, prefixed) => {
      const value = prefixed ? `https://example.com${tail}` : tail;
      const url = URL.parse(value);
      // The origin of a blob: URL is that of the page that made it, which no `Referer` shows.
      fc.pre(url?.protocol !== "blob:");
      const origins = ["https://example.com", "https://example.com."];
      const expected = url !== null && origins.includes(url.origin);
      const referrer = parseReferrer(value);
      expect(pattern !== null && referrer !== null && matchesReferrer(pattern, referrer)).toBe(
        expected,
      );
    }),
    3000,
  );
});

it("a pattern that is taken names one host, in the URL parser's spelling", () => {
  const piece = fc.oneof(
    fc.constantFrom("https://", "*.", "example", ".com", ":", "*", "/", "/app", "。", "ß", "[::1]"),
    fc.string({ unit: "binary", maxLength: 2 }),
  );
  const text = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(""));
  checkProperty(
    fc.property(text, (given) => {
      const pattern = parseReferrerPattern(given);
      if (pattern === null) return;
      expect(URL.parse(`https://${pattern.host}/`)?.hostname).toBe(pattern.host);
      expect(pattern.host).not.toMatch(/[*@/%\s]|\.$/);
      expect(pattern.path).not.toContain("*");
      // The page that the rule itself names is one that it means.
      const name = pattern.subdomains ? `www.${pattern.host}` : pattern.host;
      const at = typeof pattern.port === "number" ? `:${pattern.port}` : "";
      const own = parseReferrer(`${pattern.scheme ?? "https"}://${name}${at}${pattern.path}`);
      expect(own && matchesReferrer(pattern, own)).toBe(true);
    }),
    3000,
  );
});

import * as fc from "fast-check";
import { expect, it, test } from "vitest";
import { matchesEndpoint, parseEndpointPattern, type Endpoint } from "../../src/core/endpoint.ts";
import {
  compileRestrictions,
  judgeCompiled,
  parseRestrictions,
} from "../../src/core/restrictions.ts";
import { checkProperty } from "../support/check-property.ts";

const segments = fc.array(fc.constantFrom("v1", "v", "users", "Users", "a.b", "%2A"), {
  minLength: 1,
  maxLength: 4,
});
const ruleMethod = fc.constantFrom(null, "GET", "POST", "DELETE");
const method = fc.constantFrom("GET", "HEAD", "POST", "DELETE", "OPTIONS");

/** The slow reference: segment by segment, with no text compared across a slash. */
function means(
  rule: { method: string | null; segments: readonly string[]; open: boolean },
  asked: { method: string; segments: readonly string[] },
): boolean {
  const methods = asked.method === "HEAD" ? ["GET", null] : [asked.method, null];
  if (!methods.includes(rule.method)) return false;
  const lengths = asked.segments.length - rule.segments.length;
  if (rule.open ? lengths < 1 : lengths !== 0) return false;
  return rule.segments.every((segment, index) => segment === asked.segments[index]);
}

it("a pattern means what the comparison of segments says", () => {
  const rule = fc.record({ method: ruleMethod, segments, open: fc.boolean() });
  const asked = fc.record({ method, segments });
  checkProperty(
    fc.property(rule, asked, fc.nat({ max: 4 }), (given, other, kept) => {
      // Mostly a path that begins like the rule's, so that many pairs match.
      const path = [...given.segments.slice(0, kept), ...other.segments.slice(kept % 2)];
      fc.pre(path.length > 0);
      const text = `/${given.segments.join("/")}${given.open ? "/*" : ""}`;
      const pattern = parseEndpointPattern(
        given.method === null ? text : `${given.method} ${text}`,
      );
      const endpoint = { method: other.method, pathname: `/${path.join("/")}` };
      expect(pattern && matchesEndpoint(pattern, endpoint)).toBe(
        means(given, { method: other.method, segments: path }),
      );
    }),
    2000,
  );
});

it("any text is a pattern or none, never thrown at, and a rule that is taken compiles", () => {
  const piece = fc.oneof(
    fc.constantFrom("GET ", "/", "*", "**", "%", "%2f", "..", "(a+)+", "$", "v1", "\\", "?", " "),
    fc.string({ unit: "binary", maxLength: 3 }),
  );
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(""));
  checkProperty(
    fc.property(text, text, (endpoint, referrer) => {
      parseEndpointPattern(endpoint);
      const given = { endpoints: [endpoint], referrers: [referrer], ips: [endpoint] };
      for (const [list, rules] of Object.entries(given)) {
        const parsed = parseRestrictions({ [list]: rules });
        if (!parsed.ok) continue;
        expect(() => compileRestrictions(parsed.restrictions)).not.toThrow();
      }
    }),
    2000,
  );
});

test.each([
  [1, 8192],
  [100, 64],
  [100, 8192],
  [100, 65_536],
])("%i rules look at a path of %i characters once each", (count, length) => {
  const path = `/${"a".repeat(1000)}`;
  const endpoints = Array.from({ length: count }, (_, index) =>
    index % 2 === 0 ? `${path}/${index}/*` : `GET ${path}/${index}`,
  );
  const pathname = path.repeat(Math.ceil(length / path.length)).slice(0, length);
  let looks = 0;
  const endpoint: Endpoint = {
    method: "GET",
    get pathname() {
      looks += 1;
      return pathname;
    },
  };
  const compiled = compileRestrictions({ endpoints });
  const facts = { ip: null, referer: null, origin: null, endpoint };
  expect(judgeCompiled(compiled, facts)).toBe("endpoint_not_allowed");
  // Each look is one native comparison with a rule of at most 1,024 characters.
  expect(looks).toBe(count);
});

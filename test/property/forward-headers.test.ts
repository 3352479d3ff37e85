import * as fc from "fast-check";
import { expect, it } from "vitest";
import { formatForwardHeaders } from "../../src/core/forward-headers.ts";
import { checkProperty } from "../support/check-property.ts";

const KEY = "prod_key_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
const FORGED = "forged";
const PRINCIPAL = {
  keyId: "key_0123456789AB",
  account: "acc_1",
  api: "deframe",
  environment: "production",
  permissions: [],
};
const FACTS = {
  requestId: "req_1",
  clientIp: "203.0.113.7",
  protocol: "https",
  host: "api.example.com",
  assertion: null,
} as const;

const removedName = fc.constantFrom(
  "forwarded",
  "true-client-ip",
  "via",
  "x-client-ip",
  "x-http-method-override",
  "x-real-ip",
  "x-rewrite-url",
  "x-signature",
  "x-timestamp",
  "proxy-authorization",
);
const removedPrefix = fc.constantFrom("cf-", "x-authz-", "x-envoy-", "x-forwarded-", "x-original-");
const ending = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,8}$/);
const trusted = fc.constantFrom("x-authz-key-id", "x-authz-permissions", "x-forwarded-for");
const folded = fc.oneof(
  removedName,
  trusted,
  fc.tuple(removedPrefix, ending).map((parts) => parts.join("")),
);

/** A name as an origin may read it alike: any case, and `_` or `.` where a hyphen stands. */
const spelling = fc
  .tuple(folded, fc.infiniteStream(fc.constantFrom("-", "_", ".")), fc.infiniteStream(fc.boolean()))
  .map(([name, hyphens, upper]) =>
    Array.from(name, (character) => {
      if (character === "-") return hyphens.next().value ?? "-";
      return upper.next().value === true ? character.toUpperCase() : character;
    }).join(""),
  );

function forward(client: Headers): Headers {
  return new Headers(formatForwardHeaders(client, [{ in: "bearer" }], KEY, PRINCIPAL, FACTS));
}

it("no inbound spelling of a removed or trusted name reaches the origin", () => {
  checkProperty(
    fc.property(fc.array(spelling, { minLength: 1, maxLength: 6 }), (names) => {
      const client = new Headers(names.map((name) => [name, FORGED]));
      const headers = forward(client);
      expect([...headers.values()]).not.toContain(FORGED);
      expect(headers.get("x-authz-key-id")).toBe("key_0123456789AB");
      expect(headers.get("x-forwarded-for")).toBe("203.0.113.7");
    }),
    500,
  );
});

it("every other header reaches the origin as it was sent", () => {
  const name = fc
    .stringMatching(/^[A-Za-z0-9_.-]{1,12}$/)
    .map((text) => `y-${text}`)
    .filter((text) => text.length > 2);
  const value = fc.stringMatching(/^[!-~]{1,12}$/);
  checkProperty(
    fc.property(name, value, (sent, text) => {
      const client = new Headers([[sent, text]]);
      const headers = forward(client);
      expect(headers.get(sent)).toBe(text);
    }),
    300,
  );
});

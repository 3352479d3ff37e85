import { describe, expect, it, test } from "vitest";
import {
  compileRestrictions,
  judgeCompiled,
  parseRestrictions,
  type GivenRestrictions,
  type RestrictedFacts,
} from "../../src/core/restrictions.ts";
import ipVectors from "../support/vectors/ip-cidr.json";
import referrerVectors from "../support/vectors/referrer.json";

const FACTS: RestrictedFacts = {
  ip: "203.0.113.7",
  referer: null,
  origin: null,
  endpoint: { method: "GET", pathname: "/v1/users" },
};

/** What becomes of a request: the reason of its refusal, or the rules that cannot be given. */
function judge(given: GivenRestrictions, facts: Partial<RestrictedFacts> = {}): unknown {
  const parsed = parseRestrictions(given);
  if (!parsed.ok) return parsed.fields.map(({ field }) => field);
  return judgeCompiled(compileRestrictions(parsed.restrictions), { ...FACTS, ...facts });
}

describe("IP rules", () => {
  let ran = 0;

  test.each(ipVectors.cases)("$id $clientIp: $note", ({ allow, deny, clientIp, expect: to }) => {
    ran += 1;
    const outcome = judge({ ips: allow, blocked_ips: deny }, { ip: clientIp });
    const outcomes: Readonly<Record<string, unknown>> = {
      allow: null,
      deny: "ip_not_allowed",
      "invalid-rule": ["restrictions.ips.0"],
    };
    expect(outcome).toEqual(outcomes[to]);
  });

  it("all 48 vectors ran", () => {
    expect(ran).toBe(48);
  });

  test.each([
    ["an allowed range", { ips: ["0.0.0.0/0", "::/0"] }],
    ["a blocked range", { blocked_ips: ["198.51.100.0/24"] }],
  ])("a request without an address is refused by %s", (_, given) => {
    expect(judge(given, { ip: null })).toBe("ip_not_allowed");
    expect(judge(given, { ip: "unknown" })).toBe("ip_not_allowed");
  });

  it("one of several blocked ranges is enough", () => {
    expect(judge({ blocked_ips: ["198.51.100.0/24", "203.0.113.0/24"] })).toBe("ip_not_allowed");
  });

  it("an address that no blocked range holds is let through", () => {
    expect(judge({ blocked_ips: ["198.51.100.0/24", "2001:db8::/32"] })).toBeNull();
  });

  it("an empty list of allowed addresses leaves the blocked ones alone", () => {
    expect(judge({ ips: [], blocked_ips: ["203.0.113.0/24"] })).toBe("ip_not_allowed");
    expect(judge({ ips: [], blocked_ips: ["198.51.100.0/24"] })).toBeNull();
  });
});

describe("referrer rules", () => {
  let ran = 0;

  test.each(referrerVectors.cases)("$id $allow $referer: $note", (row) => {
    ran += 1;
    const outcomes: Readonly<Record<string, unknown>> = {
      allow: null,
      deny: "referrer_not_allowed",
      "invalid-rule": ["restrictions.referrers.0"],
    };
    expect(judge({ referrers: row.allow }, { referer: row.referer })).toEqual(outcomes[row.expect]);
  });

  it("all 34 vectors ran", () => {
    expect(ran).toBe(34);
  });

  const given = { referrers: ["https://example.com/*", "https://shop.example.com/app/*"] };

  test.each([
    ["the Referer alone", "https://example.com/a", null],
    ["the Origin alone", null, "https://example.com"],
    ["both of the same site", "https://example.com/a", "https://example.com"],
    ["both, each by a rule of its own", "https://shop.example.com/app/a", "https://example.com"],
  ])("%s may match", (_, referer, origin) => {
    expect(judge(given, { referer, origin })).toBeNull();
  });

  test.each([
    ["neither header", null, null],
    ["an empty Referer", "", null],
    ["an allowed Referer with another Origin", "https://example.com/", "https://evil.test"],
    ["an allowed Origin with another Referer", "https://evil.test/", "https://example.com"],
    ["an allowed Referer with an opaque Origin", "https://example.com/", "null"],
    ["an Origin that is not below the path of the rule", null, "https://shop.example.com"],
  ])("%s is refused", (_, referer, origin) => {
    expect(judge(given, { referer, origin })).toBe("referrer_not_allowed");
  });
});

describe("endpoint rules", () => {
  test.each([
    ["GET /v1/items/*", "GET", "/v1/items/itm_1", null],
    ["GET /v1/items/*", "HEAD", "/v1/items/itm_1/parts", null],
    ["GET /v1/items/*", "POST", "/v1/items/itm_1", "endpoint_not_allowed"],
    ["GET /v1/items/*", "GET", "/v1/items", "endpoint_not_allowed"],
    ["GET /v1/items/*", "GET", "/v1/items/", "endpoint_not_allowed"],
    ["GET /v1/items/*", "GET", "/v1/itemsX/itm_1", "endpoint_not_allowed"],
    ["GET /v1/items/*", "GET", "/V1/items/itm_1", "endpoint_not_allowed"],
    ["/v1/%69tems", "DELETE", "/v1/items", null],
    ["/v1/straße/*", "GET", "/v1/stra%C3%9Fe/a", null],
    ["/v1/users:search", "POST", "/v1/users:search", null],
    ["/v1/$batch", "POST", "/v1/$batch", null],
  ])("with %s, %s %s: %s", (rule, method, pathname, outcome) => {
    expect(judge({ endpoints: [rule] }, { endpoint: { method, pathname } })).toBe(outcome);
  });

  it("one of several rules is enough", () => {
    expect(judge({ endpoints: ["POST /v1/users", "GET /v1/users"] })).toBeNull();
    expect(judge({ endpoints: ["POST /v1/users", "/v1/items"] })).toBe("endpoint_not_allowed");
  });

  test.each([
    "",
    "*",
    "**",
    "(a+)+$",
    "/v1/(a+)+$",
    "/v1/**",
    "/v1/*/items",
    "/v1/us*",
    "/v1/.*",
    "/v1/.+",
    "/v1/users$",
    "/v1/[0-9]",
    "/v1/{id}",
    "/v1/(users|items)",
    "/v1/\\d",
    "/v1/users;a=1",
    "/v1//users",
    "/v1/../users",
    "/v1/.",
    "/v1/%2e%2E/*",
    "/v1/%2Fusers",
    "/v1/%252e",
    "/v1/%",
    "/v1/users?x=1",
    "/v1/\u0000",
    "/v1/\ud800",
    "https://api.example.com/v1",
    "get /v1/users",
  ])("%j is refused when given", (rule) => {
    expect(judge({ endpoints: [rule] })).toEqual(["restrictions.endpoints.0"]);
  });
});

it("no rules restrict nothing", () => {
  expect(judge({}, { ip: null })).toBeNull();
  expect(judge({ ips: [], blocked_ips: [], referrers: [], endpoints: [] })).toBeNull();
  expect(parseRestrictions({})).toEqual({ ok: true, restrictions: {} });
});

it("rules are kept as they were given, empty lists too", () => {
  const ips = ["203.0.113.9/24", "2001:DB8::1"];
  expect(
    parseRestrictions({ ips, blocked_ips: [], referrers: undefined, endpoints: ["GET /%61"] }),
  ).toEqual({ ok: true, restrictions: { ips, blockedIps: [], endpoints: ["GET /%61"] } });
});

it("each wrong rule is named, with what is allowed", () => {
  const parsed = parseRestrictions({
    ips: ["10.0.0.1", "10.0.0.256", "::1", "10.0.0.0/33"],
    blocked_ips: ["example.com"],
    referrers: ["example.com", "*"],
    endpoints: ["/v1/**"],
  });
  expect(parsed.ok || parsed.fields.map(({ field }) => field)).toEqual([
    "restrictions.ips.1",
    "restrictions.ips.3",
    "restrictions.blocked_ips.0",
    "restrictions.referrers.1",
    "restrictions.endpoints.0",
  ]);
  expect(parsed.ok || parsed.fields.map(({ message }) => message.slice(0, 22))).toEqual([
    "must be an IP address ",
    "must be an IP address ",
    "must be an IP address ",
    "must be [scheme://][*.",
    "must be a plain path, ",
  ]);
});

test.each([
  ["ips", "10.0.0.1"],
  ["blocked_ips", "10.0.0.1"],
  ["referrers", "example.com"],
  ["endpoints", "/v1"],
])("%s may hold 100 rules and no more", (list, rule) => {
  expect(parseRestrictions({ [list]: Array<string>(100).fill(rule) }).ok).toBe(true);
  expect(parseRestrictions({ [list]: Array<string>(101).fill(rule) })).toEqual({
    ok: false,
    fields: [{ field: `restrictions.${list}`, message: "must have at most 100 rules" }],
  });
});

it("a rule may have 1,024 characters and no more", () => {
  const rule = `/${"a".repeat(1023)}`;
  expect(judge({ endpoints: [rule] })).toBe("endpoint_not_allowed");
  expect(judge({ endpoints: [`${rule}a`] })).toEqual(["restrictions.endpoints.0"]);
  expect(parseRestrictions({ referrers: [`example.com${rule}`] })).toEqual({
    ok: false,
    fields: [{ field: "restrictions.referrers.0", message: "must have at most 1024 characters" }],
  });
});

it("the address is judged before the referrer, the referrer before the endpoint", () => {
  const ips = ["198.51.100.1"];
  const referrers = ["example.com"];
  const endpoints = ["/v2"];
  expect(judge({ ips, referrers, endpoints })).toBe("ip_not_allowed");
  expect(judge({ referrers, endpoints })).toBe("referrer_not_allowed");
  expect(judge({ endpoints })).toBe("endpoint_not_allowed");
});

test.each([
  { ips: ["10.0.0.0/33"] },
  { blockedIps: ["example.com"] },
  { referrers: ["*"] },
  { endpoints: ["/v1/**"] },
])("a stored rule that does not parse is an error, not a rule less: %j", (restrictions) => {
  expect(() => compileRestrictions(restrictions)).toThrow("does not parse");
});

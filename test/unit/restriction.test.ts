import { expect, it, test } from "vitest";
import type { Key } from "../../src/core/record.ts";
import { judgeRestrictions, type RequestFacts } from "../../src/core/restriction.ts";
import { makeRecord } from "../support/records.ts";

function reasonOf(changes: Partial<Key>, facts: Partial<RequestFacts> = {}): string | null {
  const judged = judgeRestrictions(makeRecord({}, changes), {
    api: "deframe",
    environments: ["staging", "production"],
    permissions: [],
    ip: "203.0.113.7",
    ipBlocked: false,
    referer: null,
    origin: null,
    endpoint: { method: "GET", pathname: "/v1/users" },
    ...facts,
  });
  return judged?.reason ?? null;
}

it("a key without rules in an environment that the API accepts may do anything", () => {
  expect(reasonOf({})).toBeNull();
});

test.each<[string, Partial<Key>, Partial<RequestFacts>]>([
  ["environment_mismatch", { environment: "development" }, {}],
  ["ip_not_allowed", { restrictions: { ips: ["198.51.100.1"] } }, {}],
  ["ip_not_allowed", {}, { ipBlocked: true }],
  ["referrer_not_allowed", { restrictions: { referrers: ["example.com"] } }, {}],
  ["endpoint_not_allowed", { restrictions: { endpoints: ["/v2"] } }, {}],
  ["permission_missing", { permissions: ["users:write"] }, { permissions: ["users:read"] }],
])("%s is the reason for what is outside it", (reason, key, facts) => {
  expect(reasonOf(key, facts)).toBe(reason);
});

test.each<[string, string, Partial<Key>, Partial<RequestFacts>]>([
  [
    "environment_mismatch",
    "the key's rules",
    { environment: "development", restrictions: { endpoints: ["/v2"] } },
    {},
  ],
  [
    "endpoint_not_allowed",
    "the API's blocked addresses",
    { restrictions: { endpoints: ["/v2"] } },
    { ipBlocked: true },
  ],
  ["ip_not_allowed", "permissions", {}, { ipBlocked: true, permissions: ["users:read"] }],
])("%s is told before %s", (reason, _, key, facts) => {
  expect(reasonOf(key, facts)).toBe(reason);
});

it("every permission that an endpoint needs must be there", () => {
  const permissions = ["users:read", "users:write"];
  expect(reasonOf({ permissions }, { permissions })).toBeNull();
  expect(reasonOf({ permissions: ["users:read"] }, { permissions })).toBe("permission_missing");
});

it("the first missing permission is named", () => {
  const record = makeRecord({}, { permissions: ["a"] });
  const refusal = judgeRestrictions(record, {
    api: "deframe",
    environments: ["production"],
    permissions: ["a", "b", "c"],
    ip: null,
    ipBlocked: false,
    referer: null,
    origin: null,
    endpoint: { method: "GET", pathname: "/" },
  });
  expect(refusal?.message).toBe('This API key lacks the permission "b" that the endpoint needs.');
});

it("the same rules are judged anew for each request", () => {
  const restrictions = { endpoints: ["/v1/users"] };
  expect(reasonOf({ restrictions })).toBeNull();
  const endpoint = { method: "GET", pathname: "/v1/other" };
  expect(reasonOf({ restrictions }, { endpoint })).toBe("endpoint_not_allowed");
  expect(reasonOf({ restrictions })).toBeNull();
});

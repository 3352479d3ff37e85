import { expect, it, test } from "vitest";
import { findWouldRefuse } from "../../../src/dashboard/would-refuse.ts";

const USAGE = {
  top_ips: [
    { ip: "203.0.113.7", requests: 10 },
    { ip: "2001:db8::1", requests: 2 },
  ],
  top_endpoints: [
    { endpoint: "GET /v1/users/1", requests: 8 },
    { endpoint: "POST /v1/users", requests: 4 },
  ],
};

it("no rules would have refused nothing", () => {
  expect(findWouldRefuse({}, USAGE)).toEqual({ ips: [], endpoints: [] });
});

test.each([
  ["an allow list", { ips: ["203.0.113.0/24"] }, ["2001:db8::1"]],
  ["a block list", { blocked_ips: ["203.0.113.7"] }, ["203.0.113.7"]],
  [
    "both",
    { ips: ["203.0.113.0/24"], blocked_ips: ["203.0.113.7"] },
    ["203.0.113.7", "2001:db8::1"],
  ],
])("%s of addresses refuses the addresses outside of it", (_, rules, refused) => {
  expect(findWouldRefuse(rules, USAGE)?.ips.map(({ ip }) => ip)).toEqual(refused);
});

test.each([
  ["GET /v1/users/*", ["POST /v1/users"]],
  ["/v1/users", ["GET /v1/users/1"]],
  ["/v1/*", []],
])("the endpoint rule %s refuses the endpoints outside of it", (rule, refused) => {
  const found = findWouldRefuse({ endpoints: [rule] }, USAGE);
  expect(found?.endpoints.map(({ endpoint }) => endpoint)).toEqual(refused);
});

it("rules for addresses do not judge endpoints, nor the other way round", () => {
  expect(findWouldRefuse({ ips: ["192.0.2.1"] }, USAGE)?.endpoints).toEqual([]);
  expect(findWouldRefuse({ endpoints: ["/nowhere"] }, USAGE)?.ips).toEqual([]);
});

it("nothing is told of rules that are not valid", () => {
  expect(findWouldRefuse({ ips: ["203.0.113"] }, USAGE)).toBeNull();
});

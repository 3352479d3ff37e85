import { expect, it, test } from "vitest";
import { linkTo, parseRoute } from "../../../src/dashboard/route.ts";

test.each([
  ["", { page: "accounts" }],
  ["#/", { page: "accounts" }],
  ["#/new-account", { page: "new-account" }],
  ["#/accounts/acme", { page: "account", account: "acme", tab: "keys" }],
  ["#/accounts/acme/audit", { page: "account", account: "acme", tab: "audit" }],
  ["#/accounts/acme/new-key", { page: "new-key", account: "acme" }],
  ["#/keys/key_1", { page: "key", key: "key_1", tab: "key" }],
  ["#/keys/key_1/usage", { page: "key", key: "key_1", tab: "usage" }],
])("the address %j shows its page", (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test.each([
  "#//evil.example",
  "#/\\evil.example",
  "#https://evil.example",
  "#javascript:alert(1)",
  "#/accounts/acme/nothing",
  "#/keys",
  "#/keys/key_1/usage/more",
  "#/%E0%A4%A",
])("the address %j shows no page and leads nowhere", (hash) => {
  expect(parseRoute(hash)).toEqual({ page: "unknown" });
});

it("an id stays whole, whatever characters it has", () => {
  const id = "user:a|b/c%2f?#";
  expect(parseRoute(linkTo("accounts", id))).toEqual({ page: "account", account: id, tab: "keys" });
});

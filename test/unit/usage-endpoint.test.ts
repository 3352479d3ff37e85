import { expect, test } from "vitest";
import { labelEndpoint } from "../../src/core/usage-endpoint.ts";

test.each([
  ["/", "GET /"],
  ["/v1/users", "GET /v1/users"],
  ["/v1/users/42", "GET /v1/users/:id"],
  ["/v1/users/usr_123/keys", "GET /v1/users/:id/keys"],
  ["/v1/users/274bce1e-5f4a-4123-934c-d8ef263e458a", "GET /v1/users/:id"],
  ["/tx/0x9f86d081884c7d65", "GET /tx/:id"],
  ["/tx/9F86D081", "GET /tx/:id"],
  ["/cafe/decade/facade", "GET /cafe/decade/facade"],
  ["/v1/vault_strategies/rwa_tokens", "GET /v1/vault_strategies/rwa_tokens"],
  [`/files/${"a".repeat(33)}`, "GET /files/:id"],
  ["/v1/2026/11/20", "GET /v1/:id/:id/:id"],
  ["/a/b/c/d/e/f/g/h/i/j", "GET /a/b/c/d/e/f/g/h/…"],
])("%s is named %s", (pathname, label) => {
  expect(labelEndpoint({ method: "GET", pathname })).toBe(label);
});

test("a name has at most 120 characters", () => {
  const pathname = `/${"abcdefghij-klmnopqrst-uvwxyz".repeat(1)}`.repeat(8);
  expect(labelEndpoint({ method: "GET", pathname })).toHaveLength(120);
});

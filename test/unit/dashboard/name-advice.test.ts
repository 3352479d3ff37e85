import { expect, it, test } from "vitest";
import { judgeName, suggestNames } from "../../../src/dashboard/name-advice.ts";

it("suggests names that tell the environment and the application", () => {
  expect(suggestNames("production", [])).toEqual([
    "production-backend",
    "production-webapp",
    "production-mobile-app",
    "production-analytics",
  ]);
});

it("suggests a name for local testing where the environment is for it", () => {
  expect(suggestNames("development", [])[0]).toBe("dev-local-testing");
});

it("does not suggest a name that is taken", () => {
  expect(suggestNames("live", ["live-backend"])).not.toContain("live-backend");
});

test.each(["key", "my key", "test", "Test 2", "api-key", "foo", "x"])("%j is too vague", (name) => {
  expect(judgeName(name, [])).toMatch(/what the key is for/);
});

test.each(["production-backend", "Billing reports", "testing-checkout"])("%j is good", (name) => {
  expect(judgeName(name, [])).toBeNull();
});

it("tells when another key has the name", () => {
  expect(judgeName("live-backend ", ["live-backend"])).toMatch(/Another key/);
});

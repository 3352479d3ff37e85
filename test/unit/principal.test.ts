import { expect, it, test } from "vitest";
import { PERMISSION_NAME, principalOf } from "../../src/core/principal.ts";
import { makeRecord } from "../support/records.ts";

it("the principal of a record is its key with its account, API, environment and permissions", () => {
  const record = makeRecord({ account: "acc_9" }, { permissions: ["users:read"] });
  expect(principalOf(record)).toEqual({
    keyId: "key_0123456789AB",
    account: "acc_9",
    api: "deframe",
    environment: "production",
    permissions: ["users:read"],
  });
});

test.each(["a", "0", "users:read", "api-keys:write", "a_b.c*", `a${"b".repeat(63)}`])(
  "%s names a permission",
  (name) => {
    expect(PERMISSION_NAME.test(name)).toBe(true);
  },
);

test.each(["", "A", ":a", "-a", "a b", "a\n", " a", "é", "users:réad", `a${"b".repeat(64)}`])(
  "%j names no permission",
  (name) => {
    expect(PERMISSION_NAME.test(name)).toBe(false);
  },
);

import { describe, expect, it, test } from "vitest";
import { modesFrom, signingContext, strictestSigning } from "../../src/core/signing.ts";

describe("the signing mode in force", () => {
  test.each([
    ["off", null, "off"],
    ["off", "optional", "optional"],
    ["off", "required", "required"],
    ["optional", null, "optional"],
    ["optional", "off", "optional"],
    ["optional", "required", "required"],
    ["required", null, "required"],
    ["required", "off", "required"],
    ["required", "optional", "required"],
  ] as const)("of an API with %s and a key with %s is %s", (api, key, expected) => {
    expect(strictestSigning(api, key)).toBe(expected);
  });
});

describe("the modes that a key may ask for", () => {
  it("are never less than its API has", () => {
    expect(modesFrom("off")).toEqual(["off", "optional", "required"]);
    expect(modesFrom("optional")).toEqual(["optional", "required"]);
    expect(modesFrom("required")).toEqual(["required"]);
  });
});

describe("the context of a stored signing secret", () => {
  it("is another one for each key and each text", () => {
    expect(signingContext("key_a", "h1")).not.toBe(signingContext("key_b", "h1"));
    expect(signingContext("key_a", "h1")).not.toBe(signingContext("key_a", "h2"));
  });
});

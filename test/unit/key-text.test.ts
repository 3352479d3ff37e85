import { describe, expect, it, test } from "vitest";
import {
  ALPHABETS,
  drawUnsigned,
  isKeyId,
  parseKeyText,
  type KeyFormat,
} from "../../src/core/key-text.ts";

const BASE62: KeyFormat = {
  environments: { live: "sk_live_", test: "sk_test_" },
  alphabet: "base62",
  length: 40,
};
const HEX: KeyFormat = { environments: { live: "" }, alphabet: "hex", length: 32 };

/** A source that answers its first request with the first list, the second with the second. */
function sourceOf(...answers: readonly (readonly number[])[]): (length: number) => Uint8Array {
  const left = [...answers];
  return () => {
    const bytes = left.shift();
    if (bytes === undefined) throw new Error("more bytes were drawn than the test foresees");
    return Uint8Array.from(bytes);
  };
}

describe("a key text", () => {
  it("is, in base62, an id part of 12, a secret part of 22 and a check tag of 6", () => {
    expect(parseKeyText(BASE62, "sk_live_IIIIIIIIIIIIssssssssssssssssssssssTTTTTT")).toEqual({
      text: "sk_live_IIIIIIIIIIIIssssssssssssssssssssssTTTTTT",
      environment: "live",
      prefix: "sk_live_",
      id: "key_IIIIIIIIIIII",
      unsigned: "sk_live_IIIIIIIIIIIIssssssssssssssssssssss",
      tag: "TTTTTT",
    });
  });

  it("is, in hex, an id part of 8, a secret part of 16 and a check tag of 8", () => {
    expect(parseKeyText(HEX, "11111111aaaaaaaaaaaaaaaa22222222")).toEqual({
      text: "11111111aaaaaaaaaaaaaaaa22222222",
      environment: "live",
      prefix: "",
      id: "key_11111111",
      unsigned: "11111111aaaaaaaaaaaaaaaa",
      tag: "22222222",
    });
  });

  it("tells its environment by its prefix", () => {
    const text = "sk_test_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
    expect(parseKeyText(BASE62, text)?.environment).toBe("test");
  });
});

test.each([
  ["one character too few", "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabc"],
  ["one character too many", "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcde"],
  ["a prefix of no environment", "sk_prod_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"],
  ["a prefix in upper case", "SK_LIVE_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"],
  ["a character outside the alphabet", "sk_live_0123456789-BCDEFGHIJKLMNOPQRSTUVWXYZabcd"],
  ["a line feed at the end", "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabc\n"],
  ["a letter outside ASCII", "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabc\u00e9"],
  ["a digit outside ASCII", "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabc\uff11"],
  ["nothing at all", ""],
  ["the prefix alone", "sk_live_"],
  ["a name of the object prototype", "__proto__"],
])("a text with %s is no key text", (_, text) => {
  expect(parseKeyText(BASE62, text)).toBeNull();
});

it("hex in upper case is no key text", () => {
  expect(parseKeyText(HEX, "11111111AAAAAAAAAAAAAAAA22222222")).toBeNull();
});

describe("prefixes of which one begins with another", () => {
  const format: KeyFormat = {
    environments: { bare: "", live: "sk_", staging: "sk_live_" },
    alphabet: "base62",
    length: 40,
  };

  test.each([
    ["bare", "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"],
    ["live", "sk_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"],
    ["staging", "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd"],
  ])("keep a text of %s apart from the others", (environment, text) => {
    expect(parseKeyText(format, text)).toMatchObject({ environment, id: "key_0123456789AB" });
  });

  it("do not hide an empty prefix when the body happens to begin like another prefix", () => {
    const twoPrefixes: KeyFormat = { ...format, environments: { live: "", test: "test" } };
    expect(parseKeyText(twoPrefixes, "test456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd")).toMatchObject({
      environment: "live",
      id: "key_test456789AB",
    });
  });
});

describe("drawing a key text", () => {
  it("writes one base62 character for each byte below 248, in the order of the alphabet", () => {
    const source = sourceOf(
      [0, 9, 10, 35, 36, 61, 62, 123, 124, 185, 186, 247],
      Array.from({ length: 22 }, (_, index) => index),
    );
    expect(drawUnsigned(BASE62, "live", source)).toBe("sk_live_09AZaz0z0z0z0123456789ABCDEFGHIJKL");
  });

  it("draws a byte of 248 or more again, so that no base62 character is likelier", () => {
    const source = sourceOf(
      [248, 249, 250, 251, 252, 253, 254, 255, 1, 2, 3, 4],
      [255, 5, 248, 6, 7, 8, 9, 10, 11, 12, 13, 14],
      Array.from({ length: 22 }, () => 61),
    );
    expect(drawUnsigned(BASE62, "test", source)).toBe("sk_test_123456789ABCzzzzzzzzzzzzzzzzzzzzzz");
  });

  it("uses every byte for hex", () => {
    const source = sourceOf(
      [255, 254, 253, 252, 251, 250, 249, 248],
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
    );
    expect(drawUnsigned(HEX, "live", source)).toBe("fedcba980123456789abcdef");
  });

  it("keeps the id part of a rotated key and draws only its secret part", () => {
    const source = sourceOf(Array.from({ length: 22 }, () => 0));
    expect(drawUnsigned(BASE62, "live", source, "key_abcdefABCDEF")).toBe(
      "sk_live_abcdefABCDEF0000000000000000000000",
    );
  });

  it("gives a longer body to the secret part alone", () => {
    const long: KeyFormat = { ...BASE62, length: 60 };
    const source = sourceOf(
      Array.from({ length: 12 }, () => 10),
      Array.from({ length: 42 }, () => 61),
    );
    expect(drawUnsigned(long, "live", source)).toBe(`sk_live_AAAAAAAAAAAA${"z".repeat(42)}`);
  });

  it("refuses an environment that the API does not have", () => {
    expect(() => drawUnsigned(BASE62, "staging", sourceOf([1]))).toThrow(
      "no such key environment: staging",
    );
  });
});

test.each([
  ["key_0123456789AB", true],
  ["key_0123abcd", true],
  ["key_0123456789A", false],
  ["key_0123ABCD", false],
  ["key_", false],
  ["acc_0123abcd", false],
  ["a_key_0123abcd", false],
  ["key_0123abcd\n", false],
  ["key_../../0123", false],
])("%j may be a key id: %s", (text, expected) => {
  expect(isKeyId(text)).toBe(expected);
});

it("no alphabet has a character twice", () => {
  expect(new Set(ALPHABETS.base62.characters).size).toBe(62);
  expect(new Set(ALPHABETS.hex.characters).size).toBe(16);
});

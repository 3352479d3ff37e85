import { expect, it, test } from "vitest";
import { decodeBase64, encodeBase64Url, encodeHex, equalBytes } from "../../src/core/bytes.ts";

const BYTES = Uint8Array.of(0, 251, 255, 190);

it("bytes are written as base64url without padding", () => {
  expect(encodeBase64Url(BYTES)).toBe("APv_vg");
  expect(encodeBase64Url(new Uint8Array(0))).toBe("");
});

it("bytes are written as two hex digits each, in lower case", () => {
  expect(encodeHex(BYTES)).toBe("00fbffbe");
});

it("a hyphen is read as the plus of base64", () => {
  expect(decodeBase64("--8")).toEqual(Uint8Array.of(251, 239));
});

test.each(["APv/vg==", "APv/vg", "APv_vg==", "APv_vg"])("%s is read", (text) => {
  expect(decodeBase64(text)).toEqual(BYTES);
});

test.each(["A", "APv_v", "APv*vg", "APv_vg=", "AP\u00e9v"])("%s is not base64", (text) => {
  expect(decodeBase64(text)).toBeNull();
});

test.each([
  ["the same bytes", [1, 2, 3], [1, 2, 3], true],
  ["another last byte", [1, 2, 3], [1, 2, 4], false],
  ["another first byte", [1, 2, 3], [0, 2, 3], false],
  ["more bytes", [1, 2, 3], [1, 2, 3, 0], false],
])("compares with %s", (_, a, b, equal) => {
  expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(equal);
});

import { expect, it } from "vitest";
import { hashImported, importedHash, isImportedHash } from "../../src/core/imported.ts";

const HEX_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

it("the hash of an imported key is the SHA-256 of its text, marked as such", async () => {
  expect(await hashImported("abc")).toBe(`sha256:${HEX_OF_ABC}`);
});

it("a hash that was given in upper case is the same one", () => {
  expect(importedHash(HEX_OF_ABC.toUpperCase())).toBe(`sha256:${HEX_OF_ABC}`);
});

it("an imported hash is told from one that was made here by how it begins", () => {
  expect(isImportedHash(`sha256:${HEX_OF_ABC}`)).toBe(true);
  expect(isImportedHash("tthgqJ4t2Y6gcdvcA1DaYR1Psd7NXKPkWDLgnW3aQTQ")).toBe(false);
  expect(isImportedHash(`${HEX_OF_ABC}sha256:`)).toBe(false);
});

import { expect, it, test } from "vitest";
import {
  addNeeds,
  countNeeds,
  entryOf,
  isLeftToReencrypt,
  type EntryNeeds,
} from "../../src/core/entry-needs.ts";
import type { Key } from "../../src/core/record.ts";
import { makeKey } from "../support/records.ts";

const NOW = 5000;
const NOTHING = {
  keyTexts: 0,
  recoverableTexts: 0,
  signingSecrets: 0,
  importedKeys: 0,
  webhookSecrets: 0,
};

function count(key: Key, sealedBy: string | null = null): readonly EntryNeeds[] {
  return countNeeds([{ key, sealedBy }], NOW);
}

it("counts a key's text, what it has encrypted and each under its own entry", () => {
  const text = {
    hash: "h",
    entry: "a",
    untilMs: null,
    encrypted: "b.iv.c",
    signingSecret: "b.i.c",
  };
  expect(count(makeKey({ texts: [text] }))).toEqual([
    { ...NOTHING, entry: "a", keyTexts: 1 },
    { ...NOTHING, entry: "b", recoverableTexts: 1, signingSecrets: 1 },
  ]);
});

it("counts both texts of a key in its grace", () => {
  const texts = [
    { hash: "h2", entry: "b", untilMs: null },
    { hash: "h1", entry: "a", untilMs: NOW + 1 },
  ];
  expect(count(makeKey({ texts })).map(({ entry, keyTexts }) => [entry, keyTexts])).toEqual([
    ["b", 1],
    ["a", 1],
  ]);
});

test.each<[string, Partial<Key>]>([
  ["of a revoked key", { revokedAtMs: 1 }],
  [
    "whose grace ends now",
    { texts: [{ hash: "h", entry: "a", untilMs: NOW, encrypted: "a.b.c" }] },
  ],
])("does not count a text %s", (_, changes) => {
  expect(count(makeKey(changes))).toEqual([]);
});

test.each<[string, Partial<Key>]>([
  ["a disabled key", { enabled: false }],
  ["an expired key, which may be given another expiry", { expiresAtMs: 1 }],
])("counts the text of %s", (_, changes) => {
  expect(count(makeKey(changes))).toEqual([{ ...NOTHING, entry: "a", keyTexts: 1 }]);
});

it("counts an imported key under the entry that has sealed it in KV", () => {
  const imported = makeKey({ texts: [{ hash: "sha256:00", entry: null, untilMs: null }] });
  expect(count(imported, "a")).toEqual([{ ...NOTHING, entry: "a", importedKeys: 1 }]);
  expect(count(imported)).toEqual([]);
});

it("does not count an imported key whose imported text is over", () => {
  const texts = [
    { hash: "h", entry: "b", untilMs: null },
    { hash: "sha256:00", entry: null, untilMs: NOW },
  ];
  expect(count(makeKey({ texts }), "a")).toEqual([{ ...NOTHING, entry: "b", keyTexts: 1 }]);
});

it("adds counts entry by entry, also under ids that objects inherit", () => {
  const one = [{ ...NOTHING, entry: "__proto__", keyTexts: 1 }];
  const two = [
    { ...NOTHING, entry: "__proto__", keyTexts: 2, signingSecrets: 4 },
    { ...NOTHING, entry: "a", recoverableTexts: 8, importedKeys: 16 },
  ];
  expect(addNeeds(one, two)).toEqual([
    { ...NOTHING, entry: "__proto__", keyTexts: 3, signingSecrets: 4 },
    { ...NOTHING, entry: "a", recoverableTexts: 8, importedKeys: 16 },
  ]);
});

test.each<[string, Partial<EntryNeeds>, boolean]>([
  ["a recoverable text of another entry", { recoverableTexts: 1 }, true],
  ["a signing secret of another entry", { signingSecrets: 1 }, true],
  ["an imported key that another entry has sealed", { importedKeys: 1 }, true],
  ["the secret of a webhook under another entry", { webhookSecrets: 1 }, true],
  ["a key text of another entry, which only a rotation frees", { keyTexts: 1 }, false],
  ["what is under the entry already", { entry: "b", signingSecrets: 1 }, false],
])("with %s something is left to re-encrypt: %j, %j", (_, need, left) => {
  expect(isLeftToReencrypt([{ ...NOTHING, entry: "a", ...need }], "b")).toBe(left);
});

test.each([
  ["k-1_x.iv.ciphertext", "k-1_x"],
  ["whole-and-without-a-dot", "?"],
  ["", "?"],
  [`${"k".repeat(33)}.iv.ciphertext`, "?"],
])("reads the entry of %j, and repeats no value that has none", (value, entry) => {
  expect(entryOf(value)).toBe(entry);
});

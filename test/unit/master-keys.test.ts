import { expect, it, test } from "vitest";
import { parseMasterKeys } from "../../src/core/master-keys.ts";

const ZEROS = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
const COUNTING = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

function mistakesOf(found: unknown): readonly string[] {
  const mistakes: string[] = [];
  parseMasterKeys(found, mistakes);
  return mistakes;
}

it("each entry has its id and its 32 bytes, in the order given, blanks around it or not", () => {
  const mistakes: string[] = [];
  const keys = parseMasterKeys(`k2:${COUNTING}, k1:${ZEROS} `, mistakes);
  expect(mistakes).toEqual([]);
  expect(keys).toEqual([
    { id: "k2", bytes: Uint8Array.from({ length: 32 }, (_, index) => index) },
    { id: "k1", bytes: new Uint8Array(32) },
  ]);
});

test.each([undefined, null, 7, "", "  "])(
  "%j is not set: the command that does it is told",
  (found) => {
    expect(mistakesOf(found)).toEqual([
      'MASTER_KEYS: is not set; create it with: echo "k1:$(openssl rand -base64 32)" | npx wrangler secret put MASTER_KEYS',
    ]);
  },
);

test.each([
  ["no id", ZEROS],
  ["an empty id", `:${ZEROS}`],
  ["a blank in its id", `k 1:${ZEROS}`],
  ["a character before its id that none has", `.k1:${ZEROS}`],
  ["a character behind its id that none has", `k1.:${ZEROS}`],
  ["an id of 33 characters", `${"k".repeat(33)}:${ZEROS}`],
  ["31 bytes", "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="],
  ["33 bytes", "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"],
  ["no bytes", "k1"],
  ["bytes that are not base64", "k1:*"],
])("an entry with %s is told by its position, never by its value", (_, entry) => {
  expect(mistakesOf(`k0:${ZEROS},${entry}`)).toEqual([
    "MASTER_KEYS: entry 2 must be id:base64-of-32-bytes",
  ]);
});

it("an id may have 32 characters", () => {
  expect(mistakesOf(`${"k".repeat(32)}:${ZEROS}`)).toEqual([]);
});

it("two entries with the same id are a mistake", () => {
  expect(mistakesOf(`k1:${ZEROS},k1:${COUNTING}`)).toEqual([
    "MASTER_KEYS: two entries have the same id",
  ]);
});

it("what is wrong is left out of the entries", () => {
  expect(parseMasterKeys(`k1,k2:${ZEROS}`, []).map(({ id }) => id)).toEqual(["k2"]);
  expect(parseMasterKeys("", [])).toEqual([]);
});

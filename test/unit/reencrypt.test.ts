import { expect, it, test } from "vitest";
import { changeKey } from "../../src/core/key-change.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import type { Key } from "../../src/core/record.ts";
import { reencryptKey, replaceEncrypted } from "../../src/core/reencrypt.ts";
import { KEYRING, MASTER_A, MASTER_B } from "../support/key-texts.ts";
import { makeKey } from "../support/records.ts";

const NOW = 5000;
const BOTH = createKeyring([MASTER_B, MASTER_A]);
const ID = "key_0123456789AB";

/** A key whose text and signing secret are encrypted under entry `a`. */
async function makeEncryptedKey(): Promise<Key> {
  const encrypted = await KEYRING.encrypt("the text", ID);
  const signingSecret = await KEYRING.encrypt("the secret", `signing-secret:${ID}:hash-1`);
  const text = { hash: "hash-1", entry: "a", untilMs: null, encrypted, signingSecret };
  return makeKey({ id: ID, texts: [text] });
}

async function readValues(key: Key): Promise<readonly (string | null)[]> {
  const onlyB = createKeyring([MASTER_B]);
  const [text] = key.texts;
  return [
    await onlyB.decrypt(text?.encrypted ?? "", ID),
    await onlyB.decrypt(text?.signingSecret ?? "", `signing-secret:${ID}:hash-1`),
  ];
}

it("brings a text and its signing secret under the first entry, for the same key and text", async () => {
  const key = await makeEncryptedKey();
  const { replacements, failed } = await reencryptKey(BOTH, key, NOW);
  const after = replaceEncrypted(key, replacements);
  expect([failed, await readValues(after)]).toEqual([[], ["the text", "the secret"]]);
  expect(after).toMatchObject({ version: 2, texts: [{ hash: "hash-1", entry: "a" }] });
});

it("finds nothing to do in what is under the first entry", async () => {
  const key = await makeEncryptedKey();
  const after = replaceEncrypted(key, (await reencryptKey(BOTH, key, NOW)).replacements);
  expect(await reencryptKey(BOTH, after, NOW)).toEqual({ replacements: [], failed: [] });
});

it("leaves texts that are over and revoked keys alone", async () => {
  const { texts, ...key } = await makeEncryptedKey();
  const over = { ...key, texts: texts.map((text) => ({ ...text, untilMs: NOW })) };
  expect((await reencryptKey(BOTH, over, NOW)).replacements).toEqual([]);
  expect((await reencryptKey(BOTH, { ...key, texts, revokedAtMs: 1 }, NOW)).replacements).toEqual(
    [],
  );
});

test.each<[string, (value: string) => string, string]>([
  ["of an entry that is gone", (value) => value.replace("a.", "gone."), "gone"],
  ["that was altered", (value) => `${value.slice(0, -4)}AAAA`, "a"],
  ["that is no encrypted value", () => "nonsense", "?"],
  ["that is empty", () => "", "?"],
])("tells the entry of a value %s and keeps it", async (_, damage, entry) => {
  const key = await makeEncryptedKey();
  const texts = key.texts.map((text) => ({ ...text, encrypted: damage(text.encrypted ?? "") }));
  const damaged: Key = { ...key, texts };
  const { replacements, failed } = await reencryptKey(BOTH, damaged, NOW);
  const after = replaceEncrypted(damaged, replacements);
  expect(failed).toEqual([entry]);
  expect(after.texts[0]?.encrypted).toBe(damaged.texts[0]?.encrypted);
  expect((await readValues(after))[1]).toBe("the secret");
});

it("does not take a value of another key or text for its own", async () => {
  const key = await makeEncryptedKey();
  expect((await reencryptKey(BOTH, { ...key, id: "key_BBBBBBBBBBBB" }, NOW)).failed).toEqual([
    "a",
    "a",
  ]);
});

it("does not undo a rotation in between: the old text keeps its end, the new one its value", async () => {
  const key = await makeEncryptedKey();
  const { replacements } = await reencryptKey(BOTH, key, NOW);
  const text = { hash: "hash-2", entry: "b", untilMs: null, encrypted: "b.new.text" };
  const rotation = { kind: "rotate", text, last4: "9999", graceSeconds: 60 } as const;
  const rotated = changeKey(key, rotation, NOW) ?? key;
  const after = replaceEncrypted(rotated, replacements);
  expect(after.texts).toMatchObject([text, { hash: "hash-1", untilMs: NOW + 60_000 }]);
  expect(after).toMatchObject({ last4: "9999", version: rotated.version + 1 });
  expect(after.texts[1]?.encrypted).toMatch(/^b\./);
});

it("does not undo a revocation in between", async () => {
  const key = await makeEncryptedKey();
  const { replacements } = await reencryptKey(BOTH, key, NOW);
  const revoked = changeKey(key, { kind: "revoke" }, NOW) ?? key;
  expect(replaceEncrypted(revoked, replacements)).toBe(revoked);
});

it("does not overwrite a value that was replaced in between", async () => {
  const key = await makeEncryptedKey();
  const first = await reencryptKey(BOTH, key, NOW);
  const second = await reencryptKey(BOTH, key, NOW);
  const after = replaceEncrypted(key, first.replacements);
  expect(replaceEncrypted(after, second.replacements)).toBe(after);
});

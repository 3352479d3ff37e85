import * as fc from "fast-check";
import { expect, it, test } from "vitest";
import { ALPHABETS, parseKeyText } from "../../src/core/key-text.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import { checkAsyncProperty, checkProperty } from "../support/check-property.ts";
import { DEMO_APIS, demoApi } from "../support/demo-apis.ts";
import { KEYRING, makeKeyText, MASTER_A, MASTER_B } from "../support/key-texts.ts";

const keyring = createKeyring([MASTER_A, MASTER_B]);

const alphanumeric = fc.constantFrom(...Array.from(ALPHABETS.base62.characters));

test.each(["subfrost", "deframe"])(
  "10,000 made-up texts in the form of the keys of %s have a tag that fits no entry",
  async (name) => {
    const { format, environment } = demoApi(name);
    const prefix = format.environments[environment] ?? "";
    const character = fc.constantFrom(...Array.from(ALPHABETS[format.alphabet].characters));
    const body = fc.string({ unit: character, minLength: format.length, maxLength: format.length });
    const texts = fc.sample(body, { numRuns: 10_000, seed: 1 }).map((text) => prefix + text);
    const entries = await Promise.all(
      texts.map(async (text) => {
        const parsed = parseKeyText(format, text);
        if (parsed === null) return "not parsed";
        return keyring.findEntry(format.alphabet, parsed.unsigned, parsed.tag);
      }),
    );
    expect(new Set(entries)).toEqual(new Set([null]));
    expect(entries).toHaveLength(10_000);
  },
);

it("any text is either no key text or splits into parts that make it up again", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc
      .tuple(
        fc.constantFrom("dev_key_", "prod_key_", "x_key_"),
        fc.string({ unit: alphanumeric, minLength: 39, maxLength: 41 }),
      )
      .map(([prefix, body]) => prefix + body),
  );
  checkProperty(
    fc.property(anything, (text) => {
      const parsed = parseKeyText(DEMO_APIS.deframe.format, text);
      if (parsed === null) return;
      expect(parsed.unsigned + parsed.tag).toBe(text);
      expect(parsed.unsigned.startsWith(parsed.prefix + parsed.id.slice("key_".length))).toBe(true);
      expect(parsed.tag).toHaveLength(6);
    }),
    300,
  );
});

it("no change of one character of a real key text is accepted", async () => {
  const { format } = DEMO_APIS.example;
  const text = await makeKeyText(format, "live");
  await checkAsyncProperty(
    fc.asyncProperty(
      fc.nat({ max: text.length - 1 }),
      fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 1 }),
      async (index, character) => {
        fc.pre(text[index] !== character);
        const mutant = text.slice(0, index) + character + text.slice(index + 1);
        const parsed = parseKeyText(format, mutant);
        const entry =
          parsed && (await KEYRING.findEntry(format.alphabet, parsed.unsigned, parsed.tag));
        expect(entry).toBeNull();
      },
    ),
    300,
  );
});

import { describe, expect, it, test } from "vitest";
import { decodeBase64 } from "../../src/core/bytes.ts";
import { parseKeyText, type KeyFormat } from "../../src/core/key-text.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import { DEMO_APIS, demoApi } from "../support/demo-apis.ts";
import { KEYRING, makeKeyText, MASTER_A, MASTER_B } from "../support/key-texts.ts";
import mutations from "../support/vectors/key-format.json";

/** `text`, encrypted for `key_1` under entry `a`. */
const STORED = "a.z5xePQPLAx0zXrWe.GXH6hUHHFl7MPncOje0ocVzBTrM";

/** The entry that made `text`, or `null` when it is refused: by its form or by its tag. */
async function entryOf(format: KeyFormat, text: string, keyring = KEYRING): Promise<string | null> {
  const parsed = parseKeyText(format, text);
  return parsed && keyring.findEntry(format.alphabet, parsed.unsigned, parsed.tag);
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const bytes = Array.from(new Uint8Array(digest));
  return bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The text with the character at `index` replaced by another one of both alphabets. */
function changeAt(text: string, index: number): string {
  const other = text[index] === "0" ? "1" : "0";
  return text.slice(0, index) + other + text.slice(index + 1);
}

async function mutate(op: string, text: string, prefix: string, other: string): Promise<string> {
  const body = text.slice(prefix.length);
  switch (op) {
    case "last":
      return changeAt(text, text.length - 1);
    case "first":
      return changeAt(text, prefix.length);
    case "add":
      return `${text}0`;
    case "prefix":
      return other + body;
    case "reverse":
      return prefix + Array.from(body).toReversed().join("");
    case "prefix-only":
      return prefix;
    case "sha256":
      return sha256Hex(text);
    case "double":
      return text + text;
    default:
      throw new Error(`no mutation ${op}`);
  }
}

/** What a seal is when it is read back from where it was stored. */
async function sealOf(name: string, value: string): Promise<Uint8Array> {
  return decodeBase64(await KEYRING.seal("a", name, value)) ?? new Uint8Array(0);
}

describe("the check tag", () => {
  test.each(["subfrost", "dataframer", "example", "deframe"])(
    "fits a key of %s that was just made",
    async (name) => {
      const { format, environment } = demoApi(name);
      expect(await entryOf(format, await makeKeyText(format, environment))).toBe("a");
    },
  );

  it("does not fit after any single character was changed", async () => {
    const { format } = DEMO_APIS.deframe;
    const text = await makeKeyText(format, "production");
    const changed = Array.from(text, (_, index) => changeAt(text, index));
    const entries = await Promise.all(changed.map((mutant) => entryOf(format, mutant)));
    expect(entries).toEqual(Array.from(text, () => null));
  });

  it("covers the prefix: a test key relabelled as live is refused", async () => {
    const { format } = DEMO_APIS.example;
    const text = await makeKeyText(format, "test");
    expect(await entryOf(format, text.replace("sk_test_", "sk_live_"))).toBeNull();
  });

  it("does not fit the part of a key text that another entry made", async () => {
    const { format } = DEMO_APIS.deframe;
    const text = await makeKeyText(format, "production", createKeyring([MASTER_B]));
    expect(await entryOf(format, text)).toBeNull();
  });

  it("fits neither a beginning of it nor more than it", async () => {
    const unsigned = "prod_key_0123456789ABabcdefghijklmnopqrstuv";
    const tag = await KEYRING.tag("a", "base62", unsigned);
    expect(await KEYRING.findEntry("base62", unsigned, tag.slice(0, -1))).toBeNull();
    expect(await KEYRING.findEntry("base62", unsigned, `${tag}0`)).toBeNull();
    expect(await KEYRING.findEntry("base62", unsigned, "")).toBeNull();
  });
});

describe("mutations of a key text", () => {
  const rows = mutations.cases;
  let ran = 0;

  test.each(rows)("$id of base62 is refused: $why", async ({ op }) => {
    ran += 1;
    const { format } = DEMO_APIS.deframe;
    const text = await makeKeyText(format, "production");
    const mutant = await mutate(op, text, "prod_key_", "dev_key_");
    expect(mutant).not.toBe(text);
    expect(await entryOf(format, mutant)).toBeNull();
  });

  test.each(rows)("$id of hex is refused: $why", async ({ op }) => {
    ran += 1;
    const { format } = DEMO_APIS.subfrost;
    const text = await makeKeyText(format, "live");
    const mutant = await mutate(op, text, "", "sk_live_");
    expect(mutant).not.toBe(text);
    expect(await entryOf(format, mutant)).toBeNull();
  });

  it("ran 8 mutations of both alphabets", () => {
    expect(ran).toBe(16);
  });
});

describe("a keyring with two entries", () => {
  const rotated = createKeyring([MASTER_B, MASTER_A]);

  it("makes everything new with its first entry", async () => {
    const { format } = DEMO_APIS.deframe;
    const text = await makeKeyText(format, "production", rotated);
    expect(await entryOf(format, text, rotated)).toBe("b");
  });

  it("still verifies what the old entry made", async () => {
    const { format } = DEMO_APIS.deframe;
    expect(await entryOf(format, await makeKeyText(format, "production"), rotated)).toBe("a");
  });

  it("hashes an old text as the old keyring did, so that it is found", async () => {
    const text = "prod_key_0123456789ABabcdefghijklmnopqrstuvzDNGms";
    expect(await rotated.hash("a", text)).toBe(await KEYRING.hash("a", text));
    expect(await rotated.hash("b", text)).not.toBe(await KEYRING.hash("a", text));
  });

  it("refuses the old texts once their entry is gone", async () => {
    const { format } = DEMO_APIS.deframe;
    const text = await makeKeyText(format, "production");
    expect(await entryOf(format, text, createKeyring([MASTER_B]))).toBeNull();
  });

  it("does not hash with an entry it does not have", async () => {
    await expect(KEYRING.hash("b", "text")).rejects.toThrow('no entry "b" in MASTER_KEYS');
  });
});

describe("what is stored for good", () => {
  it("has the check tag of HMAC-SHA-256 under HKDF-SHA-256 of the entry", async () => {
    const base62 = await KEYRING.tag("a", "base62", "prod_key_0123456789ABabcdefghijklmnopqrstuv");
    const hex = await KEYRING.tag("a", "hex", "0123456789abcdef01234567");
    expect([base62, hex]).toEqual(["zDNGms", "4bb4216b"]);
  });

  it("has the hash of HMAC-SHA-256 under HKDF-SHA-256 of the entry", async () => {
    expect(await KEYRING.hash("a", "0123456789abcdef012345674bb4216b")).toBe(
      "tthgqJ4t2Y6gcdvcA1DaYR1Psd7NXKPkWDLgnW3aQTQ",
    );
  });

  it("has the seal of HMAC-SHA-256 under HKDF-SHA-256 of the entry", async () => {
    expect(await KEYRING.seal("a", "k1:abc", "{}")).toBe(
      "BMdqmHfY7lnca2r5EMXKV89KWmM8t7Qptoyvx3LzUM4",
    );
  });

  it("uses a key of its own for each purpose", async () => {
    const hash = await KEYRING.hash("a", "name\nvalue");
    expect(await KEYRING.seal("a", "name", "value")).not.toBe(hash);
  });
});

describe("the seal of a stored value", () => {
  it("verifies for the name and the value it was made for", async () => {
    expect(await KEYRING.verifySeal("a", "k1:x", "{}", await sealOf("k1:x", "{}"))).toBe(true);
  });

  test.each([
    ["another name", "a", "k1:y", "{}"],
    ["another value", "a", "k1:x", "[]"],
    ["an entry that is gone", "b", "k1:x", "{}"],
  ])("does not verify for %s", async (_, entry, name, value) => {
    const mac = await sealOf("k1:x", "{}");
    expect(await KEYRING.verifySeal(entry, name, value, mac)).toBe(false);
  });

  it("does not verify when it is cut short or empty", async () => {
    const mac = await sealOf("k1:x", "{}");
    expect(await KEYRING.verifySeal("a", "k1:x", "{}", mac.slice(0, 16))).toBe(false);
    expect(await KEYRING.verifySeal("a", "k1:x", "{}", new Uint8Array(0))).toBe(false);
  });
});

it("names its entries, the first one first", () => {
  expect(createKeyring([MASTER_B, MASTER_A]).entryIds).toEqual(["b", "a"]);
});

describe("an encrypted text", () => {
  const rotated = createKeyring([MASTER_B, MASTER_A]);

  it("is read back by its keyring, and by one with a newer first entry", async () => {
    const encrypted = await KEYRING.encrypt("prod_key_é", "key_1");
    expect(await KEYRING.decrypt(encrypted, "key_1")).toBe("prod_key_é");
    expect(await rotated.decrypt(encrypted, "key_1")).toBe("prod_key_é");
  });

  it("names the first entry, and is another one each time", async () => {
    const [one, two] = [await rotated.encrypt("t", "c"), await rotated.encrypt("t", "c")];
    expect(one).toMatch(/^b\.[\w-]{16}\.[\w-]{23}$/);
    expect(two).not.toBe(one);
  });

  it("stays readable: what was stored once decrypts under the same entry", async () => {
    expect(await KEYRING.decrypt(STORED, "key_1")).toBe("text");
  });

  it("is not read for another context", async () => {
    expect(await KEYRING.decrypt(await KEYRING.encrypt("t", "key_1"), "key_2")).toBeNull();
  });

  it("is not read once its entry is gone, nor as another entry's", async () => {
    const encrypted = await KEYRING.encrypt("t", "c");
    expect(await createKeyring([MASTER_B]).decrypt(encrypted, "c")).toBeNull();
    expect(await rotated.decrypt(encrypted.replace("a.", "b."), "c")).toBeNull();
  });

  test.each(["", "a", "a.", "a..", "a.AAAAAAAAAAAAAAAA", "a.*.AAAA", "a.AAAA.*", ".AAAA.AAAA"])(
    "is none in the form %j",
    async (text) => {
      expect(await KEYRING.decrypt(text, "c")).toBeNull();
    },
  );

  it("is not read after any of its characters was changed", async () => {
    const encrypted = await KEYRING.encrypt("t", "c");
    const flipped = encrypted.slice(0, 5) + (encrypted[5] === "A" ? "B" : "A") + encrypted.slice(6);
    expect(await KEYRING.decrypt(flipped, "c")).toBeNull();
  });
});

it("without an entry a seal is the first one's, and verifies under any", async () => {
  const rotated = createKeyring([MASTER_B, MASTER_A]);
  expect(await rotated.seal(null, "n", "v")).toBe(await rotated.seal("b", "n", "v"));
  const old = decodeBase64(await KEYRING.seal("a", "n", "v")) ?? new Uint8Array(0);
  expect(await rotated.verifySeal(null, "n", "v", old)).toBe(true);
  expect(await rotated.verifySeal("b", "n", "v", old)).toBe(false);
});

it("of two entries each is there", () => {
  const rotated = createKeyring([MASTER_B, MASTER_A]);
  expect([rotated.has("a"), rotated.has("b")]).toEqual([true, true]);
});

it("an entry is there until it is taken out", () => {
  expect([KEYRING.has("a"), KEYRING.has("gone")]).toEqual([true, false]);
});

import { describe, expect, it, test } from "vitest";
import {
  CHAIN_START,
  chainHash,
  differenceOf,
  findBrokenLink,
  type AuditEntry,
  type ChainedEntry,
} from "../../src/core/audit.ts";

function entryOf(seq: number, changes: Partial<AuditEntry> = {}): AuditEntry {
  return {
    seq,
    atMs: 1_795_190_400_000,
    actor: "operator",
    action: "key.create",
    target: "key_0123456789AB",
    before: null,
    after: { name: "Production" },
    requestId: "req_1",
    ...changes,
  };
}

/** A chain of entries numbered from `first`, and the hash before it. */
async function chainOf(length: number, first = 1): Promise<readonly ChainedEntry[]> {
  const chain: ChainedEntry[] = [];
  let hash = CHAIN_START;
  for (let seq = first; seq < first + length; seq += 1) {
    hash = await chainHash(hash, entryOf(seq));
    chain.push({ ...entryOf(seq), hash });
  }
  return chain;
}

describe("the link of an entry", () => {
  it("is the SHA-256 of the hash before it, a line break and its members as a JSON list", async () => {
    expect(await chainHash(CHAIN_START, entryOf(1))).toBe(
      "a9283b89b23bbd2498e1ed87a7bc83e568f440dd904a0d62416d24f0f769b19d",
    );
  });

  it("begins with 64 zeros", () => {
    expect(CHAIN_START).toBe("0000000000000000000000000000000000000000000000000000000000000000");
  });
});

describe("a chain", () => {
  it("of none, one or several entries is whole", async () => {
    expect(await findBrokenLink(CHAIN_START, [])).toBeNull();
    expect(await findBrokenLink(CHAIN_START, await chainOf(1))).toBeNull();
    expect(await findBrokenLink(CHAIN_START, await chainOf(4))).toBeNull();
  });

  it("may begin with any entry, given the hash before it", async () => {
    const [first, ...rest] = await chainOf(4);
    expect(await findBrokenLink(first?.hash ?? "", rest)).toBeNull();
    expect(await findBrokenLink(CHAIN_START, rest)).toBe(2);
  });

  test.each<[string, Partial<ChainedEntry>]>([
    ["another time", { atMs: 1_795_190_400_001 }],
    ["another actor", { actor: "member:acc_1" }],
    ["another action", { action: "key.revoke" }],
    ["another target", { target: "key_000000000000" }],
    ["another value before", { before: {} }],
    ["another value after", { after: { name: "Staging" } }],
    ["another request", { requestId: "req_2" }],
    ["another hash", { hash: CHAIN_START }],
  ])("is broken at the entry that was given %s", async (_, changes) => {
    const chain = await chainOf(4);
    const third = { ...entryOf(3), hash: chain[2]?.hash ?? "", ...changes };
    const altered = chain.toSpliced(2, 1, third);
    expect(await findBrokenLink(CHAIN_START, altered)).toBe(3);
  });

  it("is broken where an entry was taken out", async () => {
    const chain = await chainOf(4);
    const shortened = chain.filter(({ seq }) => seq !== 2);
    expect(await findBrokenLink(CHAIN_START, shortened)).toBe(2);
  });

  it("is broken where a number is left out, however well the hashes fit", async () => {
    const first = await chainOf(1);
    const hash = await chainHash(first[0]?.hash ?? "", entryOf(3));
    expect(await findBrokenLink(CHAIN_START, [...first, { ...entryOf(3), hash }])).toBe(2);
  });
});

describe("the difference of a change", () => {
  it("has the members that differ, as they were and as they are", () => {
    const before = { name: "A", enabled: true, limits: { minute: 1 } };
    const after = { name: "B", enabled: true, limits: { minute: 2 } };
    expect(differenceOf(before, after)).toEqual({
      before: { name: "A", limits: { minute: 1 } },
      after: { name: "B", limits: { minute: 2 } },
    });
  });

  it("has null where a member was not there, or is not there any more", () => {
    expect(differenceOf({ a: 1 }, { b: 2 })).toEqual({
      before: { a: 1, b: null },
      after: { a: null, b: 2 },
    });
  });

  it("is empty when nothing differs", () => {
    expect(differenceOf({ a: [1] }, { a: [1] })).toEqual({ before: {}, after: {} });
  });
});

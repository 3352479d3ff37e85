import { describe, expect, it, test } from "vitest";
import { changeKey, type KeyChange } from "../../src/core/key-change.ts";
import { makeKey } from "../support/records.ts";

const NOW = 1_795_190_400_000;

function rotation(hash: string, graceSeconds: number): KeyChange {
  const text = { hash, entry: "a", untilMs: null };
  return { kind: "rotate", text, last4: "9999", graceSeconds };
}

describe("a patch", () => {
  it("replaces the members it names and raises the version", () => {
    const key = makeKey({ version: 4, limits: { minute: 1, hour: 2 } });
    const patch = { name: "Staging", limits: { day: 3 } };
    expect(changeKey(key, { kind: "patch", patch }, NOW)).toEqual({ ...key, ...patch, version: 5 });
  });
});

describe("a revocation", () => {
  it("is told with its time and raises the version", () => {
    const key = makeKey({ version: 4 });
    expect(changeKey(key, { kind: "revoke" }, NOW)).toEqual({
      ...key,
      revokedAtMs: NOW,
      version: 5,
    });
  });

  it("of a revoked key changes nothing", () => {
    const key = makeKey({ revokedAtMs: NOW - 1 });
    expect(changeKey(key, { kind: "revoke" }, NOW)).toBe(key);
  });
});

test.each<[string, KeyChange]>([
  ["patched", { kind: "patch", patch: { name: "Staging" } }],
  ["rotated", rotation("hash-2", 0)],
])("a revoked key is not %s", (_, change) => {
  expect(changeKey(makeKey({ revokedAtMs: NOW - 1 }), change, NOW)).toBeNull();
});

describe("a rotation", () => {
  it("puts the new text first and lets the old one work until the grace ends", () => {
    const rotated = changeKey(makeKey({ version: 4 }), rotation("hash-2", 60), NOW);
    expect(rotated).toMatchObject({
      id: "key_0123456789AB",
      last4: "9999",
      rotatedAtMs: NOW,
      version: 5,
      texts: [
        { hash: "hash-2", untilMs: null },
        { hash: "hash-1", untilMs: NOW + 60_000 },
      ],
    });
  });

  it("ends a text that was in its grace at once, and never gives an old one more time", () => {
    const texts = [
      { hash: "hash-3", entry: "a", untilMs: null },
      { hash: "hash-2", entry: "a", untilMs: NOW + 5000 },
      { hash: "hash-1", entry: "a", untilMs: NOW - 5000 },
    ];
    const rotated = changeKey(makeKey({ texts }), rotation("hash-4", 60), NOW);
    expect(rotated?.texts.map(({ hash, untilMs }) => [hash, untilMs])).toEqual([
      ["hash-4", null],
      ["hash-3", NOW + 60_000],
      ["hash-2", NOW],
      ["hash-1", NOW - 5000],
    ]);
  });

  it("that was done already changes nothing when it is asked for again", () => {
    const key = makeKey();
    expect(changeKey(key, rotation("hash-1", 60), NOW)).toBe(key);
  });

  it("of a key that has no text yet gives it its first", () => {
    const rotated = changeKey(makeKey({ texts: [] }), rotation("hash-1", 60), NOW);
    expect(rotated?.texts.map(({ hash }) => hash)).toEqual(["hash-1"]);
  });

  it("leaves the key no more than ten texts, the newest ones", () => {
    const texts = Array.from({ length: 10 }, (_, index) => {
      return { hash: `old-${index}`, entry: "a", untilMs: index === 0 ? null : 1 };
    });
    const hashes = changeKey(makeKey({ texts }), rotation("new", 60), NOW)?.texts.map(
      ({ hash }) => hash,
    );
    expect(hashes).toHaveLength(10);
    expect([hashes?.at(0), hashes?.at(-1)]).toEqual(["new", "old-8"]);
  });
});

import { expect, it } from "vitest";
import type { KeyIdentity } from "../../src/gateway/exchange.ts";
import { createTextMemory } from "../../src/gateway/text-memory.ts";

const IDENTITY = { keyId: "key_a", textHash: "hash", entry: "t1" };

it("a text is known for ten seconds, in its own API, and in no other spelling", () => {
  const memory = createTextMemory<KeyIdentity>(10);
  memory.note("a", "text", IDENTITY, 1000);
  expect(memory.find("a", "text", 10_999)).toBe(IDENTITY);
  expect(memory.find("b", "text", 1000)).toBeNull();
  expect(memory.find("a", "Text", 1000)).toBeNull();
  expect(memory.find("a", "text", 11_000)).toBeNull();
});

it("a text that is noted again is known for ten seconds more", () => {
  const memory = createTextMemory<KeyIdentity>(10);
  memory.note("a", "text", IDENTITY, 0);
  memory.note("a", "text", IDENTITY, 9000);
  expect(memory.find("a", "text", 18_999)).toBe(IDENTITY);
});

it("the text that was noted first makes room", () => {
  const memory = createTextMemory<KeyIdentity>(2);
  for (const text of ["1", "2", "3"]) memory.note("a", text, IDENTITY, 0);
  expect(["1", "2", "3"].map((text) => memory.find("a", text, 0) !== null)).toEqual([
    false,
    true,
    true,
  ]);
});

it("texts whose time is over are not kept until their room is needed", () => {
  const memory = createTextMemory<KeyIdentity>(10);
  memory.note("a", "old", IDENTITY, 0);
  memory.note("a", "new", IDENTITY, 10_000);
  // A clock that stepped back would find what was only hidden.
  expect(memory.find("a", "old", 0)).toBeNull();
});

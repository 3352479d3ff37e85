import { describe, expect, it } from "vitest";
import { createBoundedMap } from "../../src/core/bounded-map.ts";

describe("a bounded map", () => {
  it("answers null for what was never set", () => {
    expect(createBoundedMap(2).get("a")).toBeNull();
  });

  it("drops the entry that was set first when it is full", () => {
    const map = createBoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("c", 3);
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([null, 2, 3]);
  });

  it("drops nothing when an entry that it has is set again", () => {
    const map = createBoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    expect([map.get("a"), map.get("b")]).toEqual([3, 2]);
  });
});

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

  it("drops as many as weigh what is too much, and one that is too heavy alone", () => {
    const map = createBoundedMap<string>(5, (text) => text.length);
    map.set("a", "11");
    map.set("b", "22");
    map.set("c", "333");
    expect([map.get("a"), map.get("b"), map.get("c")]).toEqual([null, "22", "333"]);
    map.set("b", "1");
    map.set("d", "4");
    expect([map.get("b"), map.get("c"), map.get("d")]).toEqual(["1", "333", "4"]);
    map.set("e", "555555");
    expect(["b", "c", "d", "e"].map((name) => map.get(name))).toEqual([null, null, null, null]);
    map.set("f", "55555");
    expect(map.get("f")).toBe("55555");
  });

  it("drops nothing when an entry that it has is set again", () => {
    const map = createBoundedMap<number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    expect([map.get("a"), map.get("b")]).toEqual([3, 2]);
  });
});

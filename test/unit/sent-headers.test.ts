import { expect, it } from "vitest";
import { readHeaders } from "../../src/core/sent-headers.ts";

it("headers are known by their names in lower case, and by no other", () => {
  const headers = readHeaders(new Headers({ "X-Api-Key": "k", "X-Empty": "" }));
  expect([headers.get("x-api-key"), headers.get("x-empty"), headers.get("x-other")]).toEqual([
    "k",
    "",
    null,
  ]);
  expect([headers.has("x-empty"), headers.has("x-other")]).toEqual([true, false]);
});

it("lines of one name are one value, also where the platform keeps them apart", () => {
  const lines = new Headers([
    ["set-cookie", "a=1"],
    ["set-cookie", "b=2"],
    ["x-twice", "1"],
    ["x-twice", "2"],
  ]);
  const seen: (readonly [string, string])[] = [];
  readHeaders(lines).forEach((value, name) => seen.push([name, value]));
  expect(seen).toEqual([
    ["set-cookie", "a=1, b=2"],
    ["x-twice", "1, 2"],
  ]);
});

it("headers are as they were when they were read", () => {
  const headers = new Headers({ "x-a": "1" });
  const read = readHeaders(headers);
  headers.set("x-a", "2");
  expect(read.get("x-a")).toBe("1");
});

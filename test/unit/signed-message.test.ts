import { describe, expect, it, test } from "vitest";
import {
  explainSignature,
  findFormMistake,
  formatSignedMessage,
} from "../../src/core/signed-message.ts";
import { toBytes } from "../support/sign-request.ts";

const NOW = 1_795_190_400_000;

function findMistake(body: Uint8Array | string, pathWithQuery = "/orders"): string | null {
  const parts = { method: "POST", pathWithQuery, timestamp: String(NOW), body: toBytes(body) };
  const isCurrent = (timestamp: string): boolean => Math.abs(Number(timestamp) - NOW) <= 300_000;
  return findFormMistake(parts, formatSignedMessage(parts), isCurrent);
}

test.each([
  ["nothing", ""],
  ["an object", '{"a":1}'],
  ["an array", "[1,2]"],
  ["a string", '"text"'],
  ["true", "true"],
  ["false", "false"],
  ["null", "null"],
  ["an object after every blank of JSON", ' \t\r\n{"a":1}\n'],
  ["an object that does not parse", "{"],
  ["a string with bytes that are not UTF-8", Uint8Array.of(0x22, 0xff, 0x22)],
  ["a timestamp in a string", '{"at":"1795190400000"}'],
  ["a timestamp before an object", '[1795190400000, {"a":1}]'],
])("a body of %s may be signed", (_, body) => {
  expect(findMistake(body)).toBeNull();
});

test.each([
  ["a number", "5"],
  ["a negative number", "-5"],
  ["a form", "a=1"],
  ["a word with a blank", "null "],
  ["a blank and a word", " true"],
  ["a word in another case", "True"],
  ["a word and more", "nullify"],
  ["blanks alone", "  \n"],
  ["an object after a byte order mark", "\ufeff{}"],
  ["an object after a blank that JSON does not have", "\u00a0{}"],
  ["an object after a NUL", "\0{}"],
])("a body of %s is not of the page's form", (_, body) => {
  expect(findMistake(body)).toContain("must have no body");
});

test.each(['/a"b', "/a b", "/a<b", "/a>b", "/a#b", "/a\u007fb", "/\u00e9", "orders", ""])(
  "%j is no path that a URL parser makes",
  (path) => {
    expect(findMistake("{}", path)).not.toBeNull();
  },
);

describe("a message with two splits", () => {
  test.each([
    ["300 s ago", "/s?since=1795190100000{x}"],
    ["300 s ahead", "/s?since=1795190700000[0]"],
    ["behind other digits", "/p/00001795190400000["],
  ])("is refused where the path has a timestamp %s", (_, path) => {
    expect(findMistake('{"a":1}', path)).toContain("read as another request");
  });

  test.each([
    ["out of the window in the past", "/s?since=1795190099999{x}"],
    ["out of the window in the future", "/s?since=1795190700001{x}"],
    ["of 14 digits, the last 13 of another time", "/p/17951904000000["],
    ["that ends a segment", "/p/1795190400000/42"],
    ["that ends the path", "/p/1795190400000"],
    ["in brackets", "/p?ids[1795190400000]=1"],
  ])("is not what a path makes with digits %s", (_, path) => {
    expect(findMistake('{"a":1}', path)).toBeNull();
  });

  test.each([
    ["an object", '[1795190400001{"a":1}'],
    ["an array", "[1795190400001[]"],
    ["a string", '[1795190400001"a"'],
    ["a word", "[1795190400001null"],
    ["an object after blanks", "[1795190400001 \n{}"],
    ["an object, the digits being of no time near", '[0000000000000{"a":1}'],
  ])("is refused where the body has 13 digits before %s", (_, body) => {
    expect(findMistake(body)).toContain("read as another request");
  });
});

describe("the explanation of a signature", () => {
  it("says everything that was signed here", async () => {
    const explanation = await explainSignature({
      method: "POST",
      pathWithQuery: "/orders?x=1",
      timestamp: "1795190400000",
      body: toBytes('{"name":"Zo\u00eb"}'),
    });
    expect(explanation).toEqual({
      method: "POST",
      pathWithQuery: "/orders?x=1",
      timestamp: "1795190400000",
      bodyBytes: 15,
      bodySha256: "6bd0ee7972d372ec1f8a3cc44302e5449751305d73c2b69b5a79c62f88a4ca77",
      messageBytes: 43,
      message: 'POST/orders?x=11795190400000{"name":"Zo\u00eb"}',
    });
  });

  it("of a request without a body says that null was signed", async () => {
    const explanation = await explainSignature({
      method: "GET",
      pathWithQuery: "/strategies",
      timestamp: "1795190400000",
      body: new Uint8Array(0),
    });
    expect(explanation.bodyBytes).toBe(0);
    expect(explanation.bodySha256).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(explanation.message).toBe("GET/strategies1795190400000null");
  });

  it("of a long message shows the first and the last 1,024 bytes", async () => {
    const explanation = await explainSignature({
      method: "PUT",
      pathWithQuery: "/",
      timestamp: "1795190400000",
      body: toBytes(`["${"a".repeat(3000)}${"b".repeat(3000)}"]`),
    });
    expect(explanation.messageBytes).toBe(6021);
    expect(explanation.message).toBe(
      `PUT/1795190400000["${"a".repeat(1005)}…${"b".repeat(1022)}"]`,
    );
  });
});

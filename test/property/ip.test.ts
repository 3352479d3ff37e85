import * as fc from "fast-check";
import { expect, it } from "vitest";
import { matchesRange, parseAddress, parseRange } from "../../src/core/ip.ts";
import { checkProperty } from "../support/check-property.ts";

const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
const group = fc.oneof(fc.constantFrom(0, 0, 1, 0xffff), fc.integer({ min: 0, max: 0xffff }));
const groups = fc.oneof(
  fc.array(group, { minLength: 8, maxLength: 8 }),
  fc.tuple(group, group).map(([high, low]) => [0, 0, 0, 0, 0, 0xffff, high, low]),
);

/** How to write one IPv6 address: all that RFC 4291 section 2.2 leaves open. */
const writing = fc.record({
  upperCase: fc.array(fc.boolean(), { minLength: 8, maxLength: 8 }),
  digits: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 8, maxLength: 8 }),
  dottedTail: fc.boolean(),
  /** What `::` stands for, if those groups are zero. */
  shortenFrom: fc.nat({ max: 7 }),
  shortenCount: fc.nat({ max: 8 }),
});
type Writing = typeof writing extends fc.Arbitrary<infer T> ? T : never;

function write(address: readonly number[], how: Writing): string {
  const parts = address.map((value, index) => {
    const hex = value.toString(16).padStart(how.digits[index] ?? 1, "0");
    return how.upperCase[index] === true ? hex.toUpperCase() : hex;
  });
  const end = how.shortenFrom + how.shortenCount;
  const short = how.shortenCount > 0 && end <= 8 && isZero(address, how.shortenFrom, end);
  if (how.dottedTail && !(short && end > 6)) {
    const bytes = address.slice(6).flatMap((value) => [value >> 8, value & 255]);
    parts.splice(6, 2, bytes.join("."));
  }
  if (!short) return parts.join(":");
  return `${parts.slice(0, how.shortenFrom).join(":")}::${parts.slice(end).join(":")}`;
}

function isZero(address: readonly number[], from: number, end: number): boolean {
  return address.slice(from, end).every((value) => value === 0);
}

/** The slow reference: an address as the text of its bits. */
function bitsOf(numbers: readonly number[], width: number): string {
  return numbers.map((value) => value.toString(2).padStart(width, "0")).join("");
}

function flip(bits: string, index: number): string {
  return bits.slice(0, index) + (bits[index] === "0" ? "1" : "0") + bits.slice(index + 1);
}

function numbersOf(bits: string, width: number): readonly number[] {
  return Array.from({ length: bits.length / width }, (_, index) =>
    Number.parseInt(bits.slice(index * width, (index + 1) * width), 2),
  );
}

function hexOf(bits: string): string {
  const numbers = numbersOf(bits, 16);
  return numbers.map((value) => value.toString(16)).join(":");
}

function holds(range: string, address: string): boolean {
  const [parsedRange, parsedAddress] = [parseRange(range), parseAddress(address)];
  if (parsedRange === null || parsedAddress === null) throw new Error(`${range} or ${address}`);
  return matchesRange(parsedRange, parsedAddress);
}

/** The pairs worth comparing: unrelated, the same, and one bit apart on either side of the prefix. */
function secondAddress(bits: string, other: string, prefix: number, kind: number): string {
  return [other, bits, flip(bits, Math.max(prefix - 1, 0)), flip(bits, prefix)][kind] ?? other;
}

it("an IPv4 range holds the addresses that begin with its bits", () => {
  const prefixes = fc.integer({ min: 0, max: 32 });
  checkProperty(
    fc.property(octets, octets, prefixes, fc.nat({ max: 3 }), (one, two, prefix, kind) => {
      fc.pre(kind !== 3 || prefix < 32);
      const bits = bitsOf(one, 8);
      const second = secondAddress(bits, bitsOf(two, 8), prefix, kind);
      const address = numbersOf(second, 8).join(".");
      const expected = second.slice(0, prefix) === bits.slice(0, prefix);
      expect(holds(`${one.join(".")}/${prefix}`, address)).toBe(expected);
      expect(holds(`${one.join(".")}/${prefix}`, `::ffff:${address}`)).toBe(expected);
      expect(holds(`::ffff:${one.join(".")}/${prefix + 96}`, address)).toBe(expected);
    }),
    1000,
  );
});

it("an IPv6 range holds the addresses that begin with its bits", () => {
  const prefixes = fc.integer({ min: 0, max: 128 });
  const native = groups.map(([, ...rest]) => [0x2001, ...rest]);
  checkProperty(
    fc.property(native, native, prefixes, fc.nat({ max: 3 }), (one, two, prefix, kind) => {
      fc.pre(kind !== 3 || prefix < 128);
      const bits = bitsOf(one, 16);
      const second = secondAddress(bits, bitsOf(two, 16), prefix, kind);
      const expected = second.slice(0, prefix) === bits.slice(0, prefix);
      expect(holds(`${hexOf(bits)}/${prefix}`, hexOf(second))).toBe(expected);
    }),
    1000,
  );
});

it("every spelling of an IPv6 address is that address", () => {
  checkProperty(
    fc.property(groups, writing, (address, how) => {
      const words = numbersOf(bitsOf(address, 16), 32);
      const mapped = isZero(address, 0, 5) && address[5] === 0xffff;
      const expected = { words: mapped ? words.slice(3) : words };
      expect(parseAddress(write(address, how))).toEqual(expected);
    }),
    3000,
  );
});

it("what is an IPv6 address here is one for the URL parser, and the other way round", () => {
  const piece = fc.constantFrom(
    "::",
    ":",
    "0",
    "1",
    "ab",
    "F00d",
    "12345",
    "1.2.3.4",
    "1.2.3",
    ".",
  );
  const pieces = fc.array(piece, { maxLength: 16 }).map((all) => all.join(""));
  const edited = fc
    .tuple(groups, writing, fc.nat({ max: 44 }), fc.nat({ max: 2 }), piece)
    .map(([address, how, at, removed, added]) => {
      const text = write(address, how);
      return text.slice(0, at) + added + text.slice(at + removed);
    });
  checkProperty(
    fc.property(fc.oneof(pieces, edited), (text) => {
      fc.pre(text.includes(":"));
      const url = URL.parse(`http://[${text}]/`);
      expect(parseAddress(text)).toEqual(url && parseAddress(url.hostname.slice(1, -1)));
      expect(parseAddress(text) === null).toBe(url === null);
    }),
    3000,
  );
});

it("any text is read or refused, never thrown at", () => {
  const anything = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.array(fc.constantFrom(".", ":", "::", "/", "%", "0", "00", "255", "256", "f"), {
      maxLength: 20,
    }),
  );
  checkProperty(
    fc.property(anything, (given) => {
      const text = typeof given === "string" ? given : given.join("");
      expect([1, 4, undefined]).toContain(parseAddress(text)?.words.length);
      const range = parseRange(text);
      if (range === null) return;
      expect(range.prefix).toBeGreaterThanOrEqual(0);
      expect(range.prefix).toBeLessThanOrEqual(range.words.length * 32);
    }),
    3000,
  );
});

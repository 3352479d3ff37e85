import { expect, it, test } from "vitest";
import { matchesRange, parseAddress, parseRange } from "../../src/core/ip.ts";

function matches(range: string, address: string): boolean | null {
  const [parsedRange, parsedAddress] = [parseRange(range), parseAddress(address)];
  return parsedRange && parsedAddress && matchesRange(parsedRange, parsedAddress);
}

test.each<[string, readonly number[]]>([
  ["0.0.0.0", [0]],
  ["255.255.255.255", [0xffffffff]],
  ["203.0.113.7", [0xcb007107]],
  ["::", [0, 0, 0, 0]],
  ["::1", [0, 0, 0, 1]],
  ["1::", [0x10000, 0, 0, 0]],
  ["2001:db8::8:800:200c:417a", [0x20010db8, 0, 0x00080800, 0x200c417a]],
  ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff]],
  ["1:2:3:4:5:6:7::", [0x10002, 0x30004, 0x50006, 0x70000]],
  ["::2:3:4:5:6:7:8", [0x2, 0x30004, 0x50006, 0x70008]],
  ["::10.1.2.3", [0, 0, 0, 0x0a010203]],
  ["0:0:1:0:0:ffff:10.1.2.3", [0, 0x10000, 0xffff, 0x0a010203]],
  ["1:0:0:0:0:ffff:10.1.2.3", [0x10000, 0, 0xffff, 0x0a010203]],
  [
    "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
  ],
  ["64:ff9b::192.0.2.33", [0x64ff9b, 0, 0, 0xc0000221]],
  ["1:2:3:4:5:6:255.255.255.255", [0x10002, 0x30004, 0x50006, 0xffffffff]],
])("reads %s", (text, words) => {
  expect(parseAddress(text)).toEqual({ words });
});

test.each([
  "::ffff:10.1.2.3",
  "::FFFF:10.1.2.3",
  "::ffff:a01:203",
  "0:0:0:0:0:ffff:0a01:0203",
  "0000:0000:0000:0000:0000:ffff:10.1.2.3",
])("%s is the IPv4 address 10.1.2.3", (text) => {
  expect(parseAddress(text)).toEqual(parseAddress("10.1.2.3"));
});

test.each([
  "",
  " ",
  " 10.0.0.1",
  "10.0.0.1\n",
  "10.0.0",
  "10.0.0.",
  ".10.0.0.1",
  "10..0.1",
  "10.0.0.1.",
  "10.0.0.01",
  "10.0.0.00",
  "10.0.0.1e1",
  "10.0.0.+1",
  "10.0.0.-0",
  "0x0a.0.0.1",
  "167772161",
  "10.0.0.1/8",
  "10,0,0,1",
  "١٠.0.0.1",
  "999.0.0.1",
  ":",
  ":::",
  "1:::2",
  ":1",
  "1:",
  ":1::2",
  "1::2:",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:",
  "1:2:3:4:5:6:7:8::",
  "::1:2:3:4:5:6:7:8",
  "1:2:3:4::5:6:7:8",
  "1:2:3:4:5:6:7:1.2.3.4",
  "::1.2.3",
  "::1.2.3.04",
  "::1.2.3.4:5",
  "1.2.3.4::",
  "1.2.3.4:5:6:7:8:9:a:b",
  "::00001",
  "::g",
  "::-1",
  "fe80::1%eth0",
  "fe80::1%251",
  "[::1]",
  "::1 ",
  "::1/128",
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeNull();
});

test.each([
  "",
  "/",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/99999999999",
  "10.0.0.0/8/8",
  "10.0.0.0/ 8",
  "10.0.0.0 /8",
  "10.0.0.0/8 ",
  "10.0.0.0/+8",
  "10.0.0.0/1e1",
  "10.0.0.0/00",
  "10.0.0.0/255.0.0.0",
  "10.0.0.0-10.0.0.255",
  "10.0.0.0\\8",
  "10/8",
  "::/",
  "::/0128",
  "fe80::1%eth0/64",
])("%j is no range", (text) => {
  expect(parseRange(text)).toBeNull();
});

test.each([
  ["10.1.2.3/8", "10.9.9.9"],
  ["10.1.2.3/31", "10.1.2.2"],
  ["10.1.2.3/0", "255.255.255.255"],
  ["128.0.0.0/1", "255.0.0.0"],
  ["2001:db8::/33", "2001:db8:7fff::"],
  ["2001:db8::5/64", "2001:db8::ffff:0:0:1"],
  ["2001:db8:0:0:8000::/65", "2001:db8::ffff:0:0:1"],
  ["::ffff:10.1.2.3/128", "10.1.2.3"],
  ["::ffff:10.1.2.3/96", "1.2.3.4"],
])("%s holds %s", (range, address) => {
  expect(matches(range, address)).toBe(true);
});

test.each([
  ["10.1.2.3/31", "10.1.2.4"],
  ["2001:db8::/33", "2001:db8:8000::"],
  ["2001:db8::/64", "2001:db8:0:1::"],
  ["2001:db8:0:0:8000::/65", "2001:db8::7fff:0:0:1"],
  ["::/0", "10.1.2.3"],
  ["::/0", "::ffff:10.1.2.3"],
  ["0.0.0.0/0", "::"],
  ["0.0.0.0/0", "::10.1.2.3"],
  ["::ffff:0:0/96", "::fffe:a01:203"],
])("%s does not hold %s", (range, address) => {
  expect(matches(range, address)).toBe(false);
});

it("an IPv4-mapped address with a prefix under 96 is a range of neither family", () => {
  expect(parseRange("::ffff:10.0.0.0/8")).toBeNull();
  expect(parseRange("::ffff:0:0/95")).toBeNull();
  expect(parseRange("::ffff:0:0/96")).toEqual({ words: [0], prefix: 0 });
});

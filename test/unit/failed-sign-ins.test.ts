import { expect, it, test } from "vitest";
import { addFailure, addressBlock, secondsToWait } from "../../src/core/failed-sign-ins.ts";

const NOW = 1_795_190_400_000;

test.each([
  [1, 0, null],
  [10, 59_999, null],
  [11, 0, 60],
  [11, 500, 60],
  [11, 59_001, 1],
  [11, 59_999, 1],
  [5000, 1000, 59],
])("after %i attempts, %i ms after the first, one waits %j s", (count, laterMs, seconds) => {
  expect(secondsToWait({ openedAtMs: NOW, count }, NOW + laterMs)).toBe(seconds);
});

it("attempts of one minute are counted together", () => {
  const first = addFailure(null, NOW);
  expect(addFailure(first, NOW + 59_999)).toEqual({ openedAtMs: NOW, count: 2 });
});

test.each([60_000, 3_600_000, -1])("a minute that began %i ms ago is over", (laterMs) => {
  const before = { openedAtMs: NOW, count: 10 };
  expect(addFailure(before, NOW + laterMs)).toEqual({ openedAtMs: NOW + laterMs, count: 1 });
});

test.each([
  ["203.0.113.7", "cb007107"],
  ["::ffff:203.0.113.7", "cb007107"],
  ["2001:db8:1:2:3:4:5:6", "20010db800010002"],
  ["2001:db8:1:2::", "20010db800010002"],
  ["2001:DB8:1:2:ffff::1", "20010db800010002"],
  ["2001:db8:1:3::", "20010db800010003"],
  [null, "unknown"],
  ["", "unknown"],
  ["203.0.113.7, 203.0.113.8", "unknown"],
])("the address %j is counted as %s", (address, block) => {
  expect(addressBlock(address)).toBe(block);
});

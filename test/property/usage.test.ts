import * as fc from "fast-check";
import { expect, it } from "vitest";
import { latencyRange, percentilesOf } from "../../src/core/latency.ts";
import {
  addTally,
  addToMinute,
  countAnswer,
  keepTop,
  startHour,
  startTally,
  sumCounts,
  sumMinutes,
  type Counts,
  type Tally,
} from "../../src/core/usage.ts";
import { labelEndpoint } from "../../src/core/usage-endpoint.ts";
import { packHour, unpackHour } from "../../src/core/usage-pack.ts";
import { checkProperty } from "../support/check-property.ts";

const counts: fc.Arbitrary<Counts> = fc.dictionary(
  fc.string({ minLength: 1, maxLength: 6 }).filter((name) => name !== "__proto__"),
  fc.integer({ min: 1, max: 1_000_000 }),
  { noNullPrototype: true },
);
const tally: fc.Arbitrary<Tally> = fc.record({
  requests: fc.nat(1_000_000),
  refused: counts,
  status: counts,
  latency: counts,
});

function total(of: Counts): number {
  return Object.values(of).reduce((sum, count) => sum + count, 0);
}

it("adds in any grouping and order to the same", () => {
  checkProperty(
    fc.property(tally, tally, tally, (a, b, c) => {
      const left = addTally(addTally(a, b), c);
      expect(addTally(a, addTally(b, c))).toEqual(left);
      expect(addTally(addTally(c, b), a)).toEqual(left);
    }),
    500,
  );
});

it("loses nothing to `other`, and has no more names than it may", () => {
  checkProperty(
    fc.property(counts, counts, fc.integer({ min: 1, max: 10 }), (a, b, most) => {
      const kept = keepTop(sumCounts([a, b]), most);
      expect(total(kept)).toBe(total(a) + total(b));
      expect(Object.keys(kept).length).toBeLessThanOrEqual(most + 1);
    }),
    500,
  );
});

it("sums up to what was noted, whichever minute it was noted in, stored or not", () => {
  const answers = fc.array(
    fc.record({
      minute: fc.integer({ min: -100, max: 200 }),
      status: fc.integer({ min: 100, max: 599 }),
      milliseconds: fc.nat(100_000),
    }),
    { maxLength: 200 },
  );
  checkProperty(
    fc.property(answers, (seen) => {
      const usage = startHour(0);
      for (const { minute, status, milliseconds } of seen) {
        const answer = startTally();
        countAnswer(answer, status, milliseconds, null);
        addToMinute(usage, minute, answer);
      }
      const stored = unpackHour(packHour(usage)) ?? startHour(0);
      expect(total(sumMinutes(stored).status)).toBe(seen.length);
      expect(total(sumMinutes(stored).latency)).toBe(seen.length);
      expect(Object.keys(stored.minutes).length).toBeLessThanOrEqual(60);
    }),
    300,
  );
});

it("puts percentiles in order, each within the range that it fell in", () => {
  checkProperty(
    fc.property(fc.array(fc.nat(29_999), { minLength: 1, maxLength: 100 }), (times) => {
      const ranges = times.map((time) => ({ [latencyRange(time)]: 1 }));
      const { p50, p95, p99 } = percentilesOf(sumCounts(ranges));
      expect([p50, p95, p99]).toEqual([p50, p95, p99].toSorted((a, b) => (a ?? 0) - (b ?? 0)));
      const sorted = times.toSorted((a, b) => a - b);
      const exact = sorted[Math.ceil(0.95 * sorted.length) - 1] ?? 0;
      expect(latencyRange(p95 ?? -1)).toBe(latencyRange(exact));
    }),
    500,
  );
});

it("names any endpoint in a few characters", () => {
  checkProperty(
    fc.property(fc.webPath(), (pathname) => {
      expect(labelEndpoint({ method: "GET", pathname }).length).toBeLessThanOrEqual(120);
    }),
    500,
  );
});

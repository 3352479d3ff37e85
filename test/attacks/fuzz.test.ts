/** Random requests from the grammar of all attacks, twice: with a fixed seed and with a new one. */
import { afterEach, expect, test, vi } from "vitest";
import { fuzz } from "../support/fuzz.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([20_261_120, Math.trunc(Math.random() * 2 ** 32)])(
  "A128: 2,500 random requests with seed %i break no rule",
  { timeout: 120_000 },
  async (seed) => {
    const { statuses, forwarded } = await fuzz(2500, seed);
    // The run has reached the origin, and every kind of refusal.
    expect(forwarded).toBeGreaterThan(250);
    for (const status of [200, 400, 401, 403, 404, 405]) {
      expect(statuses.get(status) ?? 0).toBeGreaterThan(5);
    }
  },
);

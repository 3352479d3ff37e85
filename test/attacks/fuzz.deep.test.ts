/** A million random requests from the grammar of all attacks. */
import { afterEach, expect, it, vi } from "vitest";
import { fuzz } from "../support/fuzz.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

it("A128: 1,000,000 random requests break no rule", { timeout: 3_600_000 }, async () => {
  const { forwarded } = await fuzz(1_000_000, Math.trunc(Math.random() * 2 ** 32));
  expect(forwarded).toBeGreaterThan(100_000);
});

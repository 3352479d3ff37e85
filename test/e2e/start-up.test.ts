import { expect, it } from "vitest";
import { measureStartUp } from "../../bench/start-up.ts";

it("the way of an API's request is at most 40 KB of gzipped code", async () => {
  const { gatewayPath, atStart, inAll } = await measureStartUp();
  expect(gatewayPath).toBeGreaterThan(10 * 1024);
  expect(gatewayPath).toBeLessThanOrEqual(40 * 1024);
  // What is loaded when it is asked for was told apart.
  expect(inAll).toBeGreaterThan(atStart + 20 * 1024);
});

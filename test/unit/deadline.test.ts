import { afterEach, expect, it, vi } from "vitest";
import { DeadlineExceeded, withDeadline } from "../../src/core/deadline.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("a promise in time settles as it does", async () => {
  await expect(withDeadline(Promise.resolve("value"), 1000)).resolves.toBe("value");
  await expect(withDeadline(Promise.reject(new Error("outage")), 1000)).rejects.toThrow("outage");
});

it("a promise that is late is given up at the deadline and not before", async () => {
  vi.useFakeTimers();
  const settled = vi.fn<(reason: unknown) => void>();
  withDeadline(Promise.withResolvers<never>().promise, 300).catch(settled);
  await vi.advanceTimersByTimeAsync(299);
  expect(settled).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect(settled).toHaveBeenCalledExactlyOnceWith(expect.any(DeadlineExceeded));
});

it("no timer is left behind", async () => {
  vi.useFakeTimers();
  await withDeadline(Promise.resolve(), 300);
  expect(vi.getTimerCount()).toBe(0);
});

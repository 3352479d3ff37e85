import { afterEach, describe, expect, it, vi } from "vitest";
import { Deadline, DeadlineExceeded, withDeadline } from "../../src/core/deadline.ts";

afterEach(() => {
  vi.restoreAllMocks();
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

describe("one deadline for one wait after another", () => {
  const never = Promise.withResolvers<never>().promise;

  function waitFor(deadline: Deadline, milliseconds: number): ReturnType<typeof vi.fn> {
    const settled = vi.fn<(reason: unknown) => void>();
    deadline.wait(never, milliseconds).catch(settled);
    return settled;
  }

  it("sets one timer for those that are in time", async () => {
    vi.useFakeTimers();
    const set = vi.spyOn(globalThis, "setTimeout");
    const deadline = new Deadline();
    await deadline.wait(Promise.resolve(), 1000);
    await deadline.wait(Promise.resolve(), 30_000);
    deadline.end();
    expect(set).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("ends a longer wait at its own time, counted from its own start", async () => {
    vi.useFakeTimers();
    const deadline = new Deadline();
    await deadline.wait(Promise.resolve(), 1000);
    await vi.advanceTimersByTimeAsync(400);
    const settled = waitFor(deadline, 3000);
    await vi.advanceTimersByTimeAsync(2999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalledExactlyOnceWith(expect.any(DeadlineExceeded));
  });

  it("ends a shorter wait at its own time", async () => {
    vi.useFakeTimers();
    const deadline = new Deadline();
    await deadline.wait(Promise.resolve(), 1000);
    const settled = waitFor(deadline, 50);
    await vi.advanceTimersByTimeAsync(49);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalledOnce();
  });

  it("ends also where the clock stands still", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    vi.spyOn(Date, "now").mockReturnValue(0);
    const settled = waitFor(new Deadline(), 300);
    await vi.advanceTimersByTimeAsync(300);
    expect(settled).toHaveBeenCalledOnce();
  });

  it("ends nothing once it has ended", async () => {
    vi.useFakeTimers();
    const deadline = new Deadline();
    const settled = waitFor(deadline, 300);
    deadline.end();
    await vi.advanceTimersByTimeAsync(1000);
    expect(settled).not.toHaveBeenCalled();
  });
});

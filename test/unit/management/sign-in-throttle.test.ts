import { expect, it, vi } from "vitest";
import type { FailedSignIns } from "../../../src/core/failed-sign-ins.ts";
import { Unavailable } from "../../../src/core/ports.ts";
import {
  createSignInThrottle,
  type SignInThrottle,
} from "../../../src/management/sign-in-throttle.ts";

const NOW = 1_795_190_400_000;

/** A throttle whose deployment counts as `count` says, and how often it was asked. */
function createThrottle(count: () => Promise<FailedSignIns>): {
  readonly fail: (address: string, times?: number) => Promise<readonly (number | null)[]>;
  readonly count: ReturnType<typeof vi.fn>;
  readonly logged: string[];
  nowMs: number;
} {
  const counter = vi.fn(count);
  const logged: string[] = [];
  const made = {
    count: counter,
    logged,
    nowMs: NOW,
    async fail(address: string, times = 1) {
      const waits: (number | null)[] = [];
      for (let i = 0; i < times; i += 1) {
        const refusal = await throttle(address, "req_1");
        waits.push(refusal === null ? null : (refusal.retryAfterSeconds ?? 0));
      }
      return waits;
    },
  };
  const throttle: SignInThrottle = createSignInThrottle({
    signInFailures: { count: counter },
    log: (_level, event, fields) => void logged.push(`${event} ${JSON.stringify(fields)}`),
    now: () => made.nowMs,
  });
  return made;
}

async function countOne(): Promise<FailedSignIns> {
  return { openedAtMs: NOW, count: 1 };
}

async function fail(): Promise<never> {
  throw new Unavailable("directory");
}

it("the tenth attempt in vain is told why it failed, the eleventh is to wait", async () => {
  const throttle = createThrottle(countOne);
  expect(await throttle.fail("203.0.113.7", 10)).toEqual(Array.from({ length: 10 }, () => null));
  expect(await throttle.fail("203.0.113.7")).toEqual([60]);
});

it("attempts elsewhere count too, and are asked about once", async () => {
  const throttle = createThrottle(async () => ({ openedAtMs: NOW - 20_000, count: 11 }));
  expect(await throttle.fail("203.0.113.7", 3)).toEqual([40, 40, 40]);
  expect(throttle.count.mock.calls).toEqual([["cb007107"]]);
});

it("after the minute the next ten are told again", async () => {
  const throttle = createThrottle(countOne);
  await throttle.fail("203.0.113.7", 20);
  throttle.nowMs = NOW + 60_000;
  expect(await throttle.fail("203.0.113.7")).toEqual([null]);
});

it("where the count cannot be had attempts are counted here", async () => {
  const throttle = createThrottle(fail);
  expect((await throttle.fail("203.0.113.7", 11)).at(-1)).toBe(60);
  expect((await throttle.fail("203.0.113.7", 11)).at(0)).toBe(60);
});

it("one address does not slow another", async () => {
  const throttle = createThrottle(countOne);
  await throttle.fail("203.0.113.7", 20);
  expect(await throttle.fail("203.0.113.8")).toEqual([null]);
});

it("a flood from 1,000 addresses asks for the count 200 times in a minute", async () => {
  const throttle = createThrottle(countOne);
  for (let address = 0; address < 1000; address += 1) {
    await throttle.fail(`10.0.${address >> 8}.${address & 255}`);
  }
  expect(throttle.count).toHaveBeenCalledTimes(200);
  throttle.nowMs = NOW + 60_000;
  await throttle.fail("203.0.113.7");
  expect(throttle.count).toHaveBeenCalledTimes(201);
});

it("the log says that it began, without address or credential", async () => {
  const throttle = createThrottle(async () => ({ openedAtMs: NOW, count: 11 }));
  await throttle.fail("203.0.113.7", 5);
  expect(throttle.logged).toEqual(['sign_in_throttled {"request_id":"req_1"}']);
});

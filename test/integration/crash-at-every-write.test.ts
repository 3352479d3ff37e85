/**
 * The same schedule again and again, and each time the key's object crashes at the next of its writes:
 * before it, before it is on the disk, or when it is, until a schedule has no such write any more.
 */
import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CRASH_POINTS, crashAtWrite, type CrashPoint } from "../support/crash.ts";
import { openEdge } from "../support/edge.ts";
import { keyStateOf, makeKey } from "../support/gateway.ts";
import { catchLog } from "../support/log.ts";
import { signed } from "../support/signing-key.ts";

const BEGIN = Date.UTC(2090, 0, 1);
/** For twenty schedules, on a machine that has other things to do. */
const SLOW = { timeout: 120_000 };

const LIMIT = 30;
/** What a crash may cost: a tenth of the limit. */
const BLOCK = 3;
const BURSTS = 7;
const BURST = 6;
/** After this burst the key rests, and the alarm gives back what is left of its block. */
const REST_AFTER = 3;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: BEGIN });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Ran {
  /** How many requests were answered with each status. */
  readonly answered: Readonly<Record<number, number>>;
  readonly forwarded: number;
  /** Writes in the first life of the object. */
  readonly writes: number;
}

/** The key's alarm; one that crashes comes again. */
async function ring(id: string): Promise<void> {
  vi.setSystemTime(Date.now() + 8000);
  try {
    await runDurableObjectAlarm(keyStateOf(id));
  } catch {
    await runDurableObjectAlarm(keyStateOf(id));
  }
}

/** Sends more than the limit in bursts, from places that remember nothing, with one crash and one rest. */
async function runSchedule(n: number, point: CrashPoint, atOnce: number): Promise<Ran> {
  const { id, key } = await makeKey({ limits: { day: LIMIT } });
  const countWrites = await crashAtWrite(id, n, point);
  const answered: Record<number, number> = {};
  let forwarded = 0;
  for (let burst = 0; burst < BURSTS; burst += 1) {
    const edge = openEdge();
    for (let sent = 0; sent < BURST; sent += atOnce) {
      const answers = await Promise.all(Array.from({ length: atOnce }, () => edge.ask(key)));
      for (const { status } of answers) answered[status] = (answered[status] ?? 0) + 1;
    }
    forwarded += edge.forwarded;
    if (burst === REST_AFTER) await ring(id);
    else vi.setSystemTime(Date.now() + 500);
  }
  return { answered, forwarded, writes: countWrites() };
}

test.each(CRASH_POINTS.flatMap((point) => [1, BURST].map((atOnce) => ({ point, atOnce }))))(
  "a crash $point any write, $atOnce at once, never adds to a limit and takes a block at most",
  SLOW,
  async ({ point, atOnce }) => {
    catchLog();
    // Each request that waits for the object when it crashes is counted again, when it was counted before.
    const least = LIMIT - BLOCK - (atOnce - 1);
    let n = 0;
    let ran: Ran;
    do {
      n += 1;
      ran = await runSchedule(n, point, atOnce);
      const { answered, forwarded } = ran;
      const at = `crash ${point} write ${n}`;
      expect(forwarded, at).toBe(answered[200]);
      expect(forwarded, at).toBeLessThanOrEqual(LIMIT);
      expect(forwarded, at).toBeGreaterThanOrEqual(least);
      expect(Object.keys(answered), at).toEqual(["200", "429"]);
    } while (ran.writes >= n);
    expect(ran.forwarded).toBe(LIMIT);
    // Single writes while the key is quiet, blocks afterwards, two alarms, what was given back.
    expect(n).toBeGreaterThan(10);
    expect(n).toBeLessThan(LIMIT);
  },
);

test.each(CRASH_POINTS)(
  "a crash %s any write leaves each signature good for one request",
  SLOW,
  async (point) => {
    catchLog();
    let n = 0;
    let writes: number;
    do {
      n += 1;
      const made = await makeKey();
      const countWrites = await crashAtWrite(made.id, n, point);
      const edge = openEdge();
      for (let message = 0; message < 8; message += 1) {
        const body = `{"n":${message}}`;
        const [, init] = await signed(made, { method: "POST", path: "/strategies", body });
        const copies = [await edge.ask(made.key, init), await edge.ask(made.key, init)];
        expect(copies.map(({ status }) => status)).toEqual([200, 401]);
      }
      expect(edge.forwarded).toBe(8);
      writes = countWrites();
    } while (writes >= n);
    expect(n).toBeGreaterThan(8);
  },
);

/** A month of heavy use: how much a key's object keeps of it, and how fast it tells. */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, expect, it, vi } from "vitest";
import type { KeyState } from "../../src/adapters/key-state.ts";
import { readDecision } from "../../src/core/decision-format.ts";
import { makeCall } from "../support/decide-call.ts";
import { makeKey, keyStateOf, manage } from "../support/gateway.ts";
import { restAndEvict } from "../support/settle-counts.ts";
import { usageOf } from "../support/usage.ts";

const MINUTES = 60_000;
const DAY_MS = 86_400_000;
const REQUESTS = 1_000_000;
const DAYS = 30;

afterEach(() => vi.useRealTimers());

it(
  "1,000,000 requests in 30 days leave less than 2 MB, and every query of them takes under 50 ms",
  { timeout: 30 * MINUTES },
  async () => {
    const { id } = await makeKey({ limits: { second: 1_000_000 } });
    const startMs = Math.floor(Date.now() / DAY_MS) * DAY_MS + DAY_MS;
    vi.useFakeTimers({ toFake: ["Date"], now: startMs });
    const bytes = await runInDurableObject(keyStateOf(id), async (object, { storage }) => {
      const state = object as KeyState;
      const record = state.describe()?.record;
      if (record === undefined) throw new Error("the key has no record");
      const textHash = record.key.texts[0]?.hash ?? "";
      for (let sent = 0; sent < REQUESTS; sent += 1) {
        const nowMs = startMs + Math.floor((sent * DAYS * DAY_MS) / REQUESTS);
        vi.setSystemTime(nowMs);
        const random = (sent * 2_654_435_761) % 4_294_967_296;
        const tally = {
          requests: 0,
          refused: {},
          status: { [random % 50 === 0 ? "5xx" : "2xx"]: 1 },
          latency: { [random % 20]: 1 },
        };
        const { outcome } = readDecision(
          await state.decide(
            makeCall(
              {
                textHash,
                version: null,
                country: "DE",
                seen: [{ minute: Math.floor(nowMs / 60_000), tally }],
              },
              {
                ip: `10.${random % 3}.${random % 251}.${random % 241}`,
                endpoint: {
                  method: "GET",
                  pathname: `/v1/${"abcdefgh"[random % 8]}/e${random % 97}`,
                },
                api: record.api,
              },
            ),
          ),
        );
        if (outcome !== "admitted") throw new Error(`request ${sent} was ${outcome}`);
      }
      return storage.sql.databaseSize;
    });
    expect(bytes).toBeLessThan(2_000_000);

    await restAndEvict(keyStateOf(id));
    vi.useFakeTimers({ toFake: ["Date"], now: startMs + DAYS * DAY_MS - 1 });
    const from = new Date(startMs).toISOString();
    const lastDays = new Date(startMs + (DAYS - 2) * DAY_MS).toISOString();
    for (const query of [`?interval=hour&from=${from}`, `?interval=day&from=${from}`]) {
      expect((await usageOf(id, query)).totals.requests).toBe(REQUESTS);
    }
    expect((await usageOf(id, `?interval=minute&from=${lastDays}`)).buckets).toHaveLength(2880);
    const asked = [
      { format: 1, fromMs: startMs, toMs: startMs + DAYS * DAY_MS, interval: "hour" },
      { format: 1, fromMs: startMs, toMs: startMs + DAYS * DAY_MS, interval: "day" },
      {
        format: 1,
        fromMs: startMs + (DAYS - 2) * DAY_MS,
        toMs: startMs + DAYS * DAY_MS,
        interval: "minute",
      },
    ] as const;
    const times = await runInDurableObject(keyStateOf(id), (object) =>
      asked.map((each) => {
        const before = performance.now();
        (object as KeyState).readUsage(each);
        return performance.now() - before;
      }),
    );
    expect(Math.max(...times)).toBeLessThan(50);
    expect((await manage("GET", `/api-keys/${id}`)).body.data?.["request_count"]).toBe(REQUESTS);
  },
);

/** Traffic of a shape, told by a key's object every five minutes and judged as an account's object does. */
import { evaluate, nextEndMs, type AlertEvent } from "../../src/core/alert.ts";
import { NOTHING_SEEN, SLOT_MS, type Digest } from "../../src/core/alert-digest.ts";
import { DEFAULT_RULES, type AlertRules } from "../../src/core/alert-rules.ts";
import { UNTOLD, type AlertState } from "../../src/core/alert-state.ts";

/** A Monday, 2026-11-23T00:00:00Z. */
export const START_MS = Date.UTC(2026, 10, 23);
const HOUR_MS = 3_600_000;

/** What comes in the five minutes that begin so many hours after the start. */
export interface Traffic {
  readonly requests?: number;
  readonly errors?: number;
  readonly ips?: readonly string[];
  readonly countries?: readonly string[];
  readonly percentOfLimit?: number;
}

/** Replays traffic and answers with what is told of some rules: `day 3 07:05 high_volume started`. */
export function replay(
  days: number,
  trafficAt: (hours: number) => Traffic | null,
  rules: AlertRules = DEFAULT_RULES,
): readonly string[] {
  return replayEvents(days, trafficAt, rules).map(describeEvent);
}

/** The same, with all that is told. */
export function replayEvents(
  days: number,
  trafficAt: (hours: number) => Traffic | null,
  rules: AlertRules = DEFAULT_RULES,
): readonly AlertEvent[] {
  let state: AlertState = UNTOLD;
  const told: AlertEvent[] = [];
  const judge = (message: Parameters<typeof evaluate>[2], nowMs: number): void => {
    // What is stored between two calls is what the next one goes on from.
    const stored = JSON.parse(JSON.stringify(state)) as AlertState;
    const { state: next, events } = evaluate(rules, stored, message, nowMs);
    state = next;
    told.push(...events);
  };
  for (let startMs = START_MS; startMs < START_MS + days * 24 * HOUR_MS; startMs += SLOT_MS) {
    const endMs = startMs + SLOT_MS - 1;
    // The alarm comes when something may be over, and again while it is not.
    for (let dueMs = nextEndMs(state); dueMs !== null && dueMs <= endMs; dueMs = nextEndMs(state)) {
      const before = dueMs;
      judge(null, Math.max(dueMs, startMs));
      if (nextEndMs(state) === before) throw new Error("the alarm would come for ever");
    }
    const traffic = trafficAt((startMs - START_MS) / HOUR_MS);
    if (traffic !== null) {
      judge({ format: 1, key: "key_1", digest: toDigest(traffic, startMs), oldText: null }, endMs);
    }
  }
  return told;
}

function toDigest(traffic: Traffic, startMs: number): Digest {
  const { requests = 10, errors = 0, percentOfLimit } = traffic;
  return {
    ...NOTHING_SEEN,
    requests: { [Math.floor(startMs / HOUR_MS)]: requests },
    answers: { [Math.floor(startMs / SLOT_MS)]: [requests, errors] },
    ips: traffic.ips ?? ["203.0.113.7"],
    countries: traffic.countries ?? ["DE"],
    fullest: percentOfLimit === undefined ? null : { window: "minute", percent: percentOfLimit },
  };
}

/** An event by day and time since the start. */
export function describeEvent({ atMs, rule, phase }: AlertEvent): string {
  const day = Math.floor((atMs - START_MS) / (24 * HOUR_MS));
  const time = new Date(atMs).toISOString().slice(11, 16);
  return `day ${day} ${time} ${rule} ${phase}`;
}

/**
 * Requests that were refused before a key was recognised: how many of each API and why, by the hour, and
 * the addresses that most of them came from. Nothing of what they presented is kept.
 */
import { countName, HOUR_MS, keepTop, OTHER, sumCounts, type Counts } from "./usage.ts";
import type { Reason } from "./refusal.ts";

/** Addresses that are told apart, in an hour of an API. */
const MAX_IPS = 20;

/** One hour, by its number since 1970, of one API. */
export interface StrayHour {
  readonly hour: number;
  /** Refusals by reason. */
  readonly refused: Counts;
  readonly ips: Counts;
}

/** What an isolate has gathered, by API. */
export type Strays = readonly ({ readonly api: string } & StrayHour)[];

/** What is known of a span, hour by hour. */
export type StraysFound = readonly StrayHour[];

/** One more refused request. */
export function noteStray(
  strays: Strays,
  api: string,
  reason: Reason,
  ip: string | null,
  nowMs: number,
): Strays {
  const hour = Math.floor(nowMs / HOUR_MS);
  const known = strays.find((each) => each.api === api && each.hour === hour);
  const { refused, ips } = known ?? { refused: {}, ips: {} };
  const noted = {
    api,
    hour,
    refused: countName(refused, reason),
    ips: ip === null ? ips : countIp(ips, ip),
  };
  return [...strays.filter((each) => each !== known), noted];
}

/** The sum of the same hour from two sides. */
export function addStrays(a: StrayHour, b: StrayHour): StrayHour {
  return {
    hour: a.hour,
    refused: sumCounts([a.refused, b.refused]),
    ips: keepTop(sumCounts([a.ips, b.ips]), MAX_IPS),
  };
}

function countIp(ips: Counts, ip: string): Counts {
  const room = ips[ip] !== undefined || Object.keys(ips).length < MAX_IPS;
  return countName(ips, room ? ip : OTHER);
}

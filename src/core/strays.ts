/**
 * Requests that were refused before a key was recognised: how many of each API and why, by the hour, and
 * the addresses that most of them came from. Nothing of what they presented is kept.
 */
import {
  countOne,
  HOUR_MS,
  isAddressLike,
  keepTop,
  OTHER,
  sumCounts,
  type Counts,
} from "./usage.ts";
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

/** The same while it goes on: counted in place, since a flood of junk is what it is there for. */
export interface OpenStrays {
  readonly api: string;
  readonly hour: number;
  readonly refused: Record<string, number>;
  readonly ips: Record<string, number>;
}

/** What is known of a span, hour by hour. */
export type StraysFound = readonly StrayHour[];

/** One more refused request. */
export function noteStray(
  strays: OpenStrays[],
  api: string,
  reason: Reason,
  ip: string | null,
  nowMs: number,
): void {
  const hour = Math.floor(nowMs / HOUR_MS);
  let noted = strays.find((each) => each.api === api && each.hour === hour);
  if (noted === undefined) strays.push((noted = { api, hour, refused: {}, ips: {} }));
  countOne(noted.refused, reason);
  if (ip !== null && isAddressLike(ip)) countOne(noted.ips, hasRoom(noted.ips, ip) ? ip : OTHER);
}

/** The sum of the same hour from two sides. */
export function addStrays(a: StrayHour, b: StrayHour): StrayHour {
  return {
    hour: a.hour,
    refused: sumCounts([a.refused, b.refused]),
    ips: keepTop(sumCounts([a.ips, b.ips]), MAX_IPS),
  };
}

function hasRoom(ips: Counts, ip: string): boolean {
  return ips[ip] !== undefined || Object.keys(ips).length < MAX_IPS;
}

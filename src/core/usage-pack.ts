/**
 * Usage as it is stored: JSON without member names, with a version. What cannot be read is taken for
 * nothing: statistics never stand in a request's way.
 */
import { keepTops, type HourUsage, type OpenHour, type Tally, type Tops } from "./usage.ts";

const VERSION = 1;
/** Names that a stored span keeps, of each kind. */
const NAMES_KEPT = 10;

type OpenCounts = Record<string, number>;
type PackedTally = readonly [
  requests: number,
  refused: OpenCounts,
  status: OpenCounts,
  latency: OpenCounts,
];
type PackedTops = readonly [endpoints: OpenCounts, ips: OpenCounts, countries: OpenCounts];

/** The sums of an hour or a day, and what it was for. */
export interface Span {
  readonly tally: Tally;
  readonly tops: Tops;
}

/** Writes the hour that goes on. */
export function packHour({ hour, minutes, tops }: HourUsage): string {
  return JSON.stringify([VERSION, hour, packMinutesOf(minutes), packTops(tops)]);
}

/** Reads the hour that went on, `null` when there is none or it is of another version. */
export function unpackHour(stored: string | null): OpenHour | null {
  const unpacked = parse(stored);
  if (unpacked === null) return null;
  const [, hour, minutes, tops] = unpacked as [number, number, PackedMinutes, PackedTops];
  return { hour, minutes: unpackMinutesOf(minutes), tops: unpackTops(tops) };
}

/** Writes the minutes of an hour. */
export function packMinutes(minutes: HourUsage["minutes"]): string {
  return JSON.stringify([VERSION, packMinutesOf(minutes)]);
}

/** Reads the minutes of an hour. */
export function unpackMinutes(stored: string): HourUsage["minutes"] {
  const unpacked = parse(stored);
  return unpacked === null ? {} : unpackMinutesOf(unpacked[1] as PackedMinutes);
}

/** Writes a span with its most frequent names. */
export function packSpan({ tally, tops }: Span): string {
  return JSON.stringify([VERSION, packTally(tally), packTops(keepTops(tops, NAMES_KEPT))]);
}

/** Reads a span, `null` when it is of another version. */
export function unpackSpan(stored: string): Span | null {
  const unpacked = parse(stored);
  if (unpacked === null) return null;
  const [, tally, tops] = unpacked as [number, PackedTally, PackedTops];
  return { tally: unpackTally(tally), tops: unpackTops(tops) };
}

type PackedMinutes = readonly (readonly [minute: number, tally: PackedTally])[];

function packMinutesOf(minutes: HourUsage["minutes"]): PackedMinutes {
  return Object.entries(minutes).map(([minute, tally]) => [Number(minute), packTally(tally)]);
}

function unpackMinutesOf(packed: PackedMinutes): HourUsage["minutes"] {
  return Object.fromEntries(packed.map(([minute, tally]) => [minute, unpackTally(tally)]));
}

function packTally({ requests, refused, status, latency }: Tally): PackedTally {
  return [requests, refused, status, latency];
}

function unpackTally([requests, refused, status, latency]: PackedTally): Tally {
  return { requests, refused, status, latency };
}

function packTops({ endpoints, ips, countries }: Tops): PackedTops {
  return [endpoints, ips, countries];
}

function unpackTops([endpoints, ips, countries]: PackedTops): Tops {
  return { endpoints, ips, countries };
}

function parse(stored: string | null): readonly unknown[] | null {
  if (stored === null) return null;
  try {
    const unpacked: unknown = JSON.parse(stored);
    return Array.isArray(unpacked) && unpacked[0] === VERSION ? unpacked : null;
  } catch {
    return null;
  }
}

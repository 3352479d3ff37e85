/** Numbers and times as people read them, in their own language and time zone. */
import type { Limits } from "./types.ts";

const NUMBER = new Intl.NumberFormat();
const DATE_TIME = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });

const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

/** A count with its thousands set apart. */
export function formatNumber(value: number): string {
  return NUMBER.format(value);
}

/** A moment by date and time of day. */
export function formatMoment(iso: string): string {
  return DATE_TIME.format(new Date(iso));
}

/** How long ago, or from now, a moment is. */
export function formatAgo(iso: string, nowMs: number = Date.now()): string {
  const difference = Date.parse(iso) - nowMs;
  const unit = UNITS.find(([, ms]) => Math.abs(difference) >= ms);
  if (unit === undefined) return difference <= 0 ? "just now" : "in less than a minute";
  return RELATIVE.format(Math.round(difference / unit[1]), unit[0]);
}

/** Limits in one line, e.g. `100 a minute, 1,000 an hour`. */
export function formatLimits(limits: Limits | null): string {
  const parts = Object.entries(limits ?? {}).map(
    ([name, limit]) => `${formatNumber(limit)} ${name === "hour" ? "an" : "a"} ${name}`,
  );
  return parts.length === 0 ? "not limited" : parts.join(", ");
}

/** A name of the API's as words, e.g. `high_error_rate` as `High error rate`, `new_ip` as `New IP`. */
export function formatName(name: string): string {
  const words = name.replaceAll("_", " ").replace(/\bip(?=s?\b)/, "IP");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

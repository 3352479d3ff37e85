/** Dates and times as management takes and gives them: ISO 8601, with a zone in what it takes. */

/** The form of what is taken; whether there is such a day is `parseDateTime`'s to say. */
export const DATE_TIME =
  /^(\d{4})-(\d{2})-(\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

/** Epoch milliseconds of a date and time with its zone; `null` for any other text or no such day. */
export function parseDateTime(text: string): number | null {
  const [, year, month, day] = DATE_TIME.exec(text) ?? [];
  const ms = Date.parse(text);
  if (year === undefined || Number.isNaN(ms)) return null;
  // `Date.parse` takes the 30th of February for the 2nd of March.
  const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
  return date.getUTCDate() === Number(day) ? ms : null;
}

/** Writes epoch milliseconds in UTC, e.g. `2027-01-31T12:00:00.000Z`; `null` stays `null`. */
export function formatDateTime(ms: number): string;
export function formatDateTime(ms: number | null): string | null;
export function formatDateTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** The same in whole seconds, e.g. `2027-01-31T12:00:00Z`. */
export function formatWholeSeconds(ms: number): string;
export function formatWholeSeconds(ms: number | null): string | null;
export function formatWholeSeconds(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
}

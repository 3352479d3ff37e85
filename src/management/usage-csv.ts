/**
 * Usage as CSV (RFC 4180), a line for each bucket. What a spreadsheet would take for a formula gets an
 * apostrophe before it.
 */
import type { Answer } from "./answer.ts";
import type { UsageRepresentation } from "./usage-representation.ts";

/** Whether the caller wants CSV: by the parameter `format`, else by its `Accept` header. */
export function wantsCsv(request: Request, format: "json" | "csv" | undefined): boolean {
  if (format !== undefined) return format === "csv";
  return /(?:^|[\s,])text\/csv(?:$|[\s,;])/i.test(request.headers.get("accept") ?? "");
}

/** The file. */
export function answerCsv(usage: UsageRepresentation): Answer {
  const headers = {
    "Content-Type": "text/csv; charset=utf-8; header=present",
    "Content-Disposition": `attachment; filename="usage-${usage.from.slice(0, 10)}.csv"`,
  };
  return { status: 200, body: formatCsv(usage), headers };
}

/** The lines; a column for each class of status and each reason that occurs. */
export function formatCsv({ buckets, totals }: UsageRepresentation): string {
  const classes = Object.keys(totals.status).toSorted();
  const reasons = Object.keys(totals.refused).toSorted();
  const header = [
    "start",
    "requests",
    "refused",
    ...classes.map((name) => `status_${name}`),
    ...reasons.map((reason) => `refused_${reason}`),
    "latency_p50_ms",
    "latency_p95_ms",
    "latency_p99_ms",
  ];
  const lines = buckets.map(({ start, requests, refused, status, latency_ms: latency }) => [
    start,
    requests,
    Object.values(refused).reduce((sum, count) => sum + count, 0),
    ...classes.map((name) => status[name] ?? 0),
    ...reasons.map((reason) => refused[reason] ?? 0),
    latency.p50,
    latency.p95,
    latency.p99,
  ]);
  return [header, ...lines].map((cells) => `${cells.map(formatCell).join(",")}\r\n`).join("");
}

/** One cell of a line. */
export function formatCell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

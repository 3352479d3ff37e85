/** What the Worker and its objects log, kept from the console of the test run. */
import { vi } from "vitest";

/** A line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly event: string;
};

/** Catches every line from now on, until the mocks are restored. */
export function catchLog(): readonly LogLine[] {
  const lines: LogLine[] = [];
  for (const level of ["error", "warn"] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => {
      lines.push(JSON.parse(line) as LogLine);
    });
  }
  return lines;
}

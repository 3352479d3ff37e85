/** Results of scenarios as a table and as JSON. */
import { writeFileSync } from "node:fs";
import type { ScenarioResult } from "../load/scenario.ts";
import { describeMachine, describeVersions } from "../options.ts";
import { formatTarget, meets, targetOf } from "../targets.ts";
import type { Spread } from "./statistics.ts";
import { formatTable } from "./table.ts";

/** Below this the measured process waited for the load, so its number is too low. */
const SATURATED = 0.93;

/** Formats one row for each scenario. */
export function formatScenarios(results: readonly ScenarioResult[]): string {
  const titles = ["scenario", "req/s", "lowest–highest", "CPU µs", "busy", "ratio", "spread", "to"];
  const rows = results.map((result) => {
    const { name, rps, cpuMicros, busy, ratio, base } = result;
    const target = ratio === null ? null : targetOf(name);
    return [
      name,
      rps.median.toFixed(0),
      `${rps.min.toFixed(0)}–${rps.max.toFixed(0)}`,
      cpuMicros > 0 ? cpuMicros.toFixed(0) : "",
      formatBusy(busy),
      ratio?.median.toFixed(2) ?? "",
      ratio === null ? "" : formatSpread(ratio),
      base ?? "",
      ...formatTarget(ratio?.median ?? 0, target),
    ];
  });
  return formatTable([...titles, "target", ""], rows);
}

/** How to read the column. */
export const BUSY_LEGEND =
  "busy: how much of its core the measured process used; with ! it waited, for its load or its disk.";

/** Words how much of its core a process used; nothing when that is not known. */
export function formatBusy(busy: number): string {
  if (busy === 0) return "";
  return `${(busy * 100).toFixed(0)} %${busy < SATURATED ? " !" : ""}`;
}

function formatSpread({ min, max }: Spread): string {
  return `${min.toFixed(2)}–${max.toFixed(2)}`;
}

/** Writes the results, and whatever else was measured, for other programs. */
export function writeJson(
  file: string,
  results: readonly ScenarioResult[],
  further: Readonly<Record<string, unknown>> = {},
): void {
  const scenarios = results.map(({ name, base, rps, ratio, cpuMicros, busy }) => {
    const target = ratio === null ? null : targetOf(name);
    return {
      name,
      base,
      rps,
      ratio: ratio?.median ?? null,
      ratio_spread: ratio,
      cpu_us: cpuMicros,
      busy,
      target,
      met: ratio === null ? null : meets(ratio.median, target),
    };
  });
  const report = {
    machine: describeMachine(),
    versions: describeVersions(),
    scenarios,
    ...further,
  };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** Ratios as bars with their targets: an SVG that reads on light and on dark pages. */
import type { ScenarioResult } from "../load/scenario.ts";
import { targetOf } from "../targets.ts";

const WIDTH = 760;
const ROW = 30;
const LEFT = 190;
const TOP = 46;
/** A ratio of 1 is so wide. */
const UNIT = 380;

const STYLE = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .small { font-size: 11px; fill: #59636e; }
  .bar { fill: #2f6fde; } .missed { fill: #c4432b; } .free { fill: #8c96a3; }
  .target { stroke: #1f2328; stroke-width: 2; } .one { stroke: #8c96a3; stroke-dasharray: 3 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f3f6; } .small { fill: #9aa4b0; }
    .bar { fill: #6ea1ff; } .missed { fill: #ff8a73; } .free { fill: #6b7683; }
    .target { stroke: #f0f3f6; }
  }`;

/** Draws every scenario that has a ratio. */
export function formatChart(results: readonly ScenarioResult[]): string {
  const rows = results.filter(({ ratio }) => ratio !== null);
  const height = TOP + rows.length * ROW + 16;
  const one = LEFT + UNIT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>Requests per second, as ratios to what stands in the authorizer's place</title>`,
    `<style>${STYLE}\n</style>`,
    `<text x="8" y="18">Requests per second as a ratio to the bare case (right); a mark is a target</text>`,
    `<line class="one" x1="${one}" y1="${TOP - 12}" x2="${one}" y2="${height - 12}"/>`,
    `<text class="small" x="${one}" y="${TOP - 16}" text-anchor="middle">1.0</text>`,
    ...rows.map((result, index) => formatBar(result, TOP + index * ROW)),
    "</svg>",
    "",
  ].join("\n");
}

function formatBar({ name, ratio, base }: ScenarioResult, y: number): string {
  const value = ratio?.median ?? 0;
  const target = targetOf(name);
  const bound = target !== null && "atLeast" in target ? target.atLeast : null;
  const kind = bound === null ? "free" : value >= bound ? "bar" : "missed";
  const end = LEFT + Math.min(value, 1.25) * UNIT;
  const mark = LEFT + (bound ?? 0) * UNIT;
  const parts = [
    `<text x="${LEFT - 8}" y="${y + 15}" text-anchor="end">${escapeXml(name)}</text>`,
    `<rect class="${kind}" x="${LEFT}" y="${y + 2}" width="${(end - LEFT).toFixed(1)}" height="18" rx="2"/>`,
    `<text x="${(Math.max(end, mark) + 8).toFixed(1)}" y="${y + 15}">${value.toFixed(2)} <tspan class="small">÷ ${escapeXml(base ?? "")}</tspan></text>`,
  ];
  if (bound !== null) {
    parts.push(`<line class="target" x1="${mark}" y1="${y - 2}" x2="${mark}" y2="${y + 24}"/>`);
  }
  return parts.join("");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(`"`, "&quot;");
}

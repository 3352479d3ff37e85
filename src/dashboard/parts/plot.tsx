/**
 * A plot over time. Dragging zooms in, and so do the buttons; the figures are also there as a table, for
 * whoever does not see the plot.
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import UPlot, { type AlignedData } from "uplot";
import { formatMoment, formatNumber } from "../format.ts";
import type { UsageBucket } from "../types.ts";

/** A line: its name and its value in a stretch of time. */
export type Series = readonly [name: string, read: (bucket: UsageBucket) => number | null];

const HEIGHT = 200;
const DARK = matchMedia("(prefers-color-scheme: dark)");
const COLOURS = ["--plot-1", "--plot-2", "--plot-3", "--plot-4", "--plot-5", "--plot-6"] as const;

/** The plot. Plots of one page move their cursors together. */
export function Plot(props: {
  readonly title: string;
  readonly buckets: readonly UsageBucket[];
  readonly series: readonly Series[];
}): JSX.Element {
  const { title, buckets, series } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot | null>(null);
  const [isZoomed, setZoomed] = useState(false);
  const isDark = useDark();
  const names = series.map(([name]) => name).join("\n");

  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const made = new UPlot(optionsOf(current, names.split("\n")), toData(buckets, series), current);
    plot.current = made;
    const observer = new ResizeObserver(() =>
      made.setSize({ width: current.clientWidth, height: HEIGHT }),
    );
    observer.observe(current);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, isDark]);
  // New figures leave the zoom as it is.
  useEffect(() => plot.current?.setData(toData(buckets, series), !isZoomed), [buckets]);

  const zoom = (factor: number): void => {
    const made = plot.current;
    const { min, max } = made?.scales["x"] ?? {};
    if (made === null || typeof min !== "number" || typeof max !== "number") return;
    const half = ((max - min) / 2) * factor;
    made.setScale("x", { min: (min + max) / 2 - half, max: (min + max) / 2 + half });
    setZoomed(true);
  };
  const reset = (): void => {
    plot.current?.setData(toData(buckets, series), true);
    setZoomed(false);
  };
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div class="actions small">
        <button type="button" aria-label={`Zoom in on ${title}`} onClick={() => zoom(0.5)}>
          +
        </button>
        <button type="button" aria-label={`Zoom out of ${title}`} onClick={() => zoom(2)}>
          −
        </button>
        <button type="button" aria-label={`Show all of ${title}`} onClick={reset}>
          All
        </button>
      </div>
      <div ref={place} class="plot" aria-hidden="true" onMouseUp={() => setZoomed(true)} />
      <details>
        <summary>{title} as a table</summary>
        <div class="scroll" tabIndex={0} role="region" aria-label={`${title} as a table`}>
          <table>
            <thead>
              <tr>
                <th scope="col">Time</th>
                {series.map(([name]) => (
                  <th key={name} scope="col" class="numeric">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {buckets.map((bucket) => (
                <tr key={bucket.start}>
                  <th scope="row">{formatMoment(bucket.start)}</th>
                  {series.map(([name, read]) => {
                    const value = read(bucket);
                    return (
                      <td key={name} class="numeric">
                        {value === null ? "–" : formatNumber(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

/** Whether the page is dark, as it changes: what is drawn does not follow the style by itself. */
function useDark(): boolean {
  const [isDark, setDark] = useState(DARK.matches);
  useEffect(() => {
    const follow = (): void => setDark(DARK.matches);
    DARK.addEventListener("change", follow);
    return () => DARK.removeEventListener("change", follow);
  }, []);
  return isDark;
}

function toData(buckets: readonly UsageBucket[], series: readonly Series[]): AlignedData {
  const times = buckets.map(({ start }) => Date.parse(start) / 1000);
  return [times, ...series.map(([, read]) => buckets.map(read))];
}

function optionsOf(place: HTMLElement, names: readonly string[]): UPlot.Options {
  const style = getComputedStyle(place);
  const colourOf = (name: string): string => style.getPropertyValue(name).trim();
  const axis = { stroke: colourOf("--quiet"), grid: { stroke: colourOf("--line"), width: 1 } };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    cursor: { sync: { key: "usage" }, drag: { x: true, y: false } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min), Math.max(1, max * 1.1)] } },
    axes: [axis, axis],
    series: [
      {},
      ...names.map((name, index) => ({
        label: name,
        stroke: colourOf(COLOURS[index % COLOURS.length] ?? "--plot-1"),
        width: 2,
      })),
    ],
  };
}

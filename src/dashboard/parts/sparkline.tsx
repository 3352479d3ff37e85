/** The requests of a key in the past day as a small line, loaded a few keys at a time. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { formatNumber } from "../format.ts";
import type { Usage } from "../types.ts";
import { loadUsage } from "../usage.ts";

const WIDTH = 96;
const HEIGHT = 24;

/** The line; where there are no statistics, nothing. */
export function Sparkline({ keyId }: { readonly keyId: string }): JSX.Element {
  const [usage, setUsage] = useState<Usage | null>(null);
  useEffect(() => {
    let gone = false;
    const load = async (): Promise<void> => {
      const result = await inTurn(() => loadUsage(`/api-keys/${keyId}`, "day"));
      if (!gone && result.ok) setUsage(result.value);
    };
    void load();
    return () => {
      gone = true;
    };
  }, [keyId]);
  if (usage === null) return <span class="quiet">–</span>;
  const counts = usage.buckets.map(({ requests }) => requests);
  const label = `${formatNumber(usage.totals.requests)} requests in the past day`;
  return (
    <svg class="sparkline" role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`}>
      <title>{label}</title>
      <polyline points={toPoints(counts)} />
    </svg>
  );
}

function toPoints(counts: readonly number[]): string {
  const most = Math.max(1, ...counts);
  const step = WIDTH / Math.max(1, counts.length - 1);
  return counts
    .map((count, index) => `${index * step},${HEIGHT - 2 - (count / most) * (HEIGHT - 4)}`)
    .join(" ");
}

const AT_ONCE = 4;
let running = 0;
const waiting: (() => void)[] = [];

/** Lets a few loads run at once; the others wait. */
async function inTurn<T>(load: () => Promise<T>): Promise<T> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve));
  running += 1;
  try {
    return await load();
  } finally {
    running -= 1;
    waiting.shift()?.();
  }
}

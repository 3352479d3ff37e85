/** The statistics of a key or an account: plots that can be zoomed, and where requests come from and go. */
import "uplot/dist/uPlot.min.css";
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { formatNumber } from "../format.ts";
import { SelectField } from "../parts/field.tsx";
import { Plot, type Series } from "../parts/plot.tsx";
import { Failed, Loading, NotAvailable, Stale } from "../parts/states.tsx";
import { Table } from "../parts/table.tsx";
import type { Usage, UsageBucket } from "../types.ts";
import { loadUsage, RANGES, type Range } from "../usage.ts";
import { useLive } from "../use-live.ts";

/** The part for what is at `path`. */
export function UsagePart({ path }: { readonly path: string }): JSX.Element {
  const [range, setRange] = useState<Range>("day");
  const usage = useLive(`${path} ${range}`, () => loadUsage(path, range));
  const choose = (value: string): void => {
    const found = (Object.keys(RANGES) as readonly Range[]).find((name) => name === value);
    if (found !== undefined) setRange(found);
  };
  if (usage.value === null && usage.failure?.status === 404)
    return <NotAvailable what="Statistics" />;
  return (
    <section aria-label="Usage">
      <SelectField
        label="Show"
        value={range}
        onValue={choose}
        options={Object.entries(RANGES).map(([name, { label }]) => [name, label])}
      />
      {usage.value === null ? (
        usage.failure === null ? (
          <Loading what="statistics" />
        ) : (
          <Failed failure={usage.failure} onRetry={() => void usage.reload()} />
        )
      ) : (
        <Statistics usage={usage.value} />
      )}
      {usage.value === null ? null : <Stale failure={usage.failure} />}
    </section>
  );
}

function Statistics({ usage }: { readonly usage: Usage }): JSX.Element {
  const { buckets, totals } = usage;
  const refused = sum(totals.refused);
  return (
    <>
      {usage.keys_left_out === undefined ? null : (
        <p class="notice warning">
          Of the newest keys alone: {formatNumber(usage.keys_left_out)} older ones are left out.
        </p>
      )}
      <dl class="figures">
        <div>
          <dt>Requests</dt>
          <dd>{formatNumber(totals.requests)}</dd>
        </div>
        <div>
          <dt>Refused</dt>
          <dd>{formatNumber(refused)}</dd>
        </div>
        <div>
          <dt>Server errors</dt>
          <dd>{formatNumber(totals.status["5xx"] ?? 0)}</dd>
        </div>
      </dl>
      <div class="plots">
        <Plot
          title="Requests"
          buckets={buckets}
          series={[["requests", ({ requests }) => requests]]}
        />
        <Plot title="Refusals" buckets={buckets} series={byName(buckets, "refused")} />
        <Plot title="Latency, ms" buckets={buckets} series={LATENCY} />
        <Plot title="Status classes" buckets={buckets} series={byName(buckets, "status")} />
      </div>
      <div class="row">
        <Table
          caption="Top endpoints"
          rows={usage.top_endpoints}
          idOf={({ endpoint }) => endpoint}
          columns={[
            { title: "Endpoint", cell: ({ endpoint }) => <code>{endpoint}</code> },
            { title: "Requests", cell: ({ requests }) => formatNumber(requests), numeric: true },
          ]}
        />
        <Table
          caption="Top addresses"
          rows={usage.top_ips}
          idOf={({ ip }) => ip}
          columns={[
            { title: "IP address", cell: ({ ip }) => <code>{ip}</code> },
            { title: "Requests", cell: ({ requests }) => formatNumber(requests), numeric: true },
          ]}
        />
        <Table
          caption="Top countries"
          rows={usage.top_countries}
          idOf={({ country }) => country}
          columns={[
            { title: "Country", cell: ({ country }) => nameCountry(country) },
            { title: "Requests", cell: ({ requests }) => formatNumber(requests), numeric: true },
          ]}
        />
      </div>
    </>
  );
}

const COUNTRIES = new Intl.DisplayNames("en", { type: "region", fallback: "none" });

/** The name of a country; the platform also has codes that name none, `T1` for Tor among them. */
function nameCountry(code: string): string {
  return /^[A-Z]{2}$/.test(code) ? (COUNTRIES.of(code) ?? code) : code;
}

const LATENCY: readonly Series[] = [
  ["p50", (bucket) => bucket.latency_ms?.p50 ?? null],
  ["p95", (bucket) => bucket.latency_ms?.p95 ?? null],
  ["p99", (bucket) => bucket.latency_ms?.p99 ?? null],
];

/** A line for each name that occurs, in the order of the names; one for all where none does. */
function byName(buckets: readonly UsageBucket[], member: "refused" | "status"): readonly Series[] {
  const names = [...new Set(buckets.flatMap((bucket) => Object.keys(bucket[member])))].toSorted();
  if (names.length === 0) return [["none", () => 0]];
  return names.map((name) => [name, (bucket) => bucket[member][name] ?? 0]);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

/** What an account's alert rules have found, newest first, and whether the webhook has taken it. */
import type { JSX } from "preact";
import { call } from "../api.ts";
import { formatMoment, formatName, formatNumber } from "../format.ts";
import { Moment } from "../parts/moment.tsx";
import { Pager, usePages } from "../parts/pager.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { linkTo } from "../route.ts";
import type { AlertEvent } from "../types.ts";
import { useLive } from "../use-live.ts";

const COLUMNS: readonly Column<AlertEvent>[] = [
  { title: "What", cell: ({ rule }) => formatName(rule) },
  { title: "State", cell: ({ phase }) => <Status status={phase} /> },
  { title: "When", cell: ({ at }) => <Moment at={at} /> },
  { title: "Key", cell: ({ key }) => <KeyLink id={key} /> },
  { title: "Found", cell: ({ details }) => <Details details={details} /> },
  { title: "Webhook", cell: ({ delivery }) => <Delivery delivery={delivery} /> },
];

/** The list, a page at a time. */
export function AlertEvents({ path }: { readonly path: string }): JSX.Element {
  const pages = usePages();
  const query = pages.cursor === null ? "limit=50" : `limit=50&cursor=${pages.cursor}`;
  const url = `${path}/alerts/events?${query}`;
  const events = useLive(url, () => call<readonly AlertEvent[]>("GET", url));
  return (
    <section aria-label="What was found">
      <h2>What was found</h2>
      {events.value === null ? (
        events.failure === null ? (
          <Loading what="what was found" />
        ) : (
          <Failed failure={events.failure} onRetry={() => void events.reload()} />
        )
      ) : events.value.length === 0 ? (
        <Empty title="Nothing unusual was found" />
      ) : (
        <Table
          caption="What was found"
          columns={COLUMNS}
          rows={events.value}
          idOf={({ id }) => id}
        />
      )}
      <Pager pages={pages} nextCursor={events.nextCursor} />
    </section>
  );
}

function KeyLink({ id }: { readonly id: string | null }): JSX.Element {
  if (id === null) return <span class="quiet">all keys</span>;
  return (
    <a href={linkTo("keys", id)}>
      <code>{id}</code>
    </a>
  );
}

function Delivery({ delivery }: Pick<AlertEvent, "delivery">): JSX.Element {
  return delivery === "none" ? <span class="quiet">–</span> : <Status status={delivery} />;
}

function Details({ details }: Pick<AlertEvent, "details">): JSX.Element {
  const parts = Object.entries(details).map(
    ([name, value]) => `${formatName(name)} ${tell(value)}`,
  );
  return <>{parts.join("; ")}</>;
}

function tell(value: AlertEvent["details"][string]): string {
  if (value === null) return "unknown";
  if (typeof value === "number") return formatNumber(value);
  if (typeof value !== "string") return value.join(", ");
  return /^\d{4}-\d\d-\d\dT/.test(value) ? formatMoment(value) : value;
}

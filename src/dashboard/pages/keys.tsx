/** The keys of an account, a page at a time. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call } from "../api.ts";
import { formatNumber } from "../format.ts";
import { CheckField } from "../parts/field.tsx";
import { Moment } from "../parts/moment.tsx";
import { Pager, usePages } from "../parts/pager.tsx";
import { Sparkline } from "../parts/sparkline.tsx";
import { Empty, Failed, Loading, Stale } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { linkTo } from "../route.ts";
import type { Key } from "../types.ts";
import { useLive } from "../use-live.ts";

const PAGE = 50;

const COLUMNS: readonly Column<Key>[] = [
  { title: "Name", cell: ({ id, name }) => <a href={linkTo("keys", id)}>{name}</a> },
  { title: "Environment", cell: ({ environment }) => environment },
  { title: "Key", cell: ({ prefix, last4 }) => <code>{`${prefix}…${last4}`}</code> },
  { title: "Created", cell: (key) => <Moment at={key.created_at} /> },
  { title: "Last used", cell: (key) => <Moment at={key.last_used} /> },
  { title: "Requests", cell: (key) => formatNumber(key.request_count), numeric: true },
  { title: "Past day", cell: ({ id }) => <Sparkline keyId={id} /> },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
];

/** The list. */
export function KeysPart({ account }: { readonly account: string }): JSX.Element {
  const [activeOnly, setActiveOnly] = useState(false);
  const pages = usePages();
  const query = new URLSearchParams({ limit: String(PAGE) });
  if (activeOnly) query.set("status", "active");
  if (pages.cursor !== null) query.set("cursor", pages.cursor);
  const path = `/accounts/${encodeURIComponent(account)}/api-keys?${query.toString()}`;
  const keys = useLive(path, () => call<readonly Key[]>("GET", path), 5000);
  const filter = (checked: boolean): void => {
    pages.restart();
    setActiveOnly(checked);
  };
  return (
    <section aria-label="Keys">
      <CheckField label="Active keys only" checked={activeOnly} onChecked={filter} />
      {keys.value === null ? (
        keys.failure === null ? (
          <Loading what="keys" />
        ) : (
          <Failed failure={keys.failure} onRetry={() => void keys.reload()} />
        )
      ) : keys.value.length === 0 && keys.nextCursor === null && pages.number === 1 ? (
        <Empty
          title={activeOnly ? "No key of this account is active" : "This account has no keys yet"}
        >
          <p>
            <a href={linkTo("accounts", account, "new-key")}>Make a key</a> to call the API.
          </p>
        </Empty>
      ) : (
        <Table caption="Keys" columns={COLUMNS} rows={keys.value} idOf={({ id }) => id} />
      )}
      {keys.value === null ? null : <Stale failure={keys.failure} />}
      <Pager pages={pages} nextCursor={keys.nextCursor} />
    </section>
  );
}

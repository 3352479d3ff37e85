/** The audit log of an account: who changed what, when; its check and its export. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call } from "../api.ts";
import { formatNumber } from "../format.ts";
import { Moment } from "../parts/moment.tsx";
import { Pager, usePages } from "../parts/pager.tsx";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { Table, type Column } from "../parts/table.tsx";
import type { AuditEntry } from "../types.ts";
import { useLive } from "../use-live.ts";

interface Check {
  readonly intact: boolean;
  readonly entries: number;
  readonly broken_at: number | null;
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: "Action", cell: ({ action }) => <code>{action}</code> },
  { title: "When", cell: ({ at }) => <Moment at={at} /> },
  { title: "By", cell: ({ actor }) => actor },
  { title: "Target", cell: ({ target }) => <code>{target}</code> },
  { title: "Change", cell: ({ before, after }) => <Change before={before} after={after} /> },
];

/** The log. */
export function AuditPart({ path }: { readonly path: string }): JSX.Element {
  const pages = usePages();
  const [told, setTold] = useState("");
  const query = pages.cursor === null ? "limit=50" : `limit=50&cursor=${pages.cursor}`;
  const audit = `${path}/audit?${query}`;
  const entries = useLive(audit, () => call<readonly AuditEntry[]>("GET", audit));
  const check = async (): Promise<void> => {
    const result = await call<Check>("GET", `${path}/audit/verify`);
    if (!result.ok) return setTold(result.failure.message);
    const { intact, entries: count, broken_at: brokenAt } = result.value;
    setTold(
      intact
        ? `All ${formatNumber(count)} entries are as they were written.`
        : `Entry ${brokenAt} was altered, or what stood before it was taken out.`,
    );
  };
  return (
    <section aria-label="Audit log">
      <div class="actions">
        <button type="button" onClick={() => void check()}>
          Check the log
        </button>
        <a class="button" href={`/manage/v1${path}/audit/export`} download="audit.ndjson">
          Export
        </a>
        <span role="status">{told}</span>
      </div>
      {entries.value === null ? (
        entries.failure === null ? (
          <Loading what="the audit log" />
        ) : (
          <Failed failure={entries.failure} onRetry={() => void entries.reload()} />
        )
      ) : entries.value.length === 0 ? (
        <Empty title="Nothing was changed yet" />
      ) : (
        <Table
          caption="Audit log"
          columns={COLUMNS}
          rows={entries.value}
          idOf={({ id }) => String(id)}
        />
      )}
      <Pager pages={pages} nextCursor={entries.nextCursor} />
    </section>
  );
}

/** The members that changed, each before and after. */
function Change(props: Pick<AuditEntry, "before" | "after">): JSX.Element {
  const before: Readonly<Record<string, unknown>> = { ...props.before };
  const after: Readonly<Record<string, unknown>> = { ...props.after };
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  if (names.length === 0) return <span class="quiet">–</span>;
  return (
    <details>
      <summary>{names.slice(0, 3).join(", ") + (names.length > 3 ? "…" : "")}</summary>
      <ul class="changes">
        {names.map((name) => (
          <li key={name}>
            <strong>{name}</strong>{" "}
            {name in before ? <del>{JSON.stringify(before[name])}</del> : null}{" "}
            {name in after ? <ins>{JSON.stringify(after[name])}</ins> : null}
          </li>
        ))}
      </ul>
    </details>
  );
}

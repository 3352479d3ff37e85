/** The operator's list of accounts, to be searched. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call } from "../api.ts";
import { TextField } from "../parts/field.tsx";
import { Heading } from "../parts/heading.tsx";
import { Moment } from "../parts/moment.tsx";
import { Pager, usePages } from "../parts/pager.tsx";
import { Empty, Failed, Loading, Stale } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { linkTo } from "../route.ts";
import type { Account } from "../types.ts";
import { useLive } from "../use-live.ts";

const PAGE = 50;
const TYPING_MS = 250;

const COLUMNS: readonly Column<Account>[] = [
  { title: "Name", cell: ({ id, name }) => <a href={linkTo("accounts", id)}>{name}</a> },
  { title: "Id", cell: ({ id }) => <code>{id}</code> },
  { title: "API", cell: ({ api }) => api },
  { title: "Email", cell: ({ email }) => email ?? <span class="quiet">–</span> },
  { title: "Plan", cell: ({ plan }) => plan },
  { title: "Created", cell: (account) => <Moment at={account.created_at} /> },
  { title: "Status", cell: ({ status }) => <Status status={status} /> },
];

/** The page. */
export function AccountsPage(): JSX.Element {
  const [typed, setTyped] = useState("");
  const [search, setSearch] = useState("");
  const pages = usePages();
  useEffect(() => {
    const timer = setTimeout(() => {
      setSearch(typed.trim());
      if (typed.trim() !== search) pages.restart();
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  const query = new URLSearchParams({ limit: String(PAGE) });
  if (search !== "") query.set("q", search);
  if (pages.cursor !== null) query.set("cursor", pages.cursor);
  const path = `/accounts?${query.toString()}`;
  const accounts = useLive(path, () => call<readonly Account[]>("GET", path));

  return (
    <>
      <Heading title="Accounts">
        <a class="button primary" href={linkTo("new-account")}>
          New account
        </a>
      </Heading>
      <TextField
        label="Search"
        type="search"
        hint="By id, name, email or company."
        value={typed}
        onValue={setTyped}
      />
      {accounts.value === null ? (
        accounts.failure === null ? (
          <Loading what="accounts" />
        ) : (
          <Failed failure={accounts.failure} onRetry={() => void accounts.reload()} />
        )
      ) : accounts.value.length === 0 ? (
        <Nothing search={search} />
      ) : (
        <Table caption="Accounts" columns={COLUMNS} rows={accounts.value} idOf={({ id }) => id} />
      )}
      {accounts.value === null ? null : <Stale failure={accounts.failure} />}
      <Pager pages={pages} nextCursor={accounts.nextCursor} />
    </>
  );
}

function Nothing({ search }: { readonly search: string }): JSX.Element {
  if (search !== "") return <Empty title={`No account matches “${search}”`} />;
  return (
    <Empty title="There are no accounts yet">
      <p>An account owns API keys. Make the first one to hand out a key.</p>
    </Empty>
  );
}

/** One account: what it is, and its parts, one of which is shown. */
import type { JSX } from "preact";
import { call } from "../api.ts";
import { Heading, Tabs } from "../parts/heading.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { linkTo, type AccountTab } from "../route.ts";
import type { Account, Session } from "../types.ts";
import { useLive } from "../use-live.ts";
import { AlertsPart } from "./alerts.tsx";
import { AuditPart } from "./audit.tsx";
import { KeysPart } from "./keys.tsx";
import { LazyUsage } from "./lazy-usage.tsx";
import { SettingsPart } from "./settings.tsx";

const TABS = [
  ["keys", "Keys"],
  ["usage", "Usage"],
  ["alerts", "Alerts"],
  ["audit", "Audit log"],
] as const;

/** The page. */
export function AccountPage(props: {
  readonly account: string;
  readonly tab: AccountTab;
  readonly session: Session;
}): JSX.Element {
  const { account: id, tab, session } = props;
  const isOperator = session.role === "operator";
  const path = `/accounts/${encodeURIComponent(id)}`;
  const account = useLive(path, () => call<Account>("GET", path));
  if (account.value === null) {
    return account.failure === null ? (
      <Loading what="the account" />
    ) : (
      <Failed failure={account.failure} onRetry={() => void account.reload()} />
    );
  }
  const { name, status, pending } = account.value;
  const tabs = isOperator ? [...TABS, ["settings", "Settings"] as const] : TABS;
  return (
    <>
      <Heading title={name} above={isOperator ? <a href={linkTo()}>Accounts</a> : null}>
        <a class="button primary" href={linkTo("accounts", id, "new-key")}>
          New key
        </a>
      </Heading>
      <p class="facts">
        <Status status={status} /> <code>{id}</code> <span>API {account.value.api}</span>
        {account.value.suspended_reason === null ? null : (
          <span>{account.value.suspended_reason}</span>
        )}
        {pending === undefined ? null : (
          <span role="status">A change is not in force yet for {pending} of its keys.</span>
        )}
      </p>
      <Tabs
        label="Parts of the account"
        tabs={tabs.map(([place, title]) => ({
          title,
          href: linkTo("accounts", id, place),
          current: place === tab,
        }))}
      />
      {tab === "keys" ? <KeysPart account={id} /> : null}
      {tab === "usage" ? <LazyUsage path={path} /> : null}
      {tab === "alerts" ? <AlertsPart path={path} /> : null}
      {tab === "audit" ? <AuditPart path={path} /> : null}
      {tab === "settings" && isOperator ? (
        <SettingsPart account={account.value} path={path} onChanged={() => void account.reload()} />
      ) : null}
    </>
  );
}

/**
 * An account's alerts: the rules with their settings, where they are sent, and what they have found. The
 * fields follow from what the API answers, so that a rule with another setting needs no change here.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { formatName } from "../format.ts";
import { CheckField, TextField } from "../parts/field.tsx";
import { Moment } from "../parts/moment.tsx";
import { Empty, Failed, FormFailure, Loading, NotAvailable } from "../parts/states.tsx";
import { Table, type Column } from "../parts/table.tsx";
import type { AlertEvent, Alerts } from "../types.ts";
import { useLive } from "../use-live.ts";

/** Rules and events. */
export function AlertsPart({ path }: { readonly path: string }): JSX.Element {
  const alerts = useLive(`${path}/alerts`, () => call<Alerts>("GET", `${path}/alerts`), 0);
  if (alerts.value !== null) {
    return (
      <>
        <AlertsForm alerts={alerts.value} path={path} />
        <Events path={path} />
      </>
    );
  }
  if (alerts.failure === null) return <Loading what="alerts" />;
  if (alerts.failure.status === 404) return <NotAvailable what="Alerts" />;
  return <Failed failure={alerts.failure} onRetry={() => void alerts.reload()} />;
}

function AlertsForm(props: { readonly alerts: Alerts; readonly path: string }): JSX.Element {
  const [alerts, setAlerts] = useState<unknown>(props.alerts);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [told, setTold] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const result = await call<Alerts>("PUT", `${props.path}/alerts`, { ...Object(alerts) });
    setFailure(result.ok ? null : result.failure);
    setTold(result.ok ? "Saved." : "");
  };
  return (
    <form class="panel" onSubmit={(event) => void submit(event)}>
      <h2>Alerts</h2>
      <p>Tell when a key is used in an unusual way: here, and by a webhook if one is given.</p>
      <Members name="" value={alerts} onValue={setAlerts} failure={failure} />
      <FormFailure failure={failure} />
      <div class="actions">
        <button type="submit" class="primary">
          Save
        </button>
        <span role="status">{told}</span>
      </div>
    </form>
  );
}

/** A setting as the field that fits it: a switch, a number, a list, a text, or several of these. */
function Members(props: {
  readonly name: string;
  readonly value: unknown;
  readonly onValue: (value: unknown) => void;
  readonly failure: Failure | null;
}): JSX.Element | null {
  const { name, value, onValue, failure } = props;
  const label = formatName(name.split(".").at(-1) ?? name);
  if (typeof value === "boolean") {
    return <CheckField label={label} checked={value} onChecked={onValue} />;
  }
  if (typeof value === "number") {
    const set = (text: string): void => onValue(text === "" ? 0 : Number(text));
    return (
      <TextField
        label={label}
        type="number"
        name={name}
        failure={failure}
        value={String(value)}
        onValue={set}
      />
    );
  }
  if (typeof value === "string" || value === null) {
    const set = (text: string): void => onValue(text === "" ? null : text);
    return (
      <TextField label={label} name={name} failure={failure} value={value ?? ""} onValue={set} />
    );
  }
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) {
    const set = (text: string): void =>
      onValue(text.split("\n").filter((line) => line.trim() !== ""));
    return (
      <TextField
        label={label}
        hint="One on each line."
        rows={3}
        name={name}
        failure={failure}
        value={value.join("\n")}
        onValue={set}
      />
    );
  }
  const members = Object.entries(Object(value) as object) as readonly (readonly [
    string,
    unknown,
  ])[];
  const fields = members.map(([member, inner]) => (
    <Members
      key={member}
      name={name === "" ? member : `${name}.${member}`}
      value={inner}
      onValue={(changed) => onValue(replaceMember(value, member, changed))}
      failure={failure}
    />
  ));
  if (name === "" || name === "rules") return <>{fields}</>;
  return (
    <fieldset>
      <legend>{titleOf(value) ?? label}</legend>
      {fields}
    </fieldset>
  );
}

function titleOf(value: unknown): string | null {
  const kind = Object(value) as { readonly kind?: unknown };
  return typeof kind.kind === "string" ? formatName(kind.kind) : null;
}

function replaceMember(value: unknown, member: string, changed: unknown): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => (String(index) === member ? changed : each));
  return { ...(Object(value) as object), [member]: changed };
}

const COLUMNS: readonly Column<AlertEvent>[] = [
  { title: "What", cell: (event) => formatName(textOf(event["rule"] ?? event["kind"])) },
  { title: "When", cell: (event) => <Moment at={textOf(event["at"])} /> },
  { title: "Key", cell: (event) => <code>{textOf(event["key"] ?? event["key_id"])}</code> },
  {
    title: "Found",
    cell: (event) => textOf(event["message"] ?? event["found"] ?? event["details"]),
  },
];

function Events({ path }: { readonly path: string }): JSX.Element | null {
  const url = `${path}/alerts/events`;
  const events = useLive(url, () => call<readonly AlertEvent[]>("GET", url));
  if (events.value === null) {
    if (events.failure === null) return <Loading what="what was found" />;
    return events.failure.status === 404 ? null : <Failed failure={events.failure} />;
  }
  return (
    <section aria-label="What was found">
      <h2>What was found</h2>
      {events.value.length === 0 ? (
        <Empty title="Nothing unusual was found" />
      ) : (
        <Table
          caption="What was found"
          columns={COLUMNS}
          rows={events.value}
          idOf={(event) => JSON.stringify(event)}
        />
      )}
    </section>
  );
}

function textOf(value: unknown): string {
  if (value === undefined || value === null) return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

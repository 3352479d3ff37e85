/** An account's members, which the operator can change, and its suspension. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { Confirm } from "../parts/confirm.tsx";
import { SelectField, TextField } from "../parts/field.tsx";
import { fromLimitTexts, LimitsFields, toLimitTexts } from "../parts/limits-fields.tsx";
import { FormFailure } from "../parts/states.tsx";
import type { Account } from "../types.ts";

const PLANS = [
  ["standard", "standard"],
  ["business", "business: may manage its keys over JSON-RPC"],
] as const;

/** The form and the suspension. */
export function SettingsPart(props: {
  readonly account: Account;
  readonly path: string;
  readonly onChanged: () => void;
}): JSX.Element {
  const { account, path } = props;
  const [name, setName] = useState(account.name);
  const [email, setEmail] = useState(account.email ?? "");
  const [company, setCompany] = useState(account.company ?? "");
  const [plan, setPlan] = useState<string>(account.plan);
  const [limits, setLimits] = useState(toLimitTexts(account.limits));
  const [failure, setFailure] = useState<Failure | null>(null);
  const [told, setTold] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    const given = fromLimitTexts(limits);
    const limitsChanged = JSON.stringify(given) !== JSON.stringify(account.limits);
    const result = await call<Account>("PATCH", path, {
      name,
      email: email === "" ? null : email,
      company: company === "" ? null : company,
      plan,
      ...(limitsChanged ? { limits: given } : {}),
    });
    setFailure(result.ok ? null : result.failure);
    setTold(result.ok ? "Saved." : "");
    if (result.ok) props.onChanged();
  };
  return (
    <>
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h2>Settings</h2>
        <TextField
          label="Name"
          name="name"
          failure={failure}
          value={name}
          onValue={setName}
          required
        />
        <TextField
          label="Email"
          name="email"
          type="email"
          failure={failure}
          value={email}
          onValue={setEmail}
        />
        <TextField
          label="Company"
          name="company"
          failure={failure}
          value={company}
          onValue={setCompany}
        />
        <SelectField label="Plan" value={plan} onValue={setPlan} options={PLANS} />
        <LimitsFields
          legend="Limits of each key"
          hint="All empty: as the API has it. A key's own limits stand before these."
          name="limits"
          texts={limits}
          onTexts={setLimits}
          failure={failure}
        />
        <FormFailure failure={failure} />
        <div class="actions">
          <button type="submit" class="primary">
            Save
          </button>
          <span role="status">{told}</span>
        </div>
      </form>
      <Suspension {...props} />
    </>
  );
}

function Suspension(props: {
  readonly account: Account;
  readonly path: string;
  readonly onChanged: () => void;
}): JSX.Element {
  const { account, path, onChanged } = props;
  const [asked, setAsked] = useState(false);
  const [reason, setReason] = useState("");
  const isSuspended = account.status === "suspended";
  const reactivate = async (): Promise<void> => {
    await call("POST", `${path}/reactivate`, {});
    onChanged();
  };
  const done = (): void => {
    setAsked(false);
    onChanged();
  };
  return (
    <section class="panel" aria-label="Suspension">
      <h2>Suspension</h2>
      <p>While an account is suspended all its keys are refused and its members are signed out.</p>
      {isSuspended ? (
        <button type="button" onClick={() => void reactivate()}>
          Reactivate the account
        </button>
      ) : (
        <button type="button" class="danger" onClick={() => setAsked(true)}>
          Suspend the account…
        </button>
      )}
      {asked ? (
        <Confirm
          title={`Suspend ${account.name}`}
          typed={account.id}
          action="Suspend"
          act={() => call("POST", `${path}/suspend`, reason === "" ? {} : { reason })}
          onDone={done}
          onCancel={() => setAsked(false)}
        >
          <p>
            All its keys are refused from the next request on, until the account is reactivated.
          </p>
          <TextField
            label="Reason"
            hint="The account and its audit log show it."
            value={reason}
            onValue={setReason}
          />
        </Confirm>
      ) : null}
    </section>
  );
}

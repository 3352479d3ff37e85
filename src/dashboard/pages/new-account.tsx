/** Makes an account, on the operator's behalf. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { SelectField, TextField } from "../parts/field.tsx";
import { Heading } from "../parts/heading.tsx";
import { Failed, FormFailure, Loading } from "../parts/states.tsx";
import { linkTo } from "../route.ts";
import { goTo } from "../use-route.ts";
import type { Account, Api } from "../types.ts";
import { useLive } from "../use-live.ts";

/** The page. */
export function NewAccountPage(): JSX.Element {
  const apis = useLive("apis", () => call<readonly Api[]>("GET", "/apis"), 0);
  const [api, setApi] = useState("");
  const [name, setName] = useState("");
  const [id, setId] = useState("");
  const [email, setEmail] = useState("");
  const [plan, setPlan] = useState("standard");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const names = apis.value?.map((each) => each.name) ?? [];
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const body = {
      api: api === "" ? names[0] : api,
      name,
      plan,
      ...(id === "" ? {} : { id }),
      ...(email === "" ? {} : { email }),
    };
    const result = await call<Account>("POST", "/accounts", body);
    setBusy(false);
    if (result.ok) goTo("accounts", result.value.id);
    else setFailure(result.failure);
  };
  return (
    <>
      <Heading title="New account" above={<a href={linkTo()}>Accounts</a>} />
      {apis.value === null ? (
        apis.failure === null ? (
          <Loading what="APIs" />
        ) : (
          <Failed failure={apis.failure} onRetry={() => void apis.reload()} />
        )
      ) : (
        <form class="panel" onSubmit={(event) => void submit(event)}>
          <SelectField
            label="API"
            hint="Its keys work with this API alone."
            value={api === "" ? (names[0] ?? "") : api}
            onValue={setApi}
            options={names.map((each) => [each, each])}
          />
          <TextField
            label="Name"
            name="name"
            failure={failure}
            value={name}
            onValue={setName}
            required
          />
          <TextField
            label="Id"
            hint="As the tokens of its members name it in their sub. Empty: one is drawn."
            name="id"
            failure={failure}
            value={id}
            onValue={setId}
          />
          <TextField
            label="Email"
            name="email"
            type="email"
            failure={failure}
            value={email}
            onValue={setEmail}
          />
          <SelectField
            label="Plan"
            value={plan}
            onValue={setPlan}
            options={[
              ["standard", "standard"],
              ["business", "business"],
            ]}
          />
          <FormFailure failure={failure} />
          <button type="submit" class="primary" disabled={busy}>
            Make the account
          </button>
        </form>
      )}
    </>
  );
}

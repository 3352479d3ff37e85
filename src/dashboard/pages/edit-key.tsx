/** Changes a key's name, limits, expiry, signing and permissions, and disables it for a while. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { SelectField, TextField } from "../parts/field.tsx";
import { fromLocalTime, signingOptions } from "../parts/key-form.tsx";
import { fromLimitTexts, LimitsFields, toLimitTexts } from "../parts/limits-fields.tsx";
import { FormFailure } from "../parts/states.tsx";
import type { Api, Key, Shown } from "../types.ts";

/** The form. Only what was changed is sent, so that what is inherited stays inherited. */
export function EditKeyPart(props: {
  readonly found: Key;
  readonly path: string;
  readonly api: Api | undefined;
  readonly onChanged: (shown: Shown | null) => void;
}): JSX.Element {
  const { found, path, api } = props;
  const [name, setName] = useState(found.name);
  const [limits, setLimits] = useState(toLimitTexts(found.limits));
  const [expires, setExpires] = useState(toLocalTime(found.expires_at));
  const [signing, setSigning] = useState<string>(found.signing);
  const [permissions, setPermissions] = useState(found.permissions.join(", "));
  const [failure, setFailure] = useState<Failure | null>(null);
  const [told, setTold] = useState("");

  const change = async (body: object): Promise<void> => {
    setTold("");
    const result = await call<Key & Shown>("PATCH", path, body);
    setFailure(result.ok ? null : result.failure);
    if (!result.ok) return;
    setTold("Saved. It is in force.");
    props.onChanged(result.value);
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    const given = fromLimitTexts(limits);
    const body = {
      ...(name === found.name ? {} : { name }),
      ...(JSON.stringify(given) === JSON.stringify(found.limits) ? {} : { limits: given }),
      ...(expires === toLocalTime(found.expires_at) ? {} : { expires_at: fromLocalTime(expires) }),
      ...(signing === found.signing ? {} : { signing }),
      ...(permissions === found.permissions.join(", ")
        ? {}
        : { permissions: permissions.split(/[\s,]+/).filter((each) => each !== "") }),
    };
    if (Object.keys(body).length === 0) return setTold("Nothing was changed.");
    void change(body);
  };
  const isDisabled = found.status === "disabled";
  return (
    <section aria-label="Change the key">
      <form class="panel" onSubmit={submit}>
        <h2>Change the key</h2>
        <TextField
          label="Name"
          name="name"
          failure={failure}
          value={name}
          onValue={setName}
          required
        />
        <TextField
          label="Expires"
          type="datetime-local"
          name="expires_at"
          failure={failure}
          hint="Empty: never. In your own time zone."
          value={expires}
          onValue={setExpires}
        />
        {api === undefined ? null : (
          <SelectField
            label="Signing"
            hint="If the key has no signing secret yet, it gets one, which is shown once."
            value={signing}
            onValue={setSigning}
            options={signingOptions(api)}
          />
        )}
        <TextField
          label="Permissions"
          name="permissions"
          failure={failure}
          hint="Names, separated by commas."
          value={permissions}
          onValue={setPermissions}
        />
        <LimitsFields
          legend="Limits"
          hint="All empty: as its account has it."
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
          <button type="button" onClick={() => void change({ enabled: isDisabled })}>
            {isDisabled ? "Enable the key" : "Disable the key"}
          </button>
          <span role="status">{told}</span>
        </div>
      </form>
    </section>
  );
}

/** A time as a field for local time has it. */
function toLocalTime(iso: string | null): string {
  if (iso === null) return "";
  const date = new Date(iso);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

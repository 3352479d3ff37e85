/** The form of a new key, with advice on its name. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Failure } from "../api.ts";
import { formatLimits } from "../format.ts";
import { judgeName, suggestNames } from "../name-advice.ts";
import type { Api, Limits } from "../types.ts";
import { SelectField, TextField } from "./field.tsx";
import { fromLimitTexts, LimitsFields, toLimitTexts } from "./limits-fields.tsx";
import { fromRuleTexts, RulesFields, toRuleTexts } from "./rules-fields.tsx";
import { FormFailure } from "./states.tsx";

/** What the API takes. */
export type KeyFormValue = Readonly<Record<string, unknown>>;

const SIGNING_LABELS = {
  off: "Off: signatures are not looked at",
  optional: "Optional: a signature that is sent must be right",
  required: "Required: every request must be signed",
} as const;

/** The modes of signing as options. */
export function signingOptions(api: Api): readonly (readonly [string, string])[] {
  return api.signing.map((mode) => [mode, SIGNING_LABELS[mode]]);
}

/** A time of day as it is typed, in UTC for the API; `null` when nothing is typed. */
export function fromLocalTime(text: string): string | null {
  return text === "" ? null : new Date(text).toISOString();
}

/** The form. */
export function KeyForm(props: {
  readonly api: Api;
  readonly inherited: Limits;
  readonly taken: readonly string[];
  readonly failure: Failure | null;
  readonly onSubmit: (value: KeyFormValue) => Promise<void>;
}): JSX.Element {
  const { api, failure } = props;
  const [name, setName] = useState("");
  const [environment, setEnvironment] = useState(api.default_environment);
  const [expires, setExpires] = useState("");
  const [signing, setSigning] = useState<string>(api.signing[0] ?? "off");
  const [limits, setLimits] = useState(toLimitTexts(null));
  const [rules, setRules] = useState(toRuleTexts({}));
  const [busy, setBusy] = useState(false);
  const suggestions = suggestNames(environment, props.taken);
  const advice = judgeName(name, props.taken);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const expiresAt = fromLocalTime(expires);
    const given = fromLimitTexts(limits);
    await props.onSubmit({
      name: name.trim(),
      environment,
      signing,
      restrictions: fromRuleTexts(rules),
      ...(expiresAt === null ? {} : { expires_at: expiresAt }),
      ...(given === null ? {} : { limits: given }),
    });
    setBusy(false);
  };
  return (
    <form class="panel" onSubmit={(event) => void submit(event)}>
      <SelectField
        label="Environment"
        value={environment}
        onValue={setEnvironment}
        options={api.environments.map((each) => [each, each])}
      />
      <TextField
        label="Name"
        name="name"
        failure={failure}
        hint={advice ?? "Tell the environment, the application and the purpose."}
        value={name}
        onValue={setName}
        list={suggestions}
        required
      />
      <div class="suggestions" role="group" aria-label="Suggested names">
        {suggestions.map((each) => (
          <button key={each} type="button" class="chip" onClick={() => setName(each)}>
            {each}
          </button>
        ))}
      </div>
      <TextField
        label="Expires"
        name="expires_at"
        failure={failure}
        type="datetime-local"
        hint="Empty: never. In your own time zone."
        value={expires}
        onValue={setExpires}
      />
      <SelectField
        label="Signing"
        hint="With signing, the secret is shown together with the key."
        value={signing}
        onValue={setSigning}
        options={signingOptions(api)}
      />
      <LimitsFields
        legend="Limits"
        hint={`Empty fields: as its account has it (${formatLimits(props.inherited)}). Given ones replace all of these.`}
        name="limits"
        texts={limits}
        onTexts={setLimits}
        failure={failure}
      />
      <details
        open={failure?.fields.some(({ field }) => field.startsWith("restrictions")) ?? false}
      >
        <summary>Restrictions</summary>
        <RulesFields texts={rules} onTexts={setRules} failure={failure} />
      </details>
      <FormFailure failure={failure} />
      <button type="submit" class="primary" disabled={busy}>
        {busy ? "Making the key…" : "Make the key"}
      </button>
    </form>
  );
}

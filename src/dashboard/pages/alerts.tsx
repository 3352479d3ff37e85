/**
 * An account's alerts: the rules with their settings, where they are sent, and what they have found. The
 * fields of a rule follow from what the API answers, so that another setting needs no change here.
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { RuleName } from "../../core/alert-rules.ts";
import { call, type Failure } from "../api.ts";
import { formatName } from "../format.ts";
import { CopyOnce } from "../parts/copy-once.tsx";
import { CheckField, TextField } from "../parts/field.tsx";
import { Failed, FormFailure, Loading } from "../parts/states.tsx";
import type { Alerts } from "../types.ts";
import { useLive } from "../use-live.ts";
import { AlertEvents } from "./alert-events.tsx";

/** Rules and events. */
export function AlertsPart({ path }: { readonly path: string }): JSX.Element {
  const alerts = useLive(`${path}/alerts`, () => call<Alerts>("GET", `${path}/alerts`), 0);
  if (alerts.value !== null) {
    return (
      <>
        <AlertEvents path={path} />
        <AlertsForm alerts={alerts.value} path={path} />
      </>
    );
  }
  if (alerts.failure === null) return <Loading what="alerts" />;
  return <Failed failure={alerts.failure} onRetry={() => void alerts.reload()} />;
}

function AlertsForm(props: { readonly alerts: Alerts; readonly path: string }): JSX.Element {
  const [saved, setSaved] = useState(props.alerts);
  const [rules, setRules] = useState(props.alerts.rules);
  const [url, setUrl] = useState(props.alerts.webhook?.url ?? "");
  const [enabled, setEnabled] = useState(props.alerts.webhook?.enabled ?? true);
  const [secret, setSecret] = useState<string | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [told, setTold] = useState("");
  const save = async (newSecret: boolean): Promise<void> => {
    const webhook = url === "" ? null : { url, enabled, new_secret: newSecret };
    const result = await call<Alerts>("PUT", `${props.path}/alerts`, { rules, webhook });
    setFailure(result.ok ? null : result.failure);
    setTold(result.ok ? "Saved." : "");
    if (!result.ok) return;
    setSaved(result.value);
    setSecret(result.value.webhook?.secret ?? null);
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void save(false);
  };
  return (
    <form class="panel" onSubmit={submit}>
      <h2>Alerts</h2>
      <p>Each finding is told once when it begins and once when it was over for a while.</p>
      {Object.entries(rules).map(([name, settings]) => (
        <RuleFields
          key={name}
          name={name as RuleName}
          settings={settings}
          failure={failure}
          onSettings={(changed) => setRules({ ...rules, [name]: changed })}
        />
      ))}
      <fieldset>
        <legend>Webhook</legend>
        <TextField
          label="URL"
          hint="Where findings are posted, signed as Standard Webhooks describes. Empty: nowhere."
          name="webhook.url"
          failure={failure}
          value={url}
          onValue={setUrl}
        />
        {saved.webhook === null ? null : (
          <>
            <CheckField label="Send findings" checked={enabled} onChecked={setEnabled} />
            <button type="button" onClick={() => void save(true)}>
              Save with a new secret
            </button>
          </>
        )}
      </fieldset>
      <FormFailure failure={failure} />
      <div class="actions">
        <button type="submit" class="primary">
          Save
        </button>
        <span role="status">{told}</span>
      </div>
      {secret === null ? null : (
        <CopyOnce
          title="The webhook has a new secret"
          shown={{ webhook_secret: secret }}
          onClose={() => setSecret(null)}
        />
      )}
    </form>
  );
}

/** What each rule looks for, in a line. */
const HINTS: Readonly<Record<RuleName, string>> = {
  high_volume:
    "More requests in an hour than the bound, or than so many times the usual number of that hour.",
  new_ip: "Requests from an address that was not seen in the past 30 days.",
  new_country: "Requests from a country that was not seen in the past 30 days.",
  high_error_rate: "So many percent of the answers of a quarter of an hour are errors.",
  near_limit: "A key has used so many percent of one of its limits.",
  unused_key: "A key was not used for so many days.",
  rotation_due: "A key was not rotated for so many days; a test key, so many test days.",
  old_text_used: "The text before a rotation is used in the last percent of its grace.",
};

type Settings = Readonly<Record<string, number | boolean>>;

function RuleFields(props: {
  readonly name: RuleName;
  readonly settings: object;
  readonly failure: Failure | null;
  readonly onSettings: (settings: Settings) => void;
}): JSX.Element {
  const { name, failure, onSettings } = props;
  const { enabled = false, ...others } = { ...props.settings } as Settings;
  const replace = (setting: string, value: number | boolean): void =>
    onSettings({ enabled, ...others, [setting]: value });
  return (
    <fieldset>
      <legend>{formatName(name)}</legend>
      <p class="hint">{HINTS[name]}</p>
      <CheckField
        label="Enabled"
        checked={enabled === true}
        onChecked={(checked) => replace("enabled", checked)}
      />
      <div class="row">
        {Object.entries(others).map(([setting, value]) => (
          <TextField
            key={setting}
            label={formatName(setting)}
            type="number"
            name={`rules.${name}.${setting}`}
            failure={failure}
            value={String(value)}
            onValue={(text) => replace(setting, Number(text))}
          />
        ))}
      </div>
    </fieldset>
  );
}

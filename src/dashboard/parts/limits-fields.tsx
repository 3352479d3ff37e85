/** Limits as fields, one for each window; an empty one does not limit. */
import type { JSX } from "preact";
import type { Failure } from "../api.ts";
import type { Limits } from "../types.ts";
import { TextField } from "./field.tsx";

const WINDOWS = ["second", "minute", "hour", "day", "month"] as const;

/** Limits as they are typed. */
export type LimitTexts = Readonly<Record<string, string>>;

/** What is typed for limits that there are. */
export function toLimitTexts(limits: Limits | null): LimitTexts {
  return Object.fromEntries(Object.entries(limits ?? {}).map(([name, n]) => [name, String(n)]));
}

/** The limits that were typed, `null` when none was. */
export function fromLimitTexts(texts: LimitTexts): Limits | null {
  const typed = Object.entries(texts).filter(([, text]) => text.trim() !== "");
  return typed.length === 0
    ? null
    : Object.fromEntries(typed.map(([name, text]) => [name, Number(text)]));
}

/** The fields. */
export function LimitsFields(props: {
  readonly legend: string;
  readonly hint: string;
  readonly name: string;
  readonly texts: LimitTexts;
  readonly onTexts: (texts: LimitTexts) => void;
  readonly failure: Failure | null;
}): JSX.Element {
  const { texts, onTexts, name, failure } = props;
  return (
    <fieldset>
      <legend>{props.legend}</legend>
      <p class="hint">{props.hint}</p>
      <div class="row">
        {WINDOWS.map((window) => (
          <TextField
            key={window}
            label={`A ${window}`.replace("A hour", "An hour")}
            type="number"
            value={texts[window] ?? ""}
            name={`${name}.${window}`}
            failure={failure}
            onValue={(text) => onTexts({ ...texts, [window]: text })}
          />
        ))}
      </div>
    </fieldset>
  );
}

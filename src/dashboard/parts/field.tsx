/** One field of a form: its label, what it is for, its control, and what is wrong with it. */
import type { JSX } from "preact";
import { useId, useLayoutEffect } from "preact/hooks";
import type { Failure } from "../api.ts";

interface FieldProps {
  readonly label: string;
  readonly hint?: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  /** The API's name of the member, by which a failure names it. */
  readonly name?: string;
  readonly failure?: Failure | null;
}

/** A line of text, or several with `rows`. */
export function TextField(
  props: FieldProps & {
    readonly type?: "text" | "password" | "number" | "search" | "datetime-local" | "email";
    readonly rows?: number;
    readonly required?: boolean;
    readonly list?: readonly string[];
    readonly autoFocus?: boolean;
  },
): JSX.Element {
  const id = useId();
  const wrong = findWrong(props);
  useLayoutEffect(() => {
    if (props.autoFocus === true) document.getElementById(id)?.focus();
  }, []);
  const shared = {
    id,
    value: props.value,
    required: props.required ?? false,
    autoComplete: "off",
    spellcheck: false,
    "aria-describedby": `${id}-hint`,
    "aria-invalid": wrong !== "",
    onInput: (event: Event) => props.onValue(readValue(event)),
  };
  // Preact types each kind of input apart; what is set here all of these kinds have.
  const line: Readonly<Record<string, unknown>> = {
    ...shared,
    type: props.type ?? "text",
    ...(props.list === undefined ? {} : { list: `${id}-list` }),
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      {props.rows === undefined ? <input {...line} /> : <textarea rows={props.rows} {...shared} />}
      {props.list === undefined ? null : (
        <datalist id={`${id}-list`}>
          {props.list.map((text) => (
            <option key={text} value={text} />
          ))}
        </datalist>
      )}
      <p class="hint" id={`${id}-hint`}>
        {wrong === "" ? props.hint : <span class="wrong">{wrong}</span>}
      </p>
    </div>
  );
}

/** One of several. */
export function SelectField(
  props: FieldProps & { readonly options: readonly (readonly [value: string, label: string])[] },
): JSX.Element {
  const id = useId();
  const wrong = findWrong(props);
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select
        id={id}
        value={props.value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => props.onValue(readValue(event))}
      >
        {props.options.map(([value, label]) => (
          <option key={value} value={value} selected={value === props.value}>
            {label}
          </option>
        ))}
      </select>
      <p class="hint" id={`${id}-hint`}>
        {wrong === "" ? props.hint : <span class="wrong">{wrong}</span>}
      </p>
    </div>
  );
}

/** A switch. */
export function CheckField(props: {
  readonly label: string;
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
}): JSX.Element {
  const id = useId();
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        checked={props.checked}
        onChange={(event) => props.onChecked(event.currentTarget.checked)}
      />
      <label for={id}>{props.label}</label>
    </div>
  );
}

function findWrong({ name, failure }: Pick<FieldProps, "name" | "failure">): string {
  if (name === undefined || !failure) return "";
  const wrong = failure.fields.filter(
    ({ field }) => field === name || field.startsWith(`${name}.`),
  );
  return wrong
    .map(({ field, message }) => (field === name ? message : `${field}: ${message}`))
    .join("; ");
}

function readValue(event: Event): string {
  const { target } = event;
  const isControl =
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement;
  return isControl ? target.value : "";
}

/** Asks before something that cannot be taken back: what it does, and its name typed by hand. */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import type { Failure, Result } from "../api.ts";
import { Dialog } from "./dialog.tsx";
import { TextField } from "./field.tsx";
import { FormFailure } from "./states.tsx";

/** The dialog; `act` is called once the text was typed, `onDone` when it has succeeded. */
export function Confirm(props: {
  readonly title: string;
  readonly typed: string;
  readonly action: string;
  readonly children: ComponentChildren;
  readonly act: () => Promise<Result<unknown>>;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (text !== props.typed || busy) return;
    setBusy(true);
    const result = await props.act();
    setBusy(false);
    if (result.ok) props.onDone();
    else setFailure(result.failure);
  };
  return (
    <Dialog title={props.title} onClose={props.onCancel}>
      <form onSubmit={(event) => void submit(event)}>
        {props.children}
        <TextField label={`Type ${props.typed} to confirm`} value={text} onValue={setText} />
        <FormFailure failure={failure} />
        <div class="actions">
          <button type="button" onClick={props.onCancel}>
            Cancel
          </button>
          <button type="submit" class="danger" disabled={text !== props.typed || busy}>
            {props.action}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

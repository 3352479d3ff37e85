/** Gives a key another text; the one it has goes on working for a while. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { Dialog } from "../parts/dialog.tsx";
import { SelectField } from "../parts/field.tsx";
import { FormFailure } from "../parts/states.tsx";
import type { Key, Shown } from "../types.ts";

const GRACES = [
  ["0", "Not at all: it stops at once"],
  ["3600", "For an hour"],
  ["86400", "For a day"],
  ["604800", "For 7 days"],
  ["2592000", "For 30 days"],
] as const;

/** The dialog. */
export function RotateKey(props: {
  readonly found: Key;
  readonly path: string;
  readonly onDone: (shown: Shown) => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const [grace, setGrace] = useState("86400");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    const body = { grace_seconds: Number(grace) };
    const result = await call<Key & Shown>("POST", `${props.path}/rotate`, body);
    setBusy(false);
    if (result.ok) props.onDone(result.value);
    else setFailure(result.failure);
  };
  return (
    <Dialog title={`Rotate ${props.found.name}`} onClose={props.onCancel}>
      <form onSubmit={(event) => void submit(event)}>
        <p>The key gets a new text, which is shown once. Its id, limits and history stay.</p>
        <SelectField
          label="How long the text of now goes on working"
          hint={
            props.found.previous_key === null
              ? "This page shows meanwhile whether it is still used."
              : "A text from an earlier rotation stops at once."
          }
          value={grace}
          onValue={setGrace}
          options={GRACES}
        />
        <FormFailure failure={failure} />
        <div class="actions">
          <button type="button" onClick={props.onCancel}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={busy}>
            Rotate
          </button>
        </div>
      </form>
    </Dialog>
  );
}

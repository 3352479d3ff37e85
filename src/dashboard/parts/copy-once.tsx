/**
 * Shows a key's text and signing secret, or a webhook's secret, the only time there is. The box stays until it is confirmed that
 * they are stored elsewhere; with it they leave the page. They are nowhere else in it.
 */
import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { Shown } from "../types.ts";
import { Dialog } from "./dialog.tsx";
import { CheckField } from "./field.tsx";

/** The box; `onClose` must drop what it shows. */
export function CopyOnce(props: {
  readonly title: string;
  readonly shown: Shown;
  /** Whether its members can have the key's text shown again. */
  readonly recoverable?: boolean;
  readonly onClose: () => void;
}): JSX.Element {
  const [stored, setStored] = useState(false);
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
  const { key, signing_secret: secret, webhook_secret: webhookSecret } = props.shown;
  const remedy = webhookSecret === undefined ? "rotate the key" : "make a new one";
  return (
    <Dialog title={props.title}>
      <p>
        <strong>Copy it now.</strong>{" "}
        {props.recoverable === true
          ? "Only a member of the account can have the key shown again, and nobody the signing secret."
          : "Nobody can show it again."}{" "}
        If it is lost, {remedy}.
      </p>
      {key === undefined ? null : <Copyable label="API key" text={key} />}
      {secret === undefined ? null : <Copyable label="Signing secret" text={secret} />}
      {webhookSecret === undefined ? null : (
        <Copyable label="Webhook secret" text={webhookSecret} />
      )}
      <CheckField label="I have stored it in a safe place" checked={stored} onChecked={setStored} />
      <div class="actions">
        <button type="button" class="primary" disabled={!stored} onClick={props.onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}

function Copyable({ label, text }: { readonly label: string; readonly text: string }): JSX.Element {
  const id = useId();
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  return (
    <div class="copyable">
      <span id={id} class="label">
        {label}
      </span>
      <output aria-labelledby={id} class="secret">
        {text}
      </output>
      <button type="button" onClick={() => void copy()} aria-label={`Copy ${label}`}>
        {copied ? "Copied" : "Copy"}
      </button>
      <span role="status" class="visually-hidden">
        {copied ? `${label} copied` : ""}
      </span>
    </div>
  );
}

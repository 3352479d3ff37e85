/** What is shown where there is nothing to show yet, nothing at all, or something went wrong. */
import type { ComponentChildren, JSX } from "preact";
import type { Failure } from "../api.ts";

/** While something is loaded. */
export function Loading({ what }: { readonly what: string }): JSX.Element {
  return (
    <p class="state" role="status">
      <span class="spinner" aria-hidden="true" /> Loading {what}…
    </p>
  );
}

/** Where a list has nothing in it: what that means and what to do. */
export function Empty(props: {
  readonly title: string;
  readonly children?: ComponentChildren;
}): JSX.Element {
  return (
    <div class="state empty">
      <p class="state-title">{props.title}</p>
      {props.children}
    </div>
  );
}

/** Why something cannot be shown, and a way to try again. */
export function Failed(props: {
  readonly failure: Failure;
  readonly onRetry?: () => void;
}): JSX.Element {
  const { failure, onRetry } = props;
  return (
    <div class="state failed" role="alert">
      <p class="state-title">{failure.message}</p>
      {onRetry === undefined ? null : (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Where this deployment does not offer something. */
export function NotAvailable({ what }: { readonly what: string }): JSX.Element {
  return (
    <Empty title={`${what} are not available`}>
      <p>This deployment does not keep them. Keys work all the same.</p>
    </Empty>
  );
}

/** A form's failure: its message and each field that is wrong. */
export function FormFailure({ failure }: { readonly failure: Failure | null }): JSX.Element {
  return (
    <div role="alert">
      {failure === null ? null : (
        <div class="form-failure">
          <p>{failure.message}</p>
          {failure.fields.length === 0 ? null : (
            <ul>
              {failure.fields.map(({ field, message }) => (
                <li key={field}>
                  <strong>{field}</strong> {message}
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}

/** Tells that what is shown may be old. */
export function Stale({ failure }: { readonly failure: Failure | null }): JSX.Element | null {
  if (failure === null) return null;
  return (
    <p class="stale" role="status">
      Not up to date: {failure.message}
    </p>
  );
}

/** A dialog over the page: focus stays in it and goes back to where it was when it closes. */
import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";

/** `onClose` is for Escape; without it the dialog stays until its own buttons end it. */
export function Dialog(props: {
  readonly title: string;
  readonly onClose?: () => void;
  readonly children: ComponentChildren;
}): JSX.Element {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const { onClose } = props;

  // Before the page is painted: what is typed right after the dialog must not lose its focus.
  useLayoutEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);

  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
      // A browser may close it against its page's will, when Escape is pressed twice.
      onClose={() => (onClose === undefined ? dialog.current?.showModal() : onClose())}
    >
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  );
}

/** A status as a word with a colour: the word alone says it all. */
import type { JSX } from "preact";

const GOOD = new Set(["active"]);
const BAD = new Set(["revoked", "suspended", "expired"]);

/** The status of a key or an account. */
export function Status({ status }: { readonly status: string }): JSX.Element {
  const kind = GOOD.has(status) ? "good" : BAD.has(status) ? "bad" : "mild";
  return <span class={`status ${kind}`}>{status}</span>;
}

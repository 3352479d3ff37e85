/** A status as a word with a colour: the word alone says it all. */
import type { JSX } from "preact";

const GOOD = new Set(["active", "ended", "delivered"]);
const BAD = new Set(["revoked", "suspended", "expired", "started", "failed"]);

/** The status of a key, an account, an alert or its delivery. */
export function Status({ status }: { readonly status: string }): JSX.Element {
  const kind = GOOD.has(status) ? "good" : BAD.has(status) ? "bad" : "mild";
  return <span class={`status ${kind}`}>{status}</span>;
}

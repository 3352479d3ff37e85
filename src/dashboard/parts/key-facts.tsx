/** What there is to know about a key, and whether the text before its rotation is still used. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call } from "../api.ts";
import { formatLimits, formatNumber } from "../format.ts";
import type { Api, Key } from "../types.ts";
import { Moment } from "./moment.tsx";

/** The facts; a member of an account whose API keeps texts can copy the key's. */
export function KeyFacts(props: {
  readonly found: Key;
  readonly path: string;
  readonly isMember: boolean;
  readonly api: Api | undefined;
}): JSX.Element {
  const { found } = props;
  const canCopy = props.isMember && props.api?.recoverable === true && found.status === "active";
  return (
    <section aria-label="About the key">
      {found.previous_key === null || found.status === "revoked" ? null : (
        <Previous previous={found.previous_key} />
      )}
      <dl class="panel">
        <dt>Requests</dt>
        <dd>{formatNumber(found.request_count)}</dd>
        <dt>Last used</dt>
        <dd>
          <Moment at={found.last_used} />
        </dd>
        <dt>Created</dt>
        <dd>
          <Moment at={found.created_at} />
        </dd>
        <dt>Expires</dt>
        <dd>
          <Moment at={found.expires_at} />
        </dd>
        <dt>Limits</dt>
        <dd>{formatLimits(found.limits)}</dd>
        <dt>Signing</dt>
        <dd>{found.signing}</dd>
        <dt>Permissions</dt>
        <dd>{found.permissions.join(", ") || "none"}</dd>
        {canCopy ? (
          <>
            <dt>Text</dt>
            <dd>
              <CopyKey path={props.path} />
            </dd>
          </>
        ) : null}
      </dl>
    </section>
  );
}

function describePrevious(isUsed: boolean, isOver: boolean): string {
  if (!isUsed) return "The old text has not been used since the rotation.";
  return isOver ? "The old text was used after the rotation." : "The old text is still in use.";
}

/** The evidence that whoever has to take over the new text has done so. */
function Previous({
  previous,
}: {
  readonly previous: NonNullable<Key["previous_key"]>;
}): JSX.Element {
  const isUsed = previous.last_used !== null;
  const isOver = previous.expires_at !== null && Date.parse(previous.expires_at) <= Date.now();
  return (
    <div class={isUsed && !isOver ? "notice warning" : "notice"} role="status">
      <p>
        <strong>{describePrevious(isUsed, isOver)}</strong>{" "}
        {isUsed ? (
          <>
            It was last used <Moment at={previous.last_used} />.
          </>
        ) : null}{" "}
        {previous.expires_at === null ? null : (
          <>
            It {isOver ? "stopped" : "stops"} working <Moment at={previous.expires_at} />.
          </>
        )}
      </p>
    </div>
  );
}

/** Fetches the text and hands it to the clipboard; it never stands in the document. */
function CopyKey({ path }: { readonly path: string }): JSX.Element {
  const [told, setTold] = useState("");
  const copy = async (): Promise<void> => {
    const result = await call<{ readonly key: string }>("POST", `${path}/reveal`, {});
    if (!result.ok) return setTold(result.failure.message);
    await navigator.clipboard.writeText(result.value.key);
    setTold("Copied. The audit log tells of it.");
  };
  return (
    <>
      <button type="button" onClick={() => void copy()}>
        Copy key
      </button>{" "}
      <span role="status">{told}</span>
    </>
  );
}

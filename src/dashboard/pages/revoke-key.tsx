/** Revokes a key for good, once its name was typed. */
import type { JSX } from "preact";
import { call } from "../api.ts";
import { formatNumber } from "../format.ts";
import { Confirm } from "../parts/confirm.tsx";
import { Moment } from "../parts/moment.tsx";
import type { Key } from "../types.ts";

/** The dialog. */
export function RevokeKey(props: {
  readonly found: Key;
  readonly path: string;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}): JSX.Element {
  const { found } = props;
  return (
    <Confirm
      title={`Revoke ${found.name}`}
      typed={found.name}
      action="Revoke for good"
      act={() => call("DELETE", props.path)}
      onDone={props.onDone}
      onCancel={props.onCancel}
    >
      <p>
        <strong>This cannot be undone.</strong> Every request with this key is refused from now on,
        and no one, the operator included, can bring it back. To stop it for a while, disable it
        instead.
      </p>
      <p>
        It has served {formatNumber(found.request_count)} requests, the last one{" "}
        <Moment at={found.last_used} />.
      </p>
    </Confirm>
  );
}

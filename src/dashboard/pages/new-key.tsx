/** Makes a key of an account and shows its text, once. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Failure } from "../api.ts";
import { CopyOnce } from "../parts/copy-once.tsx";
import { Heading } from "../parts/heading.tsx";
import { KeyForm, type KeyFormValue } from "../parts/key-form.tsx";
import { Failed, Loading } from "../parts/states.tsx";
import { linkTo } from "../route.ts";
import { goTo } from "../use-route.ts";
import type { Account, Api, Key, Session, Shown } from "../types.ts";
import { useLive } from "../use-live.ts";

/** The page. */
export function NewKeyPage(props: {
  readonly account: string;
  readonly session: Session;
}): JSX.Element {
  const path = `/accounts/${encodeURIComponent(props.account)}`;
  const account = useLive(path, () => call<Account>("GET", path), 0);
  const apis = useLive("apis", () => call<readonly Api[]>("GET", "/apis"), 0);
  const keys = useLive(
    `${path}/keys`,
    () => call<readonly Key[]>("GET", `${path}/api-keys?limit=100`),
    0,
  );
  const [failure, setFailure] = useState<Failure | null>(null);
  const [made, setMade] = useState<(Key & Shown) | null>(null);
  const submit = async (value: KeyFormValue): Promise<void> => {
    const result = await call<Key & Shown>("POST", `${path}/api-keys`, value);
    if (result.ok) setMade(result.value);
    else setFailure(result.failure);
  };
  const close = (): void => {
    const id = made?.id ?? "";
    setMade(null);
    goTo("keys", id);
  };
  const api = apis.value?.find(({ name }) => name === account.value?.api);
  const failed = account.failure ?? apis.failure;
  return (
    <>
      <Heading
        title="New key"
        above={<a href={linkTo("accounts", props.account)}>{account.value?.name ?? "Account"}</a>}
      />
      {account.value === null || api === undefined ? (
        failed === null ? (
          <Loading what="the account" />
        ) : (
          <Failed failure={failed} onRetry={() => void account.reload()} />
        )
      ) : (
        <KeyForm
          api={api}
          inherited={account.value.limits ?? api.limits}
          taken={keys.value?.map(({ name }) => name) ?? []}
          failure={failure}
          onSubmit={submit}
        />
      )}
      {made === null ? null : (
        <CopyOnce
          title={`The key ${made.name} was made`}
          shown={made}
          recoverable={api?.recoverable === true}
          onClose={close}
        />
      )}
    </>
  );
}

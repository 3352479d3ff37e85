/** One key: what it is, its parts, and what can be done to it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { call, type Result } from "../api.ts";
import { CopyOnce } from "../parts/copy-once.tsx";
import { Heading, Tabs } from "../parts/heading.tsx";
import { KeyFacts } from "../parts/key-facts.tsx";
import { Failed, Loading, Stale } from "../parts/states.tsx";
import { Status } from "../parts/status.tsx";
import { linkTo } from "../route.ts";
import type { Account, Api, Key, Session, Shown } from "../types.ts";
import { useLive } from "../use-live.ts";
import { EditKeyPart } from "./edit-key.tsx";
import { LazyUsage } from "./lazy-usage.tsx";
import { RestrictionsPart } from "./restrictions.tsx";
import { RevokeKey } from "./revoke-key.tsx";
import { RotateKey } from "./rotate-key.tsx";

const TABS = [
  ["key", "Key"],
  ["usage", "Usage"],
  ["restrictions", "Restrictions"],
] as const;

/** The page. */
export function KeyPage(props: {
  readonly keyId: string;
  readonly tab: "key" | "usage" | "restrictions";
  readonly session: Session;
}): JSX.Element {
  const { keyId, tab } = props;
  const path = `/api-keys/${encodeURIComponent(keyId)}`;
  const key = useLive(path, () => call<Key>("GET", path), 5000);
  const apis = useLive("apis", () => call<readonly Api[]>("GET", "/apis"), 0);
  const owner = `/accounts/${encodeURIComponent(key.value?.account ?? "")}`;
  const account = useLive(owner, () => loadOwner(owner, key.value), 0);
  const [asked, setAsked] = useState<"rotate" | "revoke" | null>(null);
  const [shown, setShown] = useState<Shown | null>(null);
  if (key.value === null) {
    return key.failure === null ? (
      <Loading what="the key" />
    ) : (
      <Failed failure={key.failure} onRetry={() => void key.reload()} />
    );
  }
  const found = key.value;
  const done = (made: Shown | null): void => {
    setAsked(null);
    if (made?.key !== undefined || made?.signing_secret !== undefined) setShown(made);
    void key.reload();
  };
  const api = apis.value?.find(({ name }) => name === account.value?.api);
  const isRevoked = found.status === "revoked";
  return (
    <>
      <Heading
        title={found.name}
        above={
          <a href={linkTo("accounts", found.account)}>{account.value?.name ?? found.account}</a>
        }
      >
        <button type="button" disabled={isRevoked} onClick={() => setAsked("rotate")}>
          Rotate…
        </button>
        <button
          type="button"
          class="danger"
          disabled={isRevoked}
          onClick={() => setAsked("revoke")}
        >
          Revoke…
        </button>
      </Heading>
      <p class="facts">
        <Status status={found.status} /> <code>{`${found.prefix}…${found.last4}`}</code>
        <span>{found.environment}</span>
        <code>{found.id}</code>
      </p>
      <Tabs
        label="Parts of the key"
        tabs={TABS.map(([place, title]) => ({
          title,
          href: place === "key" ? linkTo("keys", keyId) : linkTo("keys", keyId, place),
          current: place === tab,
        }))}
      />
      <Stale failure={key.failure} />
      {tab === "key" ? (
        <>
          <KeyFacts
            found={found}
            path={path}
            isMember={props.session.role === "member"}
            api={api}
          />
          {isRevoked ? null : <EditKeyPart found={found} path={path} api={api} onChanged={done} />}
        </>
      ) : null}
      {tab === "usage" ? <LazyUsage path={path} /> : null}
      {tab === "restrictions" ? (
        <RestrictionsPart found={found} path={path} onChanged={() => done(null)} />
      ) : null}
      {asked === "rotate" ? (
        <RotateKey found={found} path={path} onDone={done} onCancel={() => setAsked(null)} />
      ) : null}
      {asked === "revoke" ? (
        <RevokeKey
          found={found}
          path={path}
          onDone={() => done(null)}
          onCancel={() => setAsked(null)}
        />
      ) : null}
      {shown === null ? null : (
        <CopyOnce
          title={`What is new of ${found.name}`}
          shown={shown}
          recoverable={api?.recoverable === true}
          onClose={() => setShown(null)}
        />
      )}
    </>
  );
}

/** The owner of a key, whose API says what the key may ask for. */
async function loadOwner(path: string, key: Key | null): Promise<Result<Account | null>> {
  if (key === null) return { ok: true, value: null, nextCursor: null };
  return call<Account>("GET", path);
}

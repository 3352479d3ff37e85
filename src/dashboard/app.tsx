/** The dashboard: who is signed in decides what there is, the address which page of it is shown. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { loadSession, signOut, whenSessionEnds, type Failure } from "./api.ts";
import { AccountPage } from "./pages/account.tsx";
import { AccountsPage } from "./pages/accounts.tsx";
import { KeyPage } from "./pages/key.tsx";
import { NewAccountPage } from "./pages/new-account.tsx";
import { NewKeyPage } from "./pages/new-key.tsx";
import { SignInPage } from "./pages/sign-in.tsx";
import { Heading } from "./parts/heading.tsx";
import { Failed, Loading } from "./parts/states.tsx";
import { linkTo, type Route } from "./route.ts";
import { useRoute } from "./use-route.ts";
import type { Session } from "./types.ts";

/** Everything there is. */
export function App(): JSX.Element {
  const [session, setSession] = useState<Session | null | "loading">("loading");
  const [failure, setFailure] = useState<Failure | null>(null);
  const [note, setNote] = useState("");

  const load = async (): Promise<void> => {
    const result = await loadSession();
    if (result.ok) setSession(result.value);
    setFailure(result.ok ? null : result.failure);
  };
  useEffect(() => {
    whenSessionEnds(() => {
      setNote("Your session has ended. Please sign in again.");
      setSession(null);
    });
    void load();
  }, []);

  if (failure !== null && session === "loading") {
    return (
      <main class="narrow">
        <Failed failure={failure} onRetry={() => void load()} />
      </main>
    );
  }
  if (session === "loading") {
    return (
      <main class="narrow">
        <Loading what="the dashboard" />
      </main>
    );
  }
  if (session === null) {
    const enter = (opened: Session): void => {
      setNote("");
      setSession(opened);
    };
    return <SignInPage note={note} onSignedIn={enter} />;
  }
  const leave = async (): Promise<void> => {
    const result = await signOut();
    if (!result.ok && result.failure.status === 0) return setFailure(result.failure);
    setNote("You have signed out.");
    location.hash = "#/";
    setSession(null);
  };
  return <Shell session={session} onSignOut={() => void leave()} />;
}

function Shell(props: { readonly session: Session; readonly onSignOut: () => void }): JSX.Element {
  const { session } = props;
  const route = useRoute();
  const home = session.account === undefined ? linkTo() : linkTo("accounts", session.account);
  return (
    <>
      <a class="skip" href="#main" onClick={focusMain}>
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={home}>
          edge-authorizer
        </a>
        <nav aria-label="Main">
          <a href={home}>{session.role === "operator" ? "Accounts" : "Keys"}</a>
          <a href="/manage/docs">API reference</a>
        </nav>
        <span class="who">{session.account ?? "Operator"}</span>
        <button type="button" onClick={props.onSignOut}>
          Sign out
        </button>
      </header>
      <main id="main" tabIndex={-1}>
        <Page route={route} session={session} />
      </main>
    </>
  );
}

/** The address must not change: it names the page. */
function focusMain(event: Event): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}

function Page({
  route,
  session,
}: {
  readonly route: Route;
  readonly session: Session;
}): JSX.Element {
  const isOperator = session.role === "operator";
  switch (route.page) {
    case "accounts":
      return isOperator ? (
        <AccountsPage />
      ) : (
        <AccountPage account={session.account ?? ""} tab="keys" session={session} />
      );
    case "new-account":
      return isOperator ? <NewAccountPage /> : <Unknown />;
    case "account":
      return <AccountPage key={route.account} {...route} session={session} />;
    case "new-key":
      return <NewKeyPage key={route.account} account={route.account} session={session} />;
    case "key":
      return <KeyPage key={route.key} keyId={route.key} tab={route.tab} session={session} />;
    case "unknown":
      return <Unknown />;
  }
}

function Unknown(): JSX.Element {
  return (
    <>
      <Heading title="There is no such page" />
      <p>
        <a href={linkTo()}>Go to the start</a>
      </p>
    </>
  );
}

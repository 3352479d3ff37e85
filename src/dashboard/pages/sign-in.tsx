/** Signing in: the operator by its token, a member of an account by the token that its API gave it. */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { signIn, type Failure } from "../api.ts";
import { TextField } from "../parts/field.tsx";
import { FormFailure } from "../parts/states.tsx";
import type { Session } from "../types.ts";

/** The form; the token is kept no longer than it takes to exchange it. */
export function SignInPage(props: {
  readonly note: string;
  readonly onSignedIn: (session: Session) => void;
}): JSX.Element {
  const [token, setToken] = useState("");
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (busy || token.trim() === "") return;
    setBusy(true);
    const result = await signIn(token.trim());
    setBusy(false);
    setToken("");
    if (result.ok) props.onSignedIn(result.value);
    else setFailure(result.failure);
  };
  return (
    <main class="narrow">
      <form class="panel" onSubmit={(event) => void submit(event)}>
        <h1>Sign in</h1>
        <p>Manage accounts and API keys of this authorizer.</p>
        {props.note === "" ? null : <p role="status">{props.note}</p>}
        <TextField
          label="Token"
          type="password"
          hint="The operator token, or your own sign-in token (a JWT) as a member of an account."
          value={token}
          onValue={setToken}
          required
          autoFocus
        />
        <FormFailure failure={failure} />
        <button type="submit" class="primary" disabled={busy}>
          {busy ? "Signing in…" : "Sign in"}
        </button>
      </form>
    </main>
  );
}

/** How the directory reaches accounts' objects when it goes through all of them. */
import type { Account } from "./account.ts";
import type { VisitAccount } from "./keyring-pass.ts";
import { callObject } from "./object-call.ts";

/** Shorter than what the directory's own callers wait for it. */
const DEADLINE_MS = 10_000;

/** Visits accounts through their objects' namespace. */
export function createAccountVisit(namespace: DurableObjectNamespace<Account>): VisitAccount {
  return (accountId, call) =>
    callObject(
      { part: "account", namespace, name: accountId },
      (remote) => remote.visitKeyring(call),
      DEADLINE_MS,
    );
}

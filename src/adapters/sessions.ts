/** Sessions where they are kept: the operator's in the directory, a member's in its account. */
import type { Sessions } from "../core/ports.ts";
import type { Account } from "./account.ts";
import { DIRECTORY_NAME, type Directory } from "./directory.ts";
import { callObject } from "./object-call.ts";

/** Reaches the objects that keep sessions. */
export function createSessions(env: {
  readonly ACCOUNT: DurableObjectNamespace<Account>;
  readonly DIRECTORY: DurableObjectNamespace<Directory>;
}): Sessions {
  return {
    call(holder, call) {
      if (holder.role === "operator") {
        const name = DIRECTORY_NAME;
        const directory = { part: "directory", namespace: env.DIRECTORY, name } as const;
        return callObject(directory, (remote) => remote.session(call));
      }
      const account = { part: "account", namespace: env.ACCOUNT, name: holder.account } as const;
      return callObject(account, (remote) => remote.session(call));
    },
  };
}

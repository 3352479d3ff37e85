/** The keys' objects as the stages and operations see them. */
import { readDecision, sendCall } from "../core/decision-format.ts";
import type { KeyStates } from "../core/ports.ts";
import type { KeyState } from "./key-state.ts";
import { callObject, callObjectBy, type ObjectAddress } from "./object-call.ts";

/** Reaches keys' objects through their namespace; an object is named by its key's id. */
export function createKeyStates(namespace: DurableObjectNamespace<KeyState>): KeyStates {
  const addressOf = (keyId: string): ObjectAddress<KeyState> => ({
    part: "key_state",
    namespace,
    name: keyId,
  });
  return {
    decide: (keyId, api, call, deadline) =>
      callObjectBy(
        deadline,
        { part: "key_state", namespace, name: keyId, location: api.location },
        async (remote) => readDecision(await remote.decide(sendCall(call))),
      ),
    describe: (keyId) => callObject(addressOf(keyId), (remote) => remote.describe()),
    observe: (keyId, seen) => callObject(addressOf(keyId), (remote) => remote.observe(seen)),
    readUsage: (keyId, asked) => callObject(addressOf(keyId), (remote) => remote.readUsage(asked)),
  };
}

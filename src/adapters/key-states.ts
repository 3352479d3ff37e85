/** The keys' objects as the stages and operations see them. */
import type { DecideCall, Decision } from "../core/decision.ts";
import { readDecision, sendCall, UNKNOWN_CALL } from "../core/decision-format.ts";
import type { KeyStates } from "../core/ports.ts";
import type { KeyState } from "./key-state.ts";
import { callObject, callObjectBy, type ObjectAddress, type Remote } from "./object-call.ts";

/** Reaches keys' objects through their namespace; an object is named by its key's id. */
export function createKeyStates(namespace: DurableObjectNamespace<KeyState>): KeyStates {
  const addressOf = (keyId: string): ObjectAddress<KeyState> => ({
    part: "key_state",
    namespace,
    name: keyId,
  });
  return {
    decide: (keyId, api, call, deadline) =>
      callObjectBy(deadline, { ...addressOf(keyId), location: api.location }, (remote) =>
        askToDecide(remote, call),
      ),
    describe: (keyId) => callObject(addressOf(keyId), (remote) => remote.describe()),
    observe: (keyId, seen) => callObject(addressOf(keyId), (remote) => remote.observe(seen)),
    readUsage: (keyId, asked) => callObject(addressOf(keyId), (remote) => remote.readUsage(asked)),
  };
}

/** Asks with a text; an object of older code, which knows none, counts nothing and is asked anew. */
async function askToDecide(remote: Remote<KeyState>, call: DecideCall): Promise<Decision> {
  try {
    return readDecision(await remote.decide(sendCall(call)));
  } catch (error) {
    const isUnknown = error instanceof Error && error.message.endsWith(UNKNOWN_CALL);
    if (!isUnknown) throw error;
    return readDecision(await remote.decide(call));
  }
}

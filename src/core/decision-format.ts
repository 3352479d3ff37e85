/**
 * Versions of the exchange between edge and object: code is replaced in both at different times, so an
 * object is asked by older edges, and an edge may be answered by an object of older or newer code.
 */
import { DECIDE_FORMAT, type DecideCall, type Decision } from "./decision.ts";

/** A call as edges made it before requests could be signed. */
export type DecideCall1 = Omit<DecideCall, "format" | "apiSigning" | "signature"> & {
  readonly format: 1;
};

/**
 * A call as this code knows it. An edge that made a call of format 1 has judged no signature, so a key
 * that has to sign is refused to it. Throws for a format that is not known.
 */
export function upgradeCall(call: DecideCall | DecideCall1): DecideCall {
  switch (call.format) {
    case DECIDE_FORMAT:
      return call;
    case 1:
      return {
        ...call,
        format: DECIDE_FORMAT,
        apiSigning: "off",
        signature: { kind: "unasked" },
      };
    default:
      throw new Error("unknown call format");
  }
}

/**
 * The decision in an object's answer. Throws for an answer of another format: what older code did not
 * judge must not admit.
 */
export function readDecision(answer: Partial<Decision> | null | undefined): Decision {
  if (!isDecision(answer)) throw new Error("unknown answer format");
  return answer;
}

function isDecision(answer: Partial<Decision> | null | undefined): answer is Decision {
  return answer?.format === DECIDE_FORMAT;
}

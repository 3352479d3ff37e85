/**
 * Versions of the exchange between edge and object: code is replaced in both at different times, so an
 * object is asked by older edges, and an edge may be answered by an object of older or newer code.
 */
import { DECIDE_FORMAT, type DecideCall, type Decision } from "./decision.ts";
import { decodeCall, decodeDecision, encodeCall, encodeDecision } from "./decision-text.ts";

/** A call as edges made it before requests could be signed. */
export type DecideCall1 = Omit<DecideCall, "format" | "apiSigning" | "signature"> & {
  readonly format: 1;
};

/** A call as it travels: a text; an object from older edges, and where a text cannot hold it. */
export type SentCall = string | DecideCall | DecideCall1;
/** An answer as it travels: in the form of its call. */
export type SentDecision = string | Decision;

/** What objects of any code say of a call that they cannot read, before they do anything. */
export const UNKNOWN_CALL = "unknown call format";

/** The call in the form in which it travels. */
export function sendCall(call: DecideCall): SentCall {
  return encodeCall(call) ?? call;
}

/**
 * A call as this code knows it. An edge that made a call of format 1 has judged no signature, so a key
 * that has to sign is refused to it. Throws for a format that is not known.
 */
export function readCall(call: SentCall): DecideCall {
  if (typeof call === "string") return decodeCall(call);
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
      throw new Error(UNKNOWN_CALL);
  }
}

/** The answer in the form that who made this call understands. */
export function sendDecision(decision: Decision, call: SentCall): SentDecision {
  return typeof call === "string" ? encodeDecision(decision) : decision;
}

/**
 * The decision in an object's answer. Throws for an answer of another format: what older code did not
 * judge must not admit.
 */
export function readDecision(answer: string | Partial<Decision> | null | undefined): Decision {
  if (typeof answer === "string") return decodeDecision(answer);
  if (!isDecision(answer)) throw new Error("unknown answer format");
  return answer;
}

function isDecision(answer: Partial<Decision> | null | undefined): answer is Decision {
  return answer?.format === DECIDE_FORMAT;
}

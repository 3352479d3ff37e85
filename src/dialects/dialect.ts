/**
 * What a dialect is: the way one API words its answers. Each file beside this one is one dialect;
 * status, headers and body of a refusal come from here and from nowhere else.
 */
import type { RpcCalls } from "../core/json-rpc.ts";
import { statusOf, type Refusal } from "../core/refusal.ts";
import type { SignatureExplanation } from "../core/signed-message.ts";

/** What a dialect may tell besides the refusal itself. */
export interface RefusalContext {
  readonly requestId: string;
  /** The calls of the request's body, in APIs that speak JSON-RPC and where it could be read. */
  readonly rpc?: RpcCalls | null;
}

/** A refusal in an API's own words. Headers that every refusal has are added by the caller. */
export interface WordedRefusal {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export type Dialect = (refusal: Refusal, context: RefusalContext) => WordedRefusal;

/** What was verified of a signature, with the names that its members have in answers. */
export function formatSigned(signed: SignatureExplanation): object {
  return {
    method: signed.method,
    path: signed.pathWithQuery,
    timestamp: signed.timestamp,
    body_bytes: signed.bodyBytes,
    body_sha256: signed.bodySha256,
    message_bytes: signed.messageBytes,
    message: signed.message,
  };
}

/** A JSON body with the status of the refusal's reason. */
export function wordJson(refusal: Refusal, body: object, status?: number): WordedRefusal {
  return {
    status: status ?? statusOf(refusal.reason),
    contentType: "application/json",
    body: JSON.stringify(body),
  };
}

/**
 * The routes that an API offers its own key holders, as the data plane sees them: it asks before it
 * forwards, and for an account's members before it looks for a key.
 */
import type { Api } from "./api.ts";
import type { Endpoint } from "./endpoint.ts";
import type { RpcCalls } from "./json-rpc.ts";
import type { KeyRecord } from "./record.ts";
import type { Refusal } from "./refusal.ts";

/** A request that may be for an own route. */
export interface OwnCall {
  readonly api: Api;
  readonly request: Request;
  /** Its method, and its pathname with unreserved escapes decoded and no slash at the end. */
  readonly endpoint: Endpoint;
  readonly requestId: string;
}

/** The same, made with an API key that was admitted and counted. */
export interface KeyCall extends OwnCall {
  /** The calling key. */
  readonly record: KeyRecord;
  /** The body and its calls, where they were read: in APIs that speak JSON-RPC. */
  readonly body: Uint8Array<ArrayBuffer> | null;
  readonly rpc: RpcCalls | null;
  /** Sends the request to the origin with another body. */
  readonly forward: (body: Uint8Array<ArrayBuffer>) => Promise<Response | Refusal>;
}

/** Both answer `null` to what is none of an own route's requests. */
export interface SelfService {
  /** Serves a member, who sends a token where others send a key. */
  serveMember(call: OwnCall, token: string): Promise<Response | Refusal | null>;
  serveKey(call: KeyCall): Promise<Response | Refusal | null>;
}

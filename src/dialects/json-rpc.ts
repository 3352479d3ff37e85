/**
 * The dialect of the page `subfrost`: JSON-RPC 2.0 errors with the HTTP status of the reason. A batch is
 * answered with one error for each call that has an id.
 */
import { RPC_INVALID_REQUEST, UNREADABLE_RPC, type RpcId } from "../core/json-rpc.ts";
import { statusOf, type Refusal } from "../core/refusal.ts";
import { formatSigned, wordJson, type Dialect } from "./dialect.ts";

const INVALID_PARAMS = -32602;
const INTERNAL = -32603;
const UNAUTHENTICATED = -32001;
const UNAVAILABLE = -32002;
const FORBIDDEN = -32003;
const RATE_LIMITED = -32005;

/** Codes by HTTP status; what is not here is an invalid request. */
const CODES: Readonly<Record<number, number>> = {
  401: UNAUTHENTICATED,
  403: FORBIDDEN,
  409: INVALID_PARAMS,
  429: RATE_LIMITED,
  500: INTERNAL,
  502: UNAVAILABLE,
  503: UNAVAILABLE,
  504: UNAVAILABLE,
};

/** A refused batch of more calls is answered with one error: the answer must not dwarf the request. */
const MAX_ANSWERED_CALLS = 1000;

export const jsonRpc: Dialect = (refusal, { rpc }) => {
  const { batch, calls } = rpc ?? UNREADABLE_RPC;
  const ids = calls.flatMap(({ id }) => (id === undefined ? [] : [id]));
  const error = formatRpcError(refusal);
  const answer = (id: RpcId): object => ({ jsonrpc: "2.0", error, id });
  if (!batch) return wordJson(refusal, answer(ids[0] ?? null));
  // Without an id to answer to, or with too many, the status still needs its reason.
  const one = ids.length === 0 || ids.length > MAX_ANSWERED_CALLS || refusal.wholeRequest === true;
  return wordJson(refusal, one ? answer(null) : ids.map(answer));
};

/** The error object (section 5.1 of the specification) of a refusal. */
export function formatRpcError({
  reason,
  message,
  rpcCode,
  retryAfterSeconds,
  fields,
  pending,
  signed,
}: Refusal): object {
  return {
    code: rpcCode ?? CODES[statusOf(reason)] ?? RPC_INVALID_REQUEST,
    message,
    data: {
      reason,
      ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
      ...(fields === undefined ? {} : { fields }),
      ...(pending === undefined ? {} : { pending }),
      ...(signed === undefined ? {} : { signed: formatSigned(signed) }),
    },
  };
}

/**
 * The shape of JSON-RPC 2.0 bodies (https://www.jsonrpc.org/specification): how many calls a body
 * holds and which ids its answers must carry. Parameters and results are the origin's business.
 */

/** The id of a call. Absent (`undefined`) in a notification. */
export type RpcId = string | number | null;

/** The calls of a body: one, or a batch. */
export interface RpcCalls {
  readonly batch: boolean;
  readonly calls: readonly { readonly id: RpcId | undefined }[];
}

export type ParsedRpc =
  | { readonly ok: true; readonly rpc: RpcCalls }
  | { readonly ok: false; readonly code: typeof RPC_PARSE_ERROR | typeof RPC_INVALID_REQUEST };

export const RPC_PARSE_ERROR = -32700;
export const RPC_INVALID_REQUEST = -32600;

/** The calls of a body that could not be read: one answer with the id `null`. */
export const UNREADABLE_RPC: RpcCalls = { batch: false, calls: [{ id: null }] };

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Parses a body. An entry of a batch that is no call counts as one, but has no id to answer to. */
export function parseRpcCalls(body: Uint8Array): ParsedRpc {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(body));
  } catch {
    return { ok: false, code: RPC_PARSE_ERROR };
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return { ok: false, code: RPC_INVALID_REQUEST };
    return { ok: true, rpc: { batch: true, calls: value.map(readEntry) } };
  }
  if (typeof value !== "object" || value === null) return { ok: false, code: RPC_INVALID_REQUEST };
  return { ok: true, rpc: { batch: false, calls: [readCall(value)] } };
}

function readEntry(entry: unknown): { readonly id: RpcId | undefined } {
  const isCall = typeof entry === "object" && entry !== null && !Array.isArray(entry);
  return isCall ? readCall(entry) : { id: undefined };
}

function readCall(entry: object): { readonly id: RpcId | undefined } {
  const { id } = entry as { readonly id?: unknown };
  if (id === undefined || typeof id === "string" || typeof id === "number") return { id };
  return { id: null };
}

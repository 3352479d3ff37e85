/**
 * The shape of JSON-RPC 2.0 bodies (https://www.jsonrpc.org/specification): which calls a body holds
 * and which ids its answers must carry. Parameters and results are for those who serve a call.
 */

/** The id of a call. Absent (`undefined`) in a notification. */
export type RpcId = string | number | null;

/** One call as far as its place in a body matters: the id to answer to, and what it asks for. */
export interface RpcCall {
  readonly id: RpcId | undefined;
  /** Absent where there is none, or none that is a text. */
  readonly method?: string;
}

/** The calls of a body: one, or a batch. */
export interface RpcCalls {
  readonly batch: boolean;
  readonly calls: readonly RpcCall[];
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

/** The parts of a JSON text that tell where the entries of its outermost list begin and end. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g;

/**
 * The entries of a list as they stand in its text, which must be valid JSON: what is not re-serialised
 * keeps its numbers and its spelling. Linear, without recursion.
 */
export function splitList(text: string): readonly string[] {
  const entries: string[] = [];
  let depth = 0;
  let start = 0;
  const cut = (end: number): void => {
    const entry = text.slice(start, end).trim();
    if (entry !== "") entries.push(entry);
    start = end + 1;
  };
  for (const { 0: token, index } of text.matchAll(TOKEN)) {
    if (token === "[" || token === "{") {
      depth += 1;
      if (depth === 1) start = index + 1;
    } else if (token === "]" || token === "}") {
      depth -= 1;
      if (depth === 0) cut(index);
    } else if (token === "," && depth === 1) cut(index);
  }
  return entries;
}

function readEntry(entry: unknown): RpcCall {
  const isCall = typeof entry === "object" && entry !== null && !Array.isArray(entry);
  return isCall ? readCall(entry) : { id: undefined };
}

function readCall(entry: object): RpcCall {
  const { id, method } = entry as { readonly id?: unknown; readonly method?: unknown };
  return { id: readId(id), ...(typeof method === "string" ? { method } : {}) };
}

function readId(id: unknown): RpcId | undefined {
  return id === undefined || typeof id === "string" || typeof id === "number" ? id : null;
}

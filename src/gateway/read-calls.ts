/**
 * Stage "calls": in APIs that speak JSON-RPC the body says what a request costs and to which ids a
 * refusal must answer. It is read only once the key's text is known to be one of ours.
 */
import { parseRpcCalls, type RpcCalls } from "../core/json-rpc.ts";
import { refuse } from "../core/refusal.ts";
import type { Exchange, Outcome } from "./exchange.ts";
import { readBody } from "./read-body.ts";

const MAX_BODY_BYTES = 1024 * 1024;
/** How much of a stranger's body is read to find the id that the refusal answers to. */
const MAX_UNKNOWN_BODY_BYTES = 64 * 1024;

/** Reads the calls of the body; a batch of n calls costs n. */
export async function readCalls(exchange: Exchange): Promise<Outcome> {
  const { api, request } = exchange;
  if (api.dialect !== "json-rpc") return null;
  if (request.body === null && request.method !== "POST") return null;
  const body = await readWhole(request);
  if (body === null) {
    exchange.bodyRefusal = refuse("body_too_large", {
      message: `The request body may have at most ${MAX_BODY_BYTES} bytes.`,
    });
    return null;
  }
  exchange.body = body;
  const parsed = parseRpcCalls(body);
  if (!parsed.ok) {
    exchange.bodyRefusal = refuse("invalid_request", {
      message: "The request body must be a JSON-RPC call or a batch of calls.",
      rpcCode: parsed.code,
    });
    return null;
  }
  exchange.rpc = parsed.rpc;
  exchange.cost *= parsed.rpc.calls.length;
  return null;
}

/** The body, `null` when it is too large; one that breaks off is like one that is no JSON. */
async function readWhole(request: Request): Promise<Uint8Array<ArrayBuffer> | null> {
  try {
    return await readBody(request, MAX_BODY_BYTES);
  } catch {
    return new Uint8Array(0);
  }
}

/** The calls of a request that was refused before its body was read, where they can be found. */
export async function readCallsOfStranger(request: Request): Promise<RpcCalls | null> {
  if (request.body === null || request.bodyUsed) return null;
  try {
    const body = await readBody(request, MAX_UNKNOWN_BODY_BYTES);
    const parsed = body === null ? null : parseRpcCalls(body);
    return parsed?.ok === true ? parsed.rpc : null;
  } catch {
    return null;
  }
}

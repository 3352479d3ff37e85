/**
 * What the origin of the API `subfrost` answers: a Bitcoin node's JSON-RPC 2.0
 * (https://www.jsonrpc.org/specification), single calls, batches and notifications.
 */
import { describeReceived } from "./echo.ts";

type Id = string | number | null;

/** A request object of section 4; `id` is `undefined` in a notification. */
interface Call {
  readonly method: string;
  readonly params: unknown;
  readonly id: Id | undefined;
}

interface RpcError {
  readonly code: number;
  readonly message: string;
}

type Result = { readonly result: unknown } | { readonly error: RpcError };

/** A method: its result for the parameters, and for the request that the origin received. */
type Method = (params: unknown, received: object) => Result | Promise<Result>;

const PARSE_ERROR: RpcError = { code: -32700, message: "Parse error" };
const INVALID_REQUEST: RpcError = { code: -32600, message: "Invalid Request" };
const METHOD_NOT_FOUND: RpcError = { code: -32601, message: "Method not found" };
const INVALID_PARAMS: RpcError = { code: -32602, message: "Invalid params" };

/** The height of the chain's tip. */
const TIP = 975_412;
/** Hexadecimal zeros with which a hash of today's difficulty begins. */
const LEADING_ZEROS = 20;

const METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["btc_getblockcount", () => ({ result: TIP })],
  ["btc_getbestblockhash", async () => ({ result: await hashOfBlock(TIP) })],
  ["btc_getblockhash", getBlockHash],
  ["echo", (_, received) => ({ result: received })],
]);

/** `POST /v4/jsonrpc`: 200 with the answers, 204 when every call is a notification. */
export async function answerRpc(request: Request): Promise<Response> {
  const bytes = new Uint8Array(await request.arrayBuffer());
  const body = parse(bytes);
  if (body === undefined) return Response.json(formatAnswer({ error: PARSE_ERROR }, null));
  const received = describeReceived(request, bytes);
  const answer =
    Array.isArray(body) && body.length > 0
      ? await answerBatch(body, received)
      : await answerEntry(body, received);
  return answer === null ? new Response(null, { status: 204 }) : Response.json(answer);
}

/** Section 6: the answers of a batch, `null` when there is none to give. */
async function answerBatch(
  entries: readonly unknown[],
  received: object,
): Promise<readonly object[] | null> {
  const answers = await Promise.all(entries.map((entry) => answerEntry(entry, received)));
  const told = answers.filter((answer) => answer !== null);
  return told.length === 0 ? null : told;
}

/** Section 5: the answer to one entry, `null` to a notification. */
async function answerEntry(entry: unknown, received: object): Promise<object | null> {
  const call = decodeCall(entry);
  if (call === null) return formatAnswer({ error: INVALID_REQUEST }, null);
  const method = METHODS.get(call.method);
  const result =
    method === undefined ? { error: METHOD_NOT_FOUND } : await method(call.params, received);
  return call.id === undefined ? null : formatAnswer(result, call.id);
}

function formatAnswer(result: Result, id: Id): object {
  return { jsonrpc: "2.0", ...result, id };
}

/** The value of a JSON text, `undefined` when it is none. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function decodeCall(entry: unknown): Call | null {
  if (typeof entry !== "object" || entry === null) return null;
  const { jsonrpc, method, params, id } = entry as Readonly<Record<string, unknown>>;
  if (jsonrpc !== "2.0" || typeof method !== "string" || !isId(id)) return null;
  if (params !== undefined && (typeof params !== "object" || params === null)) return null;
  return { method, params, id };
}

function isId(id: unknown): id is Id | undefined {
  return id === undefined || id === null || typeof id === "string" || typeof id === "number";
}

async function getBlockHash(params: unknown): Promise<Result> {
  const height: unknown = Array.isArray(params) ? params[0] : undefined;
  if (!Number.isInteger(height) || typeof height !== "number" || height < 0 || height > TIP) {
    return { error: INVALID_PARAMS };
  }
  return { result: await hashOfBlock(height) };
}

/** A hash that looks like a block's and is always the same for a height. */
async function hashOfBlock(height: number): Promise<string> {
  const bytes = new TextEncoder().encode(`block ${height}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return "0".repeat(LEADING_ZEROS) + hex.slice(LEADING_ZEROS);
}

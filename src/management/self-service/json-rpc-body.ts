/**
 * A JSON-RPC request some of whose calls are own ones: these are served here, one after the other, the
 * rest goes to the origin as one batch, and the answers are put together in the order of the calls.
 */
import { withDeadline } from "../../core/deadline.ts";
import { splitList, type RpcCall, type RpcId } from "../../core/json-rpc.ts";
import { refuse, type Refusal } from "../../core/refusal.ts";
import type { KeyCall } from "../../core/self-service.ts";
import { formatRpcError } from "../../dialects/json-rpc.ts";
import { loadAccount } from "../accounts.ts";
import { respond } from "../answer.ts";
import { succeed, type Outcome } from "../outcome.ts";
import { keyScope } from "../scope.ts";
import { isOwnMethod, serveCall, survive, type RpcCaller } from "./json-rpc.ts";
import type { OwnKeysPorts } from "./own-keys.ts";

/** A call of the request with its text: what it says is not re-serialised. */
interface Entry {
  readonly id: RpcId | undefined;
  readonly own: boolean;
  readonly text: string;
}

const NO_CALL: RpcCall = { id: undefined };

/** An answer to one call as it stands in the answer's body. */
type AnswerText = string;

/** Serves a request of an API that speaks JSON-RPC; `null` when no call of it is an own one. */
export async function serveRpc(
  ports: OwnKeysPorts,
  call: KeyCall,
): Promise<Response | Refusal | null> {
  const { rpc, body, record, requestId } = call;
  if (rpc === null || body === null) return null;
  if (!rpc.calls.some(({ method }) => isOwnMethod(method))) return null;
  const loaded = await survive(() => loadAccount(ports, record.account));
  const account = loaded.ok ? succeed(loaded.value.account) : loaded;
  const caller: RpcCaller = { scope: keyScope(record, requestId), account };
  const text = new TextDecoder().decode(body);
  if (rpc.batch) {
    const entries = splitList(text).map((entry, at): Entry => {
      const { id, method } = rpc.calls[at] ?? NO_CALL;
      return { id, own: isOwnMethod(method), text: entry };
    });
    return answer(await serveBatch(ports, caller, entries, call), requestId);
  }
  const outcome = await serveCall(ports, caller, text);
  const id = rpc.calls[0]?.id;
  if (id === undefined) return answer([], requestId);
  return outcome.ok
    ? respond({ status: 200, body: formatResult(outcome.value, id) }, requestId)
    : outcome.refusal;
}

/** Own calls one after the other, each seeing what the one before has done; the origin meanwhile. */
async function serveBatch(
  ports: OwnKeysPorts,
  caller: RpcCaller,
  entries: readonly Entry[],
  call: KeyCall,
): Promise<readonly AnswerText[]> {
  const others = entries.filter(({ own }) => !own);
  const [served, foreign] = await Promise.all([
    serveInTurn(ports, caller, entries),
    others.length === 0 ? NO_ANSWERS : forwardCalls(others, call),
  ]);
  return merge(entries, served, foreign);
}

async function serveInTurn(
  ports: OwnKeysPorts,
  caller: RpcCaller,
  entries: readonly Entry[],
): Promise<ReadonlyMap<Entry, AnswerText>> {
  const answers = new Map<Entry, AnswerText>();
  for (const entry of entries) {
    if (!entry.own) continue;
    const outcome = await serveCall(ports, caller, entry.text);
    if (entry.id !== undefined) answers.set(entry, formatAnswer(outcome, entry.id));
  }
  return answers;
}

/** What the origin answered, and what is said of a call that it did not answer. */
interface ForeignAnswers {
  readonly texts: readonly AnswerText[];
  readonly missing: Refusal;
}

const UNANSWERED = refuse("origin_unreachable", {
  message: "The origin did not answer this call.",
});
const NO_ANSWERS: ForeignAnswers = { texts: [], missing: UNANSWERED };

async function forwardCalls(calls: readonly Entry[], call: KeyCall): Promise<ForeignAnswers> {
  const batch = new Uint8Array(
    new TextEncoder().encode(`[${calls.map(({ text }) => text).join(",")}]`),
  );
  const response = await call.forward(batch);
  if (!(response instanceof Response)) return { texts: [], missing: response };
  try {
    const text = (await withDeadline(response.text(), call.api.forwardTimeoutMs)).trim();
    const body: unknown = text === "" ? [] : JSON.parse(text);
    if (Array.isArray(body)) return { texts: splitList(text), missing: UNANSWERED };
    const single = typeof body === "object" && body !== null;
    return { texts: single ? [text] : [], missing: UNANSWERED };
  } catch {
    return NO_ANSWERS;
  }
}

/** Answers find their calls by the id; what answers no call (id `null`) comes last. */
function merge(
  entries: readonly Entry[],
  served: ReadonlyMap<Entry, AnswerText>,
  { texts, missing }: ForeignAnswers,
): readonly AnswerText[] {
  const waiting = Map.groupBy(texts, readId);
  const answers = entries.flatMap((entry) => {
    const { id, own } = entry;
    if (id === undefined) return [];
    if (own) return served.get(entry) ?? [];
    return waiting.get(id)?.shift() ?? formatAnswer({ ok: false, refusal: missing }, id);
  });
  return [...answers, ...[...waiting.values()].flat()];
}

function readId(text: string): unknown {
  const answered: unknown = JSON.parse(text);
  return typeof answered === "object" && answered !== null && "id" in answered ? answered.id : null;
}

function formatAnswer(outcome: Outcome<object>, id: RpcId): AnswerText {
  if (outcome.ok) return JSON.stringify(formatResult(outcome.value, id));
  return JSON.stringify({ jsonrpc: "2.0", error: formatRpcError(outcome.refusal), id });
}

function formatResult(result: object, id: RpcId): object {
  return { jsonrpc: "2.0", result, id };
}

/** 204 where nothing is to be answered: only notifications were sent. */
function answer(answers: readonly AnswerText[], requestId: string): Response {
  const headers = { "Content-Type": "application/json" };
  const body = `[${answers.join(",")}]`;
  const response = respond({ status: 200, body, headers }, requestId);
  if (answers.length > 0) return response;
  response.headers.delete("Content-Type");
  return new Response(null, { status: 204, headers: response.headers });
}

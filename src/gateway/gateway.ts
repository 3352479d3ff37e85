/**
 * The data plane: one request from its API to its answer. The order of the stages is the list
 * `STAGES`, and its reason stands beside it. Refusals are values; what is thrown is an outage or a bug.
 */
import { findApi, type Api } from "../core/api.ts";
import { findAmbiguity } from "../core/path.ts";
import { DamagedRecord, Unavailable } from "../core/ports.ts";
import { refuse, type Refusal } from "../core/refusal.ts";
import type { Target } from "../core/target.ts";
import { admitAfter } from "./admit.ts";
import { addOwnHeaders, answerRefusal, rateLimitHeadersOf } from "./answer.ts";
import { authorize } from "./authorize.ts";
import { addCorsHeaders, answerPreflight, isPreflight } from "./cors.ts";
import { startExchange, type Exchange, type GatewayPorts, type Stage } from "./exchange.ts";
import { findKeyText } from "./find-key-text.ts";
import { forward } from "./forward.ts";
import { identifyKey } from "./identify-key.ts";
import { noteUsage } from "./note-usage.ts";
import { readCalls, readCallsOfStranger } from "./read-calls.ts";
import { serveMember, serveOwnRoutes } from "./serve-own-routes.ts";
import { judgeSignature } from "./verify-signature.ts";

/**
 * What is free comes before what costs: form and tag are judged without I/O, restrictions and the
 * signature before anything is counted, and the one call that counts also says what is in force. A
 * member's token is no key, so it is looked for first; a key's own routes are served once it is counted.
 */
const STAGES: readonly Stage[] = [
  serveMember,
  findKeyText,
  identifyKey,
  readCalls,
  admitAfter([authorize, judgeSignature]),
  serveOwnRoutes,
  forward,
];

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Answers one request to a fronted API. */
export async function handleApiRequest(
  request: Request,
  url: Target,
  requestId: string,
  apis: readonly Api[],
  ports: GatewayPorts,
): Promise<Response> {
  const api = findApi(apis, url);
  if (api === null) return answerRefusal(refuse("not_found"), null, requestId, request.method);
  const exchange = startExchange(request, url, api, requestId, ports.now());
  const formRefusal = judgeForm(request, url, api);
  if (formRefusal === null && isPreflight(request)) return answerPreflight(request, api, requestId);
  const outcome = formRefusal ?? (await runStages(exchange, ports));
  if (outcome instanceof Response) {
    addOwnHeaders(outcome.headers, exchange);
    return finish(outcome, exchange, null, ports);
  }
  if (api.dialect === "json-rpc") exchange.rpc ??= await readCallsOfStranger(request);
  const limits = rateLimitHeadersOf(exchange, outcome);
  const answer = answerRefusal(outcome, api, requestId, request.method, exchange.rpc, limits);
  return finish(answer, exchange, outcome, ports);
}

function finish(
  response: Response,
  exchange: Exchange,
  refusal: Refusal | null,
  ports: GatewayPorts,
): Response {
  addCorsHeaders(response, exchange.request, exchange.api);
  noteUsage(exchange, response.status, refusal, ports);
  return response;
}

async function runStages(exchange: Exchange, ports: GatewayPorts): Promise<Response | Refusal> {
  try {
    for (const stage of STAGES) {
      const outcome = await stage(exchange, ports);
      if (outcome !== null) return outcome;
    }
    throw new Error("no stage has answered");
  } catch (error) {
    return refusalOf(error, exchange, ports);
  } finally {
    exchange.deadline.end();
  }
}

/** An outage is 503, anything else a bug; either is told in the log, neither to the client. */
function refusalOf(error: unknown, exchange: Exchange, ports: GatewayPorts): Refusal {
  const where = { request_id: exchange.requestId, api: exchange.api.name };
  if (error instanceof Unavailable) {
    ports.log("error", "unavailable", { ...where, part: error.part });
    return refuse("unavailable", { retryAfterSeconds: 1 });
  }
  if (error instanceof DamagedRecord) {
    const keyId = exchange.identity?.keyId ?? null;
    ports.log("error", "damaged_record", { ...where, key_id: keyId });
    return refuse("unavailable", { retryAfterSeconds: 1 });
  }
  const name = error instanceof Error ? error.name : "unknown";
  ports.log("error", "internal", { ...where, error: name });
  return refuse("internal");
}

function judgeForm(request: Request, url: Target, api: Api): Refusal | null {
  if (!METHODS.includes(request.method)) return refuse("method_not_allowed", { allow: METHODS });
  const ambiguity = api.paths === "strict" ? findAmbiguity(url.pathname) : null;
  if (ambiguity === null) return null;
  return refuse("invalid_request", { message: `The path has ${ambiguity}.` });
}

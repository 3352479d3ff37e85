/**
 * Stage "decision": asks the key's object, usually once. What the edge judged with its own record is
 * final only when the object has confirmed that record; else it is judged again with the current one.
 */
import { DECIDE_FORMAT, type DecideCall, type Decision } from "../core/decision.ts";
import { Unavailable } from "../core/ports.ts";
import { retryAfterSeconds } from "../core/rate-limit-headers.ts";
import { versionOf, type KeyRecord } from "../core/record.ts";
import { refuse, type Refusal } from "../core/refusal.ts";
import { labelOf, violated } from "../core/window.ts";
import { factsOf } from "./authorize.ts";
import type {
  Exchange,
  GatewayPorts,
  Judge,
  KeyIdentity,
  Outcome,
  Progress,
  Stage,
} from "./exchange.ts";
import { countryOf, flushLater } from "./note-usage.ts";
import { ASKING_MS } from "./refusal-memory.ts";

/** How often who waits for another request's answer looks for it: none may wait for another's promise. */
const ASKING_EVERY_MS = 25;
/** Calls for one request: a record can change between two of them, not for ever. */
const MAX_CALLS = 3;

/** Makes the stage that runs `judges` with the record at hand and lets the object decide. */
export function admitAfter(judges: readonly Judge[]): Stage {
  return async function admit(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
    const { identity } = exchange;
    if (identity === null) throw new Error("identifyKey has not run");
    let record = ports.records.get(identity.textHash);
    for (let call = 0; call < MAX_CALLS; call += 1) {
      const refusal: Refusal | null = await judge(judges, exchange, record, ports);
      const cost = refusal === null ? exchange.cost : 0;
      const askedMs = ports.now();
      const known = await findRefusal(identity, ports, record, cost);
      const decision = known ?? (await ask(exchange, identity, ports, record, refusal));
      if (decision.outcome === "unknown") return unknown();
      record = decision.record ?? record;
      if (record === null) return unknown();
      ports.records.set(identity.textHash, record);
      exchange.record = record;
      exchange.windows = decision.windows;
      exchange.windowsAtMs = decision.nowMs;
      if (decision.outcome === "stale") continue;
      exchange.progress = progressOf(decision, refusal, known !== null);
      if (decision.outcome === "refused") {
        const judged = await judge(judges, exchange, record, ports);
        return explain(decision, judged);
      }
      if (refusal === null) {
        ports.refusals.note(identity.textHash, record, cost, decision, askedMs);
        return outcomeOf(decision, exchange);
      }
      if (decision.record === null) return refusal;
    }
    return refuse("unavailable", { retryAfterSeconds: 1 });
  };
}

/** That a key is over its limit is known for a while without asking its object. */
async function findRefusal(
  { textHash }: KeyIdentity,
  ports: GatewayPorts,
  record: KeyRecord | null,
  cost: number,
): Promise<Decision | null> {
  if (record === null || cost === 0) return null;
  for (let waitedMs = 0; waitedMs < ASKING_MS; waitedMs += ASKING_EVERY_MS) {
    const known = ports.refusals.find(textHash, record, cost, ports.now());
    if (known !== "asking") return known;
    await ports.wait(ASKING_EVERY_MS);
  }
  return null;
}

/** What the object has noted of the request by itself: all but what it was not asked about. */
function progressOf({ outcome }: Decision, refusal: Refusal | null, remembered: boolean): Progress {
  if (remembered) return "unknown";
  return outcome === "admitted" && refusal === null ? "admitted" : "refused";
}

/** The object's decision, which counts a request that nothing is said against. */
async function ask(
  exchange: Exchange,
  identity: KeyIdentity,
  ports: GatewayPorts,
  record: KeyRecord | null,
  refusal: Refusal | null,
): Promise<Decision> {
  const decision =
    record === null
      ? await decideCold(exchange, identity, ports, refusal)
      : await decide(exchange, identity, ports, record, refusal);
  if (decision.restsLater === true) flushLater(exchange, identity.keyId, ports);
  return decision;
}

/** What is wrong with the request as far as it can be said with this record, or without one. */
async function judge(
  judges: readonly Judge[],
  exchange: Exchange,
  record: KeyRecord | null,
  ports: GatewayPorts,
): Promise<Refusal | null> {
  if (record !== null) {
    for (const step of judges) {
      const refusal = await step(exchange, record, ports);
      if (refusal !== null) return { ...refusal, credentialSent: true };
    }
  }
  return exchange.bodyRefusal;
}

/** The object tells only the reason; the edge, with the same record, can say more about it. */
function explain({ reason }: Decision, judged: Refusal | null): Refusal {
  if (judged !== null && judged.reason === reason) return judged;
  return refuse(reason ?? "internal", { credentialSent: true });
}

/** A key this isolate does not know: KV and the object are asked side by side. */
async function decideCold(
  exchange: Exchange,
  identity: KeyIdentity,
  ports: GatewayPorts,
  refusal: Refusal | null,
): Promise<Decision> {
  const [stored, decision] = await Promise.all([
    loadStored(identity, ports),
    decide(exchange, identity, ports, null, refusal),
  ]);
  const { keyId } = identity;
  if (stored === null && decision.record !== null && !ports.reported.has(keyId, ports.now())) {
    ports.reported.add(keyId, ports.now());
    exchange.lingers = true;
    ports.waitUntil(reportMissing(decision.record, ports));
  }
  return decision;
}

/** The record in KV, `undefined` when KV did not answer: the object's answer is enough then. */
async function loadStored(
  { textHash, entry }: KeyIdentity,
  ports: GatewayPorts,
): Promise<KeyRecord | null | undefined> {
  try {
    // An imported key was looked up to know its id: there is nothing more to learn.
    if (entry === null) return undefined;
    return await ports.keyStore.load(textHash, entry);
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    return undefined;
  }
}

async function reportMissing({ account, key }: KeyRecord, ports: GatewayPorts): Promise<void> {
  try {
    await ports.accounts.reportMissing(account, key.id);
  } catch {
    ports.log("warn", "missing_record_not_reported", { key_id: key.id });
  }
}

function decide(
  exchange: Exchange,
  { keyId, textHash }: KeyIdentity,
  ports: GatewayPorts,
  record: KeyRecord | null,
  refusal: Refusal | null,
): Promise<Decision> {
  const call: DecideCall = {
    format: DECIDE_FORMAT,
    textHash,
    version: record === null ? null : versionOf(record),
    facts: factsOf(exchange),
    cost: refusal === null ? exchange.cost : 0,
    apiLimits: exchange.api.limits,
    apiSigning: exchange.api.signing,
    signature: exchange.signature,
    requestId: exchange.requestId,
    ...usageOf(exchange, keyId, ports, refusal),
  };
  return ports.keyStates.decide(keyId, exchange.api, call, exchange.deadline);
}

/** What is told for usage alone; nothing of a call that only reads. */
function usageOf(
  { cost, request }: Exchange,
  keyId: string,
  { usage }: GatewayPorts,
  refusal: Refusal | null,
): Pick<DecideCall, "refused" | "country" | "seen"> {
  const seen = usage.take(keyId);
  const country = countryOf(request);
  return {
    ...(seen === null ? {} : { seen }),
    ...(country === null ? {} : { country }),
    ...(refusal === null || cost === 0 ? {} : { refused: refusal.reason }),
  };
}

function outcomeOf(decision: Decision, exchange: Exchange): Outcome {
  switch (decision.outcome) {
    case "admitted":
      return null;
    case "unknown":
    case "stale":
    case "refused":
      throw new Error("told before");
    case "rate_limited":
      return refuse("rate_limited", {
        retryAfterSeconds: retryAfterSeconds(decision.windows, exchange.cost, decision.nowMs),
        violatedPolicies: violated(decision.windows, exchange.cost).map(labelOf),
      });
    case "too_costly":
      return refuse("invalid_request", {
        message: "This request counts for more than its limits ever admit at once.",
        wholeRequest: true,
      });
  }
}

function unknown(): Refusal {
  return refuse("unknown_key", { credentialSent: true });
}

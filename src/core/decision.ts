/**
 * The decision of a key's object about one request: one RPC, plain data both ways, versioned.
 * The object admits only a text whose hash stands in its record, and counts in all windows or none.
 */
import { authenticate } from "./authenticate.ts";
import { versionOf, type KeyRecord } from "./record.ts";
import { refuse, type Reason, type Refusal } from "./refusal.ts";
import { judgeRestrictions, type RequestFacts } from "./restriction.ts";
import { strictestSigning, type SigningMode } from "./signing.ts";
import type { Seen } from "./usage.ts";
import { take, violated, type Limits, type WindowCount, type WindowView } from "./window.ts";
import type { Counts } from "./write-ahead.ts";

/** The version of this exchange; new objects understand callers of older code. */
export const DECIDE_FORMAT = 2;

/** What must not be accepted twice, and until when it is remembered, epoch milliseconds. */
export interface Replay {
  readonly id: string;
  readonly untilMs: number;
}

/**
 * How far a request's signature has come: none was sent, one was sent that the edge could not judge yet,
 * it verified with the record of the call's version, none is asked for, or the edge's code did not look.
 */
export type CallSignature =
  | { readonly kind: "none" | "unverified" | "waived" | "unasked" }
  | { readonly kind: "verified"; readonly replay: Replay | null };

export interface DecideCall {
  readonly format: typeof DECIDE_FORMAT;
  /** Keyed hash of the presented text, base64url. */
  readonly textHash: string;
  /** The version of the record the edge judged with; `null` when it had none. */
  readonly version: string | null;
  readonly facts: RequestFacts;
  /** What to take from every window; 0 only reads. */
  readonly cost: number;
  /** The limits of a key that has none of its own or its account's: the API's. */
  readonly apiLimits: Limits;
  /** What the API asks of every key's requests. */
  readonly apiSigning: SigningMode;
  readonly signature: CallSignature;
  /** The same in a call that is made again: a request is not its own replay. */
  readonly requestId: string;
  /** Why the edge refuses the request, if the record it judged with is in force: for usage alone. */
  readonly refused?: Reason;
  /** Where the request came from, ISO 3166-1 alpha-2, as far as it is known: for usage alone. */
  readonly country?: string;
  /** What the caller has seen of answers since its last call: for usage alone. */
  readonly seen?: Seen;
}

/**
 * `record` is there when the edge's was not the current one; `stale` says that nothing was decided, since
 * the edge has to verify the signature with it first.
 */
export interface Decision {
  readonly format: typeof DECIDE_FORMAT;
  readonly outcome: "admitted" | "stale" | "unknown" | "refused" | "rate_limited" | "too_costly";
  /** Why, when refused. */
  readonly reason: Reason | null;
  readonly record: KeyRecord | null;
  readonly windows: readonly WindowView[];
  /** The object's clock, by which its windows open, epoch milliseconds. */
  readonly nowMs: number;
  /** Whether the object will write in some seconds anyway: what is told until then costs no write. */
  readonly restsLater?: boolean;
}

/** What a key's object keeps: its record and what it counted. */
export interface KeyUse extends Counts {
  readonly lastUsedMs: number | null;
  /** When a text other than the current one was admitted last: who still uses it in its grace. */
  readonly previousTextUsedMs: number | null;
}

export const UNUSED: KeyUse = {
  windows: [],
  requestCount: 0,
  lastUsedMs: null,
  previousTextUsedMs: null,
};

/** The answer for an id that was never installed. Nothing is stored for it. */
export function unknownDecision(nowMs: number): Decision {
  return {
    format: DECIDE_FORMAT,
    outcome: "unknown",
    reason: "unknown_key",
    record: null,
    windows: [],
    nowMs,
  };
}

/**
 * Decides one call. `use` is what to store before answering, `null` when nothing changed. `replayed` says
 * that another request was admitted with the same signature.
 */
export function decide(
  record: KeyRecord,
  use: KeyUse,
  call: DecideCall,
  nowMs: number,
  replayed = false,
): { readonly decision: Decision; readonly use: KeyUse | null } {
  const current = call.version === versionOf(record);
  const refusal = judge(record, call, current, replayed, nowMs);
  if (refusal?.reason === "unknown_key") return { decision: unknownDecision(nowMs), use: null };

  const stale = refusal === null && !current && isUnjudged(record, call);
  const cost = refusal === null && !stale ? call.cost : 0;
  const taken = take(limitsOf(record, call), use.windows, cost, nowMs);
  const decision: Decision = {
    format: DECIDE_FORMAT,
    outcome: stale ? "stale" : outcomeOf(refusal, taken.admitted, taken.views, cost),
    reason: refusal?.reason ?? null,
    record: current ? null : record,
    windows: taken.views,
    nowMs,
  };
  if (cost === 0) return { decision, use: null };
  if (!taken.admitted) return { decision, use: reanchored(use, taken.counts, nowMs) };
  const previous = record.key.texts[0]?.hash !== call.textHash;
  const admitted: KeyUse = {
    windows: taken.counts,
    requestCount: use.requestCount + cost,
    lastUsedMs: nowMs,
    previousTextUsedMs: previous ? nowMs : use.previousTextUsedMs,
  };
  return { decision, use: admitted };
}

/** The limits in force for a key: its own, else its account's, else its API's. */
export function limitsOf(record: KeyRecord, call: DecideCall): Limits {
  return record.limits ?? call.apiLimits;
}

/** After the clock stepped back the windows' new start must last, or each refusal would move it. */
function reanchored(use: KeyUse, windows: readonly WindowCount[], nowMs: number): KeyUse | null {
  const steppedBack = use.windows.some(({ openedAtMs }) => openedAtMs > nowMs);
  return steppedBack ? { ...use, windows } : null;
}

/** Steps 4 and 5 stand as the edge judged them when it had this very record. */
function judge(
  record: KeyRecord,
  call: DecideCall,
  current: boolean,
  replayed: boolean,
  nowMs: number,
): Refusal | null {
  return (
    authenticate(record, call.facts.api, call.textHash, nowMs) ??
    (current ? null : judgeRestrictions(record, call.facts)) ??
    judgePresence(record, call, current) ??
    (replayed ? refuse("replayed_signature") : null)
  );
}

function judgePresence(record: KeyRecord, call: DecideCall, current: boolean): Refusal | null {
  const { kind } = call.signature;
  const unsigned = kind === "unasked" || (kind === "none" && !current);
  return unsigned && modeOf(record, call) === "required" ? refuse("missing_signature") : null;
}

/** A signature that counts for something and was not verified with this very record. */
function isUnjudged(record: KeyRecord, call: DecideCall): boolean {
  const { kind } = call.signature;
  return (kind === "unverified" || kind === "verified") && modeOf(record, call) !== "off";
}

function modeOf({ key }: KeyRecord, { apiSigning }: DecideCall): SigningMode {
  return strictestSigning(apiSigning, key.signing ?? null);
}

function outcomeOf(
  refusal: Refusal | null,
  admitted: boolean,
  views: readonly WindowView[],
  cost: number,
): Decision["outcome"] {
  if (refusal !== null) return "refused";
  if (admitted) return "admitted";
  return violated(views, cost).some(({ limit }) => limit < cost) ? "too_costly" : "rate_limited";
}

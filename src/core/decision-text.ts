/**
 * The exchange of `decision.ts` as one text each way. An object's answer costs about as much as all else
 * that a request does, and half of that was building and reading objects on both sides: a text has
 * nothing to walk through. Fields stand in lines, in the order that they are written here.
 */
import { DECIDE_FORMAT, type CallSignature, type DecideCall, type Decision } from "./decision.ts";
import type { KeyRecord } from "./record.ts";
import type { Reason } from "./refusal.ts";
import type { SigningMode } from "./signing.ts";
import type { Counts, Seen, Tally } from "./usage.ts";
import type { WindowName, WindowView } from "./window.ts";

/** The version of the texts, their first line. */
const TEXT_FORMAT = "3";

/**
 * A call in lines, or `null` for one with a line break in a member: that one travels as an object.
 * What may be anything but absent is written behind a `=`, so that nothing and an empty text differ.
 */
export function encodeCall(call: DecideCall): string | null {
  const { facts, signature } = call;
  const { pathname, method } = facts.endpoint;
  const free = `${pathname}${method}${facts.ip}${facts.referer}${facts.origin}${call.requestId}`;
  if (free.includes("\n")) return null;
  const replay = signature.kind === "verified" ? signature.replay : null;
  return `${TEXT_FORMAT}
${call.textHash}
${call.version ?? ""}
${call.cost}
${call.requestId}
${method}
${pathname}
${facts.api}
${encodeOptional(facts.ip)}
${facts.ipBlocked ? 1 : ""}
${encodeOptional(facts.referer)}
${encodeOptional(facts.origin)}
${facts.environments.join(" ")}
${facts.permissions.join(" ")}
${encodeCounts(call.apiLimits)}
${call.apiSigning}
${signature.kind}
${replay === null ? "" : `${replay.untilMs} ${replay.id}`}
${call.refused ?? ""}
${call.country ?? ""}
${call.seen === undefined ? "" : encodeSeen(call.seen)}`;
}

/** Reads a call. Throws for a text of another version. */
export function decodeCall(text: string): DecideCall {
  const line = text.split("\n");
  if (line[0] !== TEXT_FORMAT) throw new Error("unknown call format");
  const at = (index: number): string => line[index] ?? "";
  return {
    format: DECIDE_FORMAT,
    textHash: at(1),
    version: at(2) === "" ? null : at(2),
    cost: Number(at(3)),
    requestId: at(4),
    facts: {
      endpoint: { method: at(5), pathname: at(6) },
      api: at(7),
      ip: decodeOptional(at(8)),
      ipBlocked: at(9) !== "",
      referer: decodeOptional(at(10)),
      origin: decodeOptional(at(11)),
      environments: decodeList(at(12)),
      permissions: decodeList(at(13)),
    },
    apiLimits: decodeCounts(at(14)),
    apiSigning: at(15) as SigningMode,
    signature: decodeSignature(at(16), at(17)),
    ...(at(18) === "" ? {} : { refused: at(18) as Reason }),
    ...(at(19) === "" ? {} : { country: at(19) }),
    ...(at(20) === "" ? {} : { seen: decodeSeen(at(20)) }),
  };
}

/** A decision in lines; a record, which is seldom there, is the last of them. */
export function encodeDecision(decision: Decision): string {
  let windows = "";
  for (const { name, limit, remaining, resetAtMs, shared } of decision.windows) {
    windows += `${name} ${limit} ${remaining} ${resetAtMs}${shared === true ? " shared" : ""};`;
  }
  return `${TEXT_FORMAT}
${decision.outcome}
${decision.reason ?? ""}
${decision.nowMs}
${decision.restsLater === true ? 1 : ""}
${windows}
${decision.record === null ? "" : JSON.stringify(decision.record)}`;
}

/** Reads a decision. Throws for a text of another version: what is not understood must not admit. */
export function decodeDecision(text: string): Decision {
  const line = text.split("\n", 7);
  if (line[0] !== TEXT_FORMAT) throw new Error("unknown answer format");
  const at = (index: number): string => line[index] ?? "";
  return {
    format: DECIDE_FORMAT,
    outcome: at(1) as Decision["outcome"],
    reason: at(2) === "" ? null : (at(2) as Reason),
    nowMs: Number(at(3)),
    ...(at(4) === "" ? {} : { restsLater: true }),
    windows: decodeWindows(at(5)),
    record: at(6) === "" ? null : (JSON.parse(at(6)) as KeyRecord),
  };
}

function encodeOptional(text: string | null): string {
  return text === null ? "" : `=${text}`;
}

function decodeOptional(text: string): string | null {
  return text === "" ? null : text.slice(1);
}

function decodeList(text: string): readonly string[] {
  return text === "" ? [] : text.split(" ");
}

function decodeSignature(kind: string, replay: string): CallSignature {
  if (kind !== "verified") return { kind: kind as Exclude<CallSignature["kind"], "verified"> };
  if (replay === "") return { kind, replay: null };
  const [untilMs, id = ""] = replay.split(" ");
  return { kind, replay: { id, untilMs: Number(untilMs) } };
}

function decodeWindows(text: string): readonly WindowView[] {
  const windows: WindowView[] = [];
  for (const window of text.split(";")) {
    if (window === "") continue;
    const [name, limit, remaining, resetAtMs, shared] = window.split(" ");
    windows.push({
      name: name as WindowName,
      limit: Number(limit),
      remaining: Number(remaining),
      resetAtMs: Number(resetAtMs),
      ...(shared === undefined ? {} : { shared: true }),
    });
  }
  return windows;
}

/** Names here are windows, reasons, classes of status and ranges: none has a separator in it. */
function encodeCounts(counts: Readonly<Record<string, number>>): string {
  let text = "";
  for (const name of Object.keys(counts)) text += `${name}=${counts[name]},`;
  return text;
}

function decodeCounts(text: string): Counts {
  const counts: Record<string, number> = {};
  for (const entry of text.split(",")) {
    const equals = entry.indexOf("=");
    if (equals > 0) counts[entry.slice(0, equals)] = Number(entry.slice(equals + 1));
  }
  return counts;
}

function encodeSeen(seen: Seen): string {
  let text = "";
  for (const { minute, tally } of seen) {
    const { requests, refused, status, latency } = tally;
    text += `${minute} ${requests} ${encodeCounts(refused)} ${encodeCounts(status)} ${encodeCounts(latency)};`;
  }
  return text;
}

function decodeSeen(text: string): Seen {
  return text
    .split(";")
    .slice(0, -1)
    .map((entry) => {
      const [minute, requests, refused = "", status = "", latency = ""] = entry.split(" ");
      const tally: Tally = {
        requests: Number(requests),
        refused: decodeCounts(refused),
        status: decodeCounts(status),
        latency: decodeCounts(latency),
      };
      return { minute: Number(minute), tally };
    });
}

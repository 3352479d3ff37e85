/**
 * What a key's object has yet to tell its account, for the account's alerts. It is stored with what else is
 * written, told by the object's alarm alone, and never in the way of a request: what cannot be told is told
 * later, and an object that is lost in between may tell something twice.
 */
import {
  DIGEST_FORMAT,
  type Digest,
  type DigestMessage,
  type OldText,
} from "../core/alert-digest.ts";
import {
  gatherAnswers,
  gatherDecision,
  packGathering,
  startGathering,
  takeBack,
  tellAtMs,
  unpackGathering,
} from "../core/alert-gathering.ts";
import type { DecideCall, Decision } from "../core/decision.ts";
import type { Key, KeyRecord } from "../core/record.ts";
import { DAY_MS, HOUR_MS, type Seen } from "../core/usage.ts";

export interface DigestKeeper {
  /** Adds what was decided. */
  note(record: KeyRecord, call: DecideCall, decision: Decision): void;
  /** Adds what a caller has seen of answers. */
  observe(seen: Seen): void;
  /** Whether there is something that was not saved yet. */
  readonly isUnsaved: boolean;
  /** Gives what is to be told, to be stored by the caller. */
  save(): string;
  /**
   * When the alarm must come for it, epoch ms, `null` for no need: what is ordinary waits for a use that
   * comes when it is due.
   */
  alarmAtMs(nowMs: number): number | null;
  /** Tells what is due. Never rejects. */
  tell(record: KeyRecord, send: (message: DigestMessage) => Promise<void>): Promise<void>;
}

/** How long after a use the alarm comes, so that what is seen of its answer comes along. */
const ALARM_MS = 8000;

/** How much of what is alike waits to be gathered at once: gathering costs more than counting. */
const ALIKE_AT_ONCE = 32;

/** Requests that differ in nothing that is gathered but in when they came, within an hour. */
interface Alike {
  readonly call: DecideCall;
  decision: Decision;
  cost: number;
  requests: number;
}

/** The keeper of a key's object; `stored` is what was to be told. */
export function createDigestKeeper(stored: string | null): DigestKeeper {
  let gathering = unpackGathering(stored);
  let isUnsaved = false;
  let alike: Alike | null = null;
  let seenUngathered: Seen[number][] = [];

  function replace(next: typeof gathering): void {
    isUnsaved ||= next !== gathering;
    gathering = next;
  }

  function gatherAll(): void {
    if (alike !== null) {
      const { call, cost, decision } = alike;
      alike = null;
      replace(gatherDecision(gathering, { ...call, cost }, decision, false, decision.nowMs));
    }
    if (seenUngathered.length === 0) return;
    const seen = seenUngathered;
    seenUngathered = [];
    replace(gatherAnswers(gathering, seen, Date.now()));
  }

  return {
    get isUnsaved() {
      gatherAll();
      return isUnsaved;
    },
    note({ key }, call, decision) {
      if (alike !== null && isAlike(alike, call, decision)) {
        alike.cost += call.cost;
        alike.requests += 1;
        alike.decision = decision;
        return;
      }
      gatherAll();
      const isOldText = key.texts[0]?.hash !== call.textHash;
      replace(gatherDecision(gathering, call, decision, isOldText, decision.nowMs));
      if (isOldText || call.cost === 0 || decision.outcome !== "admitted") return;
      alike = { call, decision, cost: 0, requests: 0 };
    },
    observe(seen) {
      seenUngathered.push(...seen);
      if (seenUngathered.length >= ALIKE_AT_ONCE || seen.some(hasErrors)) gatherAll();
    },
    save() {
      gatherAll();
      isUnsaved = false;
      return packGathering(gathering);
    },
    alarmAtMs(nowMs) {
      const atMs = tellAtMs(gathering);
      if (atMs === null) return null;
      if (atMs <= nowMs) return nowMs + ALARM_MS;
      // A use that nothing follows is told within a day, or its key would be taken for unused.
      return gathering.urgent ? atMs : Math.max(atMs, (gathering.sinceMs ?? nowMs) + DAY_MS);
    },
    async tell({ key }, send) {
      gatherAll();
      const atMs = tellAtMs(gathering);
      if (atMs === null || Date.now() < atMs) return;
      const told = gathering;
      replace(startGathering(told));
      const { digest } = told;
      try {
        const oldText = findOldText(key, digest);
        await send({ format: DIGEST_FORMAT, key: key.id, digest, oldText });
      } catch {
        replace(takeBack(gathering, told, Date.now()));
      }
    },
  };
}

/** Whether a call differs from those before in nothing that matters, so that they add up. */
function isAlike(alike: Alike, call: DecideCall, decision: Decision): boolean {
  const { call: first, decision: last } = alike;
  return (
    alike.requests < ALIKE_AT_ONCE &&
    decision.outcome === "admitted" &&
    call.cost > 0 &&
    call.textHash === first.textHash &&
    call.facts.ip === first.facts.ip &&
    call.country === first.country &&
    Math.floor(decision.nowMs / HOUR_MS) === Math.floor(last.nowMs / HOUR_MS) &&
    decision.windows.every(({ resetAtMs }, i) => resetAtMs === last.windows[i]?.resetAtMs)
  );
}

function hasErrors({ tally: { status } }: Seen[number]): boolean {
  return status["4xx"] !== undefined || status["5xx"] !== undefined;
}

function findOldText(key: Key, { oldTextUsedMs: usedMs }: Digest): OldText | null {
  const untilMs = key.texts[1]?.untilMs ?? null;
  if (usedMs === null || untilMs === null) return null;
  return { usedMs, sinceMs: key.rotatedAtMs ?? key.createdAtMs, untilMs };
}

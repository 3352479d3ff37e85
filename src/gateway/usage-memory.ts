/**
 * Per isolate: what was seen of answers and no key's object has been told yet. It forgets rather than
 * grows: the keys and the minutes of each are bounded.
 */
import type { Reason } from "../core/refusal.ts";
import { countAnswer, MINUTE_MS, startTally, type OpenTally, type Seen } from "../core/usage.ts";

const MAX_MINUTES = 30;

export interface UsageMemory {
  /** Notes an answer; `milliseconds` is `null` of one that no origin has given. */
  note(
    keyId: string,
    status: number,
    milliseconds: number | null,
    refused: Reason | null,
    nowMs: number,
  ): void;
  /** What there is to tell of a key, which is forgotten with it; `null` for nothing. */
  take(keyId: string): Seen | null;
  /** Whether the caller is the one to flush a key: no other does until `endFlush`. */
  beginFlush(keyId: string): boolean;
  /** Whether a call has taken along what there was since this was asked last: more may follow. */
  isRiding(keyId: string): boolean;
  endFlush(keyId: string): void;
}

interface SeenMinute {
  readonly minute: number;
  readonly tally: OpenTally;
}

/** A memory of at most `capacity` keys; the one that was noted first goes first. */
export function createUsageMemory(capacity: number): UsageMemory {
  const byKey = new Map<string, SeenMinute[]>();
  const riding = new Map<string, boolean>();

  function open(keyId: string): SeenMinute[] {
    const known = byKey.get(keyId);
    if (known !== undefined) return known;
    const [oldest] = byKey.size < capacity ? [] : byKey.keys();
    if (oldest !== undefined) byKey.delete(oldest);
    const opened: SeenMinute[] = [];
    byKey.set(keyId, opened);
    return opened;
  }

  return {
    note(keyId, status, milliseconds, refused, nowMs) {
      const minute = Math.floor(nowMs / MINUTE_MS);
      const seen = open(keyId);
      let last = seen.at(-1);
      if (last?.minute !== minute) {
        last = { minute, tally: startTally() };
        seen.push(last);
        if (seen.length > MAX_MINUTES) seen.shift();
      }
      countAnswer(last.tally, status, milliseconds, refused);
    },
    take(keyId) {
      if (riding.has(keyId)) riding.set(keyId, true);
      const seen = byKey.get(keyId) ?? null;
      byKey.delete(keyId);
      return seen;
    },
    beginFlush(keyId) {
      if (riding.has(keyId)) return false;
      riding.set(keyId, false);
      return true;
    },
    isRiding(keyId) {
      const ridden = riding.get(keyId) === true;
      riding.set(keyId, false);
      return ridden;
    },
    endFlush(keyId) {
      riding.delete(keyId);
    },
  };
}

/**
 * Per isolate: what was seen of answers and no key's object has been told yet. It forgets rather than
 * grows: the keys and the minutes of each are bounded.
 */
import { addTally, MINUTE_MS, NO_USE, type Seen, type Tally } from "../core/usage.ts";

const MAX_MINUTES = 30;

export interface UsageMemory {
  note(keyId: string, tally: Tally, nowMs: number): void;
  /** What there is to tell of a key, which is forgotten with it; `null` for nothing. */
  take(keyId: string): Seen | null;
  /** Whether the caller is the one to flush a key: no other does until `endFlush`. */
  beginFlush(keyId: string): boolean;
  /** Whether a call has taken along what there was since this was asked last: more may follow. */
  isRiding(keyId: string): boolean;
  endFlush(keyId: string): void;
}

/** A memory of at most `capacity` keys; the one that was noted first goes first. */
export function createUsageMemory(capacity: number): UsageMemory {
  const byKey = new Map<string, Seen>();
  const riding = new Map<string, boolean>();
  return {
    note(keyId, tally, nowMs) {
      const minute = Math.floor(nowMs / MINUTE_MS);
      const known = byKey.get(keyId) ?? [];
      const last = known.at(-1);
      const sum = addTally(last?.minute === minute ? last.tally : NO_USE, tally);
      const earlier = last?.minute === minute ? known.slice(0, -1) : known.slice(1 - MAX_MINUTES);
      const [oldest] = byKey.keys();
      if (!byKey.has(keyId) && byKey.size >= capacity && oldest !== undefined) byKey.delete(oldest);
      byKey.set(keyId, [...earlier, { minute, tally: sum }]);
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

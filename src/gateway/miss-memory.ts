/**
 * Per isolate: hashes that were looked up among the imported keys in vain, so that a flood of one text
 * costs one read. Forgotten after a few seconds: an import has to work within a minute.
 */

const REMEMBERED_MS = 10_000;

export interface MissMemory {
  has(hash: string, nowMs: number): boolean;
  add(hash: string, nowMs: number): void;
}

/** A memory of at most `capacity` hashes; the one that was added first goes first. */
export function createMissMemory(capacity: number): MissMemory {
  const missedAtMs = new Map<string, number>();
  return {
    has: (hash, nowMs) => (missedAtMs.get(hash) ?? -REMEMBERED_MS) + REMEMBERED_MS > nowMs,
    add(hash, nowMs) {
      missedAtMs.delete(hash);
      const [oldest] = missedAtMs.keys();
      if (missedAtMs.size >= capacity && oldest !== undefined) missedAtMs.delete(oldest);
      missedAtMs.set(hash, nowMs);
    },
  };
}

/**
 * Per isolate: names that were looked up in vain a short while ago, so that a flood of one of them costs
 * one look-up, or one report of it.
 */

export interface MissMemory {
  has(name: string, nowMs: number): boolean;
  add(name: string, nowMs: number): void;
}

/** A memory of at most `capacity` names; the one that was added first goes first. */
export function createMissMemory(capacity: number, rememberedMs: number): MissMemory {
  const missedAtMs = new Map<string, number>();
  return {
    has: (name, nowMs) => (missedAtMs.get(name) ?? -rememberedMs) + rememberedMs > nowMs,
    add(name, nowMs) {
      missedAtMs.delete(name);
      const [oldest] = missedAtMs.keys();
      if (missedAtMs.size >= capacity && oldest !== undefined) missedAtMs.delete(oldest);
      missedAtMs.set(name, nowMs);
    },
  };
}

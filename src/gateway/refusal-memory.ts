/**
 * Per isolate: keys that are over their limit, so that a flood of one costs its object one call in 5
 * seconds. Asked only after a request has passed every judge; it can refuse too long, never admit.
 */
import { createBoundedMap } from "../core/bounded-map.ts";
import type { Decision } from "../core/decision.ts";
import { versionOf, type KeyRecord } from "../core/record.ts";
import { violated } from "../core/window.ts";

const REMEMBERED_MS = 5000;
/** After them one request asks the object again; the others wait for what it says, no longer than this. */
export const ASKING_MS = 250;

export interface RefusalMemory {
  /**
   * The refusal of an equal or lower cost that is still true, by the object's clock of now; "asking" while
   * another request asks whether it still is; `null` when the caller has to ask.
   */
  find(
    textHash: string,
    record: KeyRecord,
    cost: number,
    nowMs: number,
  ): Decision | "asking" | null;
  /** Remembers a decision if it refuses for the limits; `askedMs` is when it was asked for. */
  note(
    textHash: string,
    record: KeyRecord,
    cost: number,
    decision: Decision,
    askedMs: number,
  ): void;
}

interface Remembered {
  readonly decision: Decision;
  readonly version: string;
  readonly cost: number;
  readonly sinceMs: number;
  readonly opensAtMs: number;
  /** When the object was asked again. */
  askedAgainMs: number;
}

/** A memory of at most `capacity` keys. */
export function createRefusalMemory(capacity: number): RefusalMemory {
  const refusals = createBoundedMap<Remembered>(capacity);

  return {
    find(textHash, record, cost, nowMs) {
      const known = refusals.get(textHash);
      if (known === null || nowMs < known.sinceMs || nowMs >= known.opensAtMs) return null;
      if (cost < known.cost || versionOf(record) !== known.version) return null;
      if (nowMs < known.sinceMs + REMEMBERED_MS) {
        return { ...known.decision, nowMs: known.decision.nowMs + nowMs - known.sinceMs };
      }
      if (nowMs < known.askedAgainMs + ASKING_MS) return "asking";
      known.askedAgainMs = nowMs;
      return null;
    },
    note(textHash, record, cost, decision, askedMs) {
      if (decision.outcome !== "rate_limited") {
        // Those who wait for it ask by themselves.
        const known = refusals.get(textHash);
        if (known !== null) known.askedAgainMs = Number.NEGATIVE_INFINITY;
        return;
      }
      const opens = violated(decision.windows, cost).map(({ resetAtMs }) => resetAtMs);
      refusals.set(textHash, {
        decision: { ...decision, record: null },
        version: versionOf(record),
        cost,
        sinceMs: askedMs,
        opensAtMs: askedMs + Math.max(...opens) - decision.nowMs,
        askedAgainMs: Number.NEGATIVE_INFINITY,
      });
    },
  };
}

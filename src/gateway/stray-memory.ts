/** Per isolate: refused requests of which no key is known, until the directory is told, once a minute. */
import { noteStray, type OpenStrays, type Strays } from "../core/strays.ts";
import type { Reason } from "../core/refusal.ts";

const FLUSH_EVERY_MS = 60_000;

export interface StrayMemory {
  note(api: string, reason: Reason, ip: string | null, nowMs: number): void;
  /** Whether it is time to tell: the caller is the one who does. */
  beginFlush(nowMs: number): boolean;
  /** What there is to tell, which is forgotten with it. */
  take(): Strays;
}

/** An empty memory. Its size is bounded by the APIs and the addresses that are told apart. */
export function createStrayMemory(): StrayMemory {
  let strays: OpenStrays[] = [];
  let flushedAtMs = Number.NEGATIVE_INFINITY;
  return {
    note(api, reason, ip, nowMs) {
      noteStray(strays, api, reason, ip, nowMs);
    },
    beginFlush(nowMs) {
      if (Math.abs(nowMs - flushedAtMs) < FLUSH_EVERY_MS) return false;
      flushedAtMs = nowMs;
      return true;
    },
    take() {
      const taken = strays;
      strays = [];
      return taken;
    },
  };
}

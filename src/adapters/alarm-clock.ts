/**
 * The one alarm of an object, for all that want to be woken by it. Setting it is a billed write, so it is set
 * only when none comes before the time that is asked for. Who it wakes too early asks again.
 */

export interface AlarmClock {
  /** Whether `set` would have anything to do; asked for each request, of which few need it. */
  needs(atMs: number | null): boolean;
  /** Sees to it that the alarm comes at this time (epoch ms) or before; `null` asks for nothing. */
  set(atMs: number | null): Promise<void>;
  /** Whether it was asked for and comes at this time (epoch ms) or before. */
  isAwaitedBy(ms: number): boolean;
  /** Tells that it has come. */
  rang(): void;
}

/** One that should have come so long ago was lost. */
const LOST_MS = 60_000;

/** The alarm of an object, which others may set, too. */
export function createAlarmClock(storage: DurableObjectStorage): AlarmClock {
  let awaitedMs: number | null = null;

  function needs(atMs: number | null): atMs is number {
    if (atMs === null) return false;
    const comesBefore = awaitedMs !== null && awaitedMs <= atMs;
    return !comesBefore || Date.now() - (awaitedMs ?? 0) >= LOST_MS;
  }

  return {
    needs,
    async set(atMs) {
      if (!needs(atMs)) return;
      awaitedMs = atMs;
      try {
        const setMs = await storage.getAlarm();
        if (setMs === null || setMs > atMs) await storage.setAlarm(atMs);
        else if (awaitedMs === atMs) awaitedMs = setMs;
      } catch (error) {
        awaitedMs = null;
        throw error;
      }
    },
    isAwaitedBy: (ms) => awaitedMs !== null && awaitedMs <= ms,
    rang() {
      awaitedMs = null;
    },
  };
}

/** The first of some times, epoch ms; `null` where there is none. */
export function earliest(...times: readonly (number | null)[]): number | null {
  const first = Math.min(...times.filter((time) => time !== null));
  return Number.isFinite(first) ? first : null;
}

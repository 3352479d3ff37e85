/**
 * The alarm of an object that is asked for often: setting it is a billed write, so it is set only when
 * none comes before the time that is asked for. Who it wakes too early asks again.
 */

export interface AlarmClock {
  /** Whether `set` would have anything to do; asked for each request, of which few need it. */
  needs(atMs: number | null): boolean;
  /** Sees to it that the alarm comes at this time (epoch ms) or before; `null` asks for nothing. */
  set(atMs: number | null): Promise<void>;
  /** Whether it was asked for and has not come. */
  readonly isAwaited: boolean;
  /** Tells that it has come. */
  rang(): void;
}

/** One that should have come so long ago was lost. */
const LOST_MS = 60_000;

/** The alarm of an object, which others may set, too. */
export function createAlarmClock(storage: DurableObjectStorage): AlarmClock {
  let awaitedMs: number | null = null;

  function needs(atMs: number | null): atMs is number {
    return atMs !== null && (awaitedMs === null || Math.abs(atMs - awaitedMs) >= LOST_MS);
  }

  return {
    needs,
    get isAwaited() {
      return awaitedMs !== null;
    },
    async set(atMs) {
      if (!needs(atMs)) return;
      awaitedMs = atMs;
      try {
        const setMs = await storage.getAlarm();
        if (setMs === null || setMs > atMs) await storage.setAlarm(atMs);
      } catch (error) {
        awaitedMs = null;
        throw error;
      }
    },
    rang() {
      awaitedMs = null;
    },
  };
}

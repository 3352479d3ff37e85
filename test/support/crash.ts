/** Crashes of a key's object at the very moment of a write. */
import { runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";
import { keyStateOf } from "./gateway.ts";

/** Before the write, before it is on the disk, or once it is there and before anything else is done. */
export const CRASH_POINTS = ["before", "within", "after"] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

/**
 * Resets the object of a key at the `n`th of its writes from now on: counts that are stored and alarms
 * that are set. Tells how many writes there were in this life of the object.
 */
export async function crashAtWrite(
  id: string,
  n: number,
  point: CrashPoint,
): Promise<() => number> {
  let writes = 0;
  await runInDurableObject(keyStateOf(id), (_, state) => {
    const { storage } = state;
    const crash = (): void => state.abort("crashed at a write");
    const crashAround = <T>(write: () => T): T => {
      writes += 1;
      if (writes !== n) return write();
      if (point === "before") crash();
      const written = write();
      if (point === "within") crash();
      else void storage.sync().then(crash);
      return written;
    };
    // Those of the prototype, so that what an earlier call has put before them is not asked.
    const real = Object.getPrototypeOf(storage) as DurableObjectStorage;
    vi.spyOn(storage, "transactionSync").mockImplementation((closure: () => unknown) =>
      crashAround(() => real.transactionSync.call(storage, closure)),
    );
    vi.spyOn(storage, "setAlarm").mockImplementation((...when) =>
      crashAround(() => real.setAlarm.apply(storage, when)),
    );
  });
  return () => writes;
}

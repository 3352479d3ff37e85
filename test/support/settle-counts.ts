/** Time and restarts as a key's object sees them. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { vi } from "vitest";

/** Runs the alarm of an object as it comes after the last request, then lets the object go. */
export async function restAndEvict(stub: DurableObjectStub): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 8000 });
  try {
    await runDurableObjectAlarm(stub);
  } finally {
    vi.useRealTimers();
  }
  await evictDurableObject(stub);
}

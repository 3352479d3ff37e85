/**
 * What became of each request, for statistics alone: noted in the isolate, told to the key's object with
 * its next call or some seconds later, to the directory where no key is known. It never delays an answer,
 * and what cannot be told is lost.
 */
import type { Refusal } from "../core/refusal.ts";
import type { Exchange, GatewayPorts } from "./exchange.ts";

/** Before the alarm of the key's object, which then stores it together with the counts. */
const FLUSH_AFTER_MS = 4000;
/** While calls go on they take it along; the platform lets work go on for 30 s after an answer. */
const MAX_WAITS = 6;

/** Notes an answer: what the key's object has not noted by itself when it decided. */
export function noteUsage(
  exchange: Exchange,
  status: number,
  refusal: Refusal | null,
  ports: GatewayPorts,
): void {
  const { api, identity, progress, record, startedAtMs } = exchange;
  const nowMs = ports.now();
  if (record !== null && identity !== null) {
    const milliseconds = progress === "admitted" ? nowMs - startedAtMs : null;
    const refused = progress === "refused" ? null : (refusal?.reason ?? null);
    ports.usage.note(identity.keyId, status, milliseconds, refused, nowMs);
  } else if (refusal !== null) {
    ports.strays.note(api.name, refusal.reason, exchange.headers.get("cf-connecting-ip"), nowMs);
    if (ports.strays.beginFlush(nowMs)) ports.waitUntil(flushStrays(ports));
  }
}

/** Tells the key's object what was seen by then, for when no further request comes. */
export function flushLater(exchange: Exchange, keyId: string, ports: GatewayPorts): void {
  if (!ports.usage.beginFlush(keyId)) return;
  exchange.lingers = true;
  ports.waitUntil(flush(keyId, ports));
}

/** The country that the platform has found the client in, `null` where it has not. */
export function countryOf({ cf }: Request): string | null {
  const country = cf?.["country"];
  return typeof country === "string" && /^[A-Z0-9]{2}$/.test(country) ? country : null;
}

async function flush(keyId: string, ports: GatewayPorts): Promise<void> {
  try {
    for (let waited = 0; waited < MAX_WAITS; waited += 1) {
      await ports.wait(FLUSH_AFTER_MS);
      if (!ports.usage.isRiding(keyId)) break;
    }
    const seen = ports.usage.take(keyId);
    if (seen !== null) await ports.keyStates.observe(keyId, seen);
  } catch {
    ports.log("warn", "usage_lost", { key_id: keyId });
  } finally {
    ports.usage.endFlush(keyId);
  }
}

async function flushStrays(ports: GatewayPorts): Promise<void> {
  try {
    await ports.wait(FLUSH_AFTER_MS);
    await ports.directory.noteStrays(ports.strays.take());
  } catch {
    ports.log("warn", "strays_lost", {});
  }
}

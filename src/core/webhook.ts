/**
 * How alerts are sent: as Standard Webhooks (standardwebhooks.com, version 1.0.0), signed with a secret that
 * the receiver was shown once, and again for a day while it does not take them. Pure but for WebCrypto.
 */
import type { AlertEvent } from "./alert.ts";
import { decodeBase64 } from "./bytes.ts";
import { MINUTE_MS } from "./usage.ts";

/** Where an account's alerts are sent, as it is stored. */
export interface Webhook {
  readonly url: string;
  /** Off when it was switched off, or has answered 410. */
  readonly enabled: boolean;
  /** Encrypted for `webhookContext`. */
  readonly secret: string;
  readonly secretMadeAtMs: number;
}

/** An event as it is sent, with an id that stays the same however often it is. */
export type SentEvent = AlertEvent & { readonly id: string };

const SECRET_PREFIX = "whsec_";
const SECRET_BYTES = 32;

/** How long is waited after each attempt that failed: together a little less than a day. */
const PAUSES_MS = [1 / 3, 1, 5, 30, 120, 240, 360, 660].map((minutes) => minutes * MINUTE_MS);

/** How often an event is sent before it is given up. */
export const MAX_ATTEMPTS = PAUSES_MS.length + 1;

/** When the next attempt is due after so many, counted from the last one, in milliseconds. */
export function pauseAfter(attempts: number): number {
  return PAUSES_MS[attempts - 1] ?? MINUTE_MS;
}

/** Draws a secret: `whsec_` and 32 random bytes in base64. */
export function drawWebhookSecret(drawBytes: (length: number) => Uint8Array): string {
  return SECRET_PREFIX + encodeBase64(drawBytes(SECRET_BYTES));
}

/** What the secret of an account is encrypted for: no other account's can take its place. */
export function webhookContext(accountId: string): string {
  return `webhook-secret:${accountId}`;
}

/** The body of an event's message. */
export function formatMessage(account: string, event: SentEvent): string {
  const { id, atMs, rule, key, phase, details } = event;
  return JSON.stringify({
    type: `alert.${phase}`,
    timestamp: new Date(atMs).toISOString(),
    data: { id, account, rule, key, phase, details },
  });
}

/** The headers of a message that is sent at `nowMs`. Throws for what is no secret. */
export async function signMessage(
  secret: string,
  id: string,
  nowMs: number,
  body: string,
): Promise<Readonly<Record<string, string>>> {
  const bytes = decodeBase64(secret.slice(SECRET_PREFIX.length));
  if (bytes === null || bytes.length === 0) throw new Error("the webhook's secret cannot be read");
  const timestamp = String(Math.floor(nowMs / 1000));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${encodeBase64(mac)}`,
  };
}

function encodeBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

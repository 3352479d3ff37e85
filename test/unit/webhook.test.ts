import { expect, it, test } from "vitest";
import {
  drawWebhookSecret,
  formatMessage,
  MAX_ATTEMPTS,
  pauseAfter,
  signMessage,
} from "../../src/core/webhook.ts";
import vectors from "../support/vectors/webhooks.json";
import { isGenuine } from "../support/webhook-receiver.ts";

const { secret, id, timestamp, payload } = vectors;

it("a message is signed as the published example of Standard Webhooks is", async () => {
  expect(await signMessage(secret, id, timestamp * 1000 + 999, payload)).toEqual({
    "webhook-id": id,
    "webhook-timestamp": String(timestamp),
    "webhook-signature": vectors.signature,
  });
});

test.each(vectors.cases)("a receiver judges a message with $about", async ({ change, valid }) => {
  const headers = new Headers(await signMessage(secret, id, timestamp * 1000, payload));
  for (const [name, value] of Object.entries<string | null>(change)) {
    if (value === null) headers.delete(name);
    else headers.set(name, value);
  }
  expect(await isGenuine(headers, payload, secret, timestamp)).toBe(valid);
});

it("a receiver takes no message whose body was changed or whose secret is another", async () => {
  const headers = new Headers(await signMessage(secret, id, timestamp * 1000, payload));
  const other = drawWebhookSecret(() => new Uint8Array(32));
  expect(await isGenuine(headers, `${payload} `, secret, timestamp)).toBe(false);
  expect(await isGenuine(headers, payload, other, timestamp)).toBe(false);
});

it("a secret is 32 random bytes in base64", () => {
  const bytes = Uint8Array.from({ length: 32 }, (_, index) => index * 8);
  expect(drawWebhookSecret((length) => bytes.slice(0, length))).toBe(
    "whsec_AAgQGCAoMDhASFBYYGhweICIkJigqLC4wMjQ2ODo8Pg=",
  );
});

test.each(["", "whsec_", "whsec_!"])("nothing is signed with %j", async (bad) => {
  await expect(signMessage(bad, id, timestamp * 1000, payload)).rejects.toThrow("secret");
});

it("an event says what was found, of whom and when", () => {
  const event = {
    id: "evt_1",
    atMs: 1_795_176_000_000,
    rule: "near_limit",
    key: "key_1",
    phase: "started",
    details: { window: "hour", percent: 95 },
  } as const;
  expect(JSON.parse(formatMessage("acme", event))).toEqual({
    type: "alert.started",
    timestamp: "2026-11-20T12:00:00.000Z",
    data: {
      id: "evt_1",
      account: "acme",
      rule: "near_limit",
      key: "key_1",
      phase: "started",
      details: { window: "hour", percent: 95 },
    },
  });
});

it("an event is sent again for a day, ever less often", () => {
  const pauses = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => pauseAfter(index + 1));
  expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
  const hours = pauses.reduce((sum, pause) => sum + pause, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(23);
  expect(hours).toBeLessThan(24);
});

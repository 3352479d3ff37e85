/**
 * Sends an account's alert events to its webhook. The alarm begins the attempts that are due and does not
 * wait for them: a webhook that is slow or hostile holds up nothing else that the alarm does.
 */
import type { Keyring } from "../core/keyring.ts";
import {
  formatMessage,
  MAX_ATTEMPTS,
  signMessage,
  webhookContext,
  type Webhook,
} from "../core/webhook.ts";
import { judgeWebhookUrl } from "../core/webhook-target.ts";
import * as outbox from "./alert-outbox.ts";
import { logToConsole } from "./console-log.ts";
import { postWebhook } from "./webhook-post.ts";

/** What deliveries need of the deployment. */
export interface DeliveryPorts {
  /** `null` when it cannot be read. */
  readonly keyring: Keyring | null;
  readonly allowsLoopback: boolean;
  /** Switches off a webhook that is gone, as this event has found. */
  readonly switchOff: (eventId: string, url: string) => Promise<void>;
}

export interface AlertDeliveries {
  /** Begins the attempts that are due. */
  begin(accountId: string, nowMs: number): void;
}

/** Events that are sent at once; the others follow with the next alarm, which comes at once. */
const BATCH = 10;
const GONE = 410;

/** The deliveries of an account's object. */
export function createAlertDeliveries(
  ctx: DurableObjectState,
  { keyring, allowsLoopback, switchOff }: DeliveryPorts,
  currentWebhook: () => Webhook | null,
): AlertDeliveries {
  const { sql } = ctx.storage;

  async function send(
    accountId: string,
    event: outbox.StoredEvent,
    webhook: Webhook | null,
  ): Promise<number> {
    if (webhook === null || judgeWebhookUrl(webhook.url, allowsLoopback) !== null) return 0;
    const secret = await keyring?.decrypt(webhook.secret, webhookContext(accountId));
    if (secret === null || secret === undefined) return 0;
    const body = formatMessage(accountId, event);
    const headers = await signMessage(secret, event.id, Date.now(), body);
    return postWebhook(webhook.url, headers, body);
  }

  async function attempt(accountId: string, event: outbox.DueEvent): Promise<void> {
    const webhook = currentWebhook();
    const status = await send(accountId, event, webhook).catch(() => 0);
    if (status >= 200 && status < 300) return outbox.settle(sql, event.seq, "delivered");
    const { id, attempts } = event;
    logToConsole("warn", "alert_not_delivered", {
      account: accountId,
      event: id,
      status,
      attempts,
    });
    if (status === GONE && webhook !== null) await switchOff(id, webhook.url);
    else if (attempts >= MAX_ATTEMPTS) outbox.settle(sql, event.seq, "failed");
  }

  return {
    begin(accountId, nowMs) {
      for (const event of outbox.takeDue(sql, nowMs, BATCH)) {
        ctx.waitUntil(attempt(accountId, event));
      }
    },
  };
}

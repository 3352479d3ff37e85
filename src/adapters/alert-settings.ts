/**
 * An account's alert settings as they are read and changed: a change is one transaction with its entry of
 * the audit log, which has neither the webhook's secret nor the path of its URL, that may hold one, too.
 */
import type { Origination } from "../core/audit.ts";
import type { Keyring } from "../core/keyring.ts";
import type { AlertChange, AlertSettings } from "../core/ports.ts";
import { webhookContext, type Webhook } from "../core/webhook.ts";
import type { AccountAlerts } from "./account-alerts.ts";
import type { StoredSettings } from "./alert-tables.ts";
import { entryOf } from "./audit-entry.ts";
import type { AuditLog, PreparedChange } from "./audit-log.ts";

/** Settings without the secret. */
export function showSettings({ rules, webhook }: StoredSettings): AlertSettings {
  if (webhook === null) return { rules, webhook: null };
  const { secret: _, ...shown } = webhook;
  return { rules, webhook: shown };
}

/** Changes the settings as a whole and judges by them; tells whether the new secret was taken. */
export async function changeSettings(
  alerts: AccountAlerts,
  log: AuditLog,
  accountId: string,
  change: AlertChange,
  by: Origination,
): Promise<boolean> {
  await log.commit(by, () => {
    const before = alerts.settings;
    const after = { rules: change.rules, webhook: nextWebhook(before.webhook, change.webhook) };
    if (JSON.stringify(after) === JSON.stringify(before)) return null;
    return commitOf(alerts, accountId, before, after);
  });
  await alerts.tick(accountId);
  // Also where the change was committed before, and its answer lost.
  return change.webhook !== null && alerts.settings.webhook?.secret === change.webhook.secret;
}

/** Switches the webhook off, where this URL has told that it is gone; not one that was set since. */
export async function switchOffWebhook(
  alerts: AccountAlerts,
  log: AuditLog,
  accountId: string,
  eventId: string,
  url: string,
): Promise<void> {
  await log.commit({ actor: "authorizer", requestId: eventId }, () => {
    const before = alerts.settings;
    if (before.webhook?.url !== url || !before.webhook.enabled) return null;
    const after = { ...before, webhook: { ...before.webhook, enabled: false } };
    return commitOf(alerts, accountId, before, after, "failed");
  });
}

/** What one change commits; events that wait to be sent are settled when nobody is to get them. */
function commitOf(
  alerts: AccountAlerts,
  accountId: string,
  before: StoredSettings,
  after: StoredSettings,
  unsent: "none" | "failed" = "none",
): PreparedChange<null> {
  return {
    entry: entryOf("account.alerts", accountId, describe(before), describe(after)),
    write: () => alerts.write(after, unsent),
    stored: () => alerts.take(after),
    value: null,
  };
}

/** What became of a secret that was to be encrypted under the keyring's first entry. */
export type ReencryptedSecret = "unchanged" | "reencrypted" | "failed";

/** Encrypts the webhook's secret under the first entry, unless it is; what cannot be decrypted stays. */
export async function reencryptSecret(
  alerts: AccountAlerts,
  log: AuditLog,
  keyring: Keyring,
  accountId: string,
  by: Origination,
): Promise<ReencryptedSecret> {
  const from = alerts.settings.webhook?.secret;
  if (from === undefined || from.startsWith(`${keyring.firstId}.`)) return "unchanged";
  const context = webhookContext(accountId);
  const plain = await keyring.decrypt(from, context);
  if (plain === null) return "failed";
  const secret = await keyring.encrypt(plain, context);
  await log.commit(by, () => {
    const { rules, webhook } = alerts.settings;
    // One that was replaced meanwhile is under the first entry already.
    if (webhook?.secret !== from) return null;
    const after = { rules, webhook: { ...webhook, secret } };
    const told = { entry: keyring.firstId, webhook_secrets: 1 };
    return {
      entry: { action: "account.reencrypt", target: accountId, before: null, after: told },
      write: () => alerts.write(after),
      stored: () => alerts.take(after),
      value: null,
    };
  });
  return "reencrypted";
}

function nextWebhook(before: Webhook | null, change: AlertChange["webhook"]): Webhook | null {
  if (change === null) return null;
  const { url, enabled, secret, renewed } = change;
  if (before !== null && !renewed) return { ...before, url, enabled };
  return { url, enabled, secret, secretMadeAtMs: Date.now() };
}

function describe({ rules, webhook }: StoredSettings): Readonly<Record<string, unknown>> {
  return {
    ...rules,
    webhook: webhook === null ? null : `${new URL(webhook.url).origin}/***`,
    webhook_enabled: webhook?.enabled ?? null,
    webhook_secret_made_at:
      webhook === null ? null : new Date(webhook.secretMadeAtMs).toISOString(),
  };
}

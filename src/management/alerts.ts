/** The operations on an account's alerts: its rules, where they are sent, and what they have found. */
import { isOwnHost, type Api } from "../core/api.ts";
import type { Origination } from "../core/audit.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Accounts, AlertEventPage, AlertSettings } from "../core/ports.ts";
import { drawWebhookSecret, webhookContext } from "../core/webhook.ts";
import { judgeWebhookUrl } from "../core/webhook-target.ts";
import { declineAccount } from "./accounts.ts";
import type { AlertsBody } from "./alert-schemas.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";
import { isAccountId, type AlertEventsQuery } from "./schemas.ts";

/** What these operations need. */
export interface AlertPorts {
  readonly accounts: Accounts;
  readonly keyring: Keyring;
  readonly drawBytes: (length: number) => Uint8Array;
  /** Whether alerts may be sent to loopback addresses. */
  readonly webhooksToLoopback: boolean;
  readonly apis: readonly Api[];
}

/** Alerts as they are set, and the secret of their webhook, this once, if it was drawn now. */
export interface AlertsState {
  readonly settings: AlertSettings;
  readonly secret: string | null;
}

/** The alerts of an account as they are set. */
export async function loadAlerts(
  { accounts }: Pick<AlertPorts, "accounts">,
  accountId: string,
): Promise<Outcome<AlertsState>> {
  const settings = isAccountId(accountId) ? await accounts.loadAlerts(accountId) : null;
  return settings === null ? declineAccount() : succeed({ settings, secret: null });
}

/**
 * Sets the alerts of an account as a whole; `calledHost` is the one that management was called by. A secret is
 * drawn in any case, and taken where it is needed.
 */
export async function replaceAlerts(
  ports: AlertPorts,
  by: Origination,
  accountId: string,
  { rules, webhook }: AlertsBody,
  calledHost: string,
): Promise<Outcome<AlertsState>> {
  if (!isAccountId(accountId)) return declineAccount();
  const { accounts, keyring, drawBytes, webhooksToLoopback, apis } = ports;
  const isOwn = (host: string): boolean => host === calledHost || isOwnHost(apis, host);
  const mistake = webhook && judgeWebhookUrl(webhook.url, webhooksToLoopback, isOwn);
  if (mistake !== null) return declineFields({ field: "webhook.url", message: mistake });
  const secret = drawWebhookSecret(drawBytes);
  const change = webhook && {
    url: webhook.url,
    enabled: webhook.enabled,
    renewed: webhook.new_secret,
    secret: await keyring.encrypt(secret, webhookContext(accountId)),
  };
  const changed = await accounts.saveAlerts(accountId, { rules, webhook: change }, by);
  if (changed === null) return declineAccount();
  const { settings, secretTaken } = changed;
  return succeed({ settings, secret: secretTaken ? secret : null });
}

/** A page of what the rules have found, newest first. */
export async function listAlertEvents(
  { accounts }: Pick<AlertPorts, "accounts">,
  accountId: string,
  { limit, cursor }: AlertEventsQuery,
): Promise<Outcome<AlertEventPage>> {
  if (!isAccountId(accountId)) return declineAccount();
  const page = await accounts.listAlertEvents(accountId, { limit, cursor: cursor ?? null });
  return page === null ? declineAccount() : succeed(page);
}

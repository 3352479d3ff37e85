/** Alerts as the management routes show them: the members, their names and their order. */
import type { AlertRules } from "../core/alert-rules.ts";
import type { AlertEvent } from "../core/alert.ts";
import type { AlertEventPage } from "../core/ports.ts";
import type { AlertsState } from "./alerts.ts";
import { formatDateTime } from "./date-time.ts";

/** The alerts of an account in an answer. */
export interface AlertsRepresentation {
  readonly rules: AlertRules;
  readonly webhook: WebhookRepresentation | null;
}

/** Where alerts are sent. */
export interface WebhookRepresentation {
  readonly url: string;
  readonly enabled: boolean;
  readonly secret_made_at: string;
  /** There once, when it was made. */
  readonly secret?: string;
}

/** What a rule has found in an answer. */
export interface AlertEventRepresentation extends Omit<AlertEvent, "atMs"> {
  readonly id: string;
  readonly at: string;
  readonly delivery: AlertEventPage["events"][number]["delivery"];
}

/** Shows the alerts of an account. */
export function formatAlerts({ settings, secret }: AlertsState): AlertsRepresentation {
  const { rules, webhook } = settings;
  if (webhook === null) return { rules, webhook: null };
  const { url, enabled, secretMadeAtMs } = webhook;
  const shown = { url, enabled, secret_made_at: formatDateTime(secretMadeAtMs) };
  return { rules, webhook: secret === null ? shown : { ...shown, secret } };
}

/** Shows an event. */
export function formatAlertEvent(
  event: AlertEventPage["events"][number],
): AlertEventRepresentation {
  const { id, atMs, rule, key, phase, details, delivery } = event;
  return { id, at: formatDateTime(atMs), rule, key, phase, details, delivery };
}

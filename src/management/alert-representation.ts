/** Alerts as the management routes show them: the members, their names and their order. */
import type { AlertRules } from "../core/alert-rules.ts";
import type { AlertEvent } from "../core/alert.ts";
import type { AlertEventPage, AlertSettings } from "../core/ports.ts";
import { formatDateTime } from "./date-time.ts";

/** The alerts of an account in an answer. */
export interface AlertsRepresentation {
  readonly rules: AlertRules;
}

/** What a rule has found in an answer. */
export interface AlertEventRepresentation extends Omit<AlertEvent, "atMs"> {
  readonly id: string;
  readonly at: string;
}

/** Shows the alerts of an account. */
export function formatAlerts({ rules }: AlertSettings): AlertsRepresentation {
  return { rules };
}

/** Shows an event. */
export function formatAlertEvent(
  event: AlertEventPage["events"][number],
): AlertEventRepresentation {
  const { id, atMs, rule, key, phase, details } = event;
  return { id, at: formatDateTime(atMs), rule, key, phase, details };
}

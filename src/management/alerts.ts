/** The operations on an account's alerts: its rules, and what they have found. */
import type { Origination } from "../core/audit.ts";
import type { Accounts, AlertEventPage, AlertSettings } from "../core/ports.ts";
import { declineAccount } from "./accounts.ts";
import type { AlertsBody } from "./alert-schemas.ts";
import { succeed, type Outcome } from "./outcome.ts";
import { isAccountId, type AlertEventsQuery } from "./schemas.ts";

/** What these operations need. */
export interface AlertPorts {
  readonly accounts: Accounts;
}

/** The alerts of an account as they are set. */
export async function loadAlerts(
  { accounts }: AlertPorts,
  accountId: string,
): Promise<Outcome<AlertSettings>> {
  const settings = isAccountId(accountId) ? await accounts.loadAlerts(accountId) : null;
  return settings === null ? declineAccount() : succeed(settings);
}

/** Sets the alerts of an account as a whole. */
export async function replaceAlerts(
  { accounts }: AlertPorts,
  by: Origination,
  accountId: string,
  { rules }: AlertsBody,
): Promise<Outcome<AlertSettings>> {
  if (!isAccountId(accountId)) return declineAccount();
  const settings = await accounts.saveAlerts(accountId, { rules }, by);
  return settings === null ? declineAccount() : succeed(settings);
}

/** A page of what the rules have found, newest first. */
export async function listAlertEvents(
  { accounts }: AlertPorts,
  accountId: string,
  { limit, cursor }: AlertEventsQuery,
): Promise<Outcome<AlertEventPage>> {
  if (!isAccountId(accountId)) return declineAccount();
  const page = await accounts.listAlertEvents(accountId, { limit, cursor: cursor ?? null });
  return page === null ? declineAccount() : succeed(page);
}

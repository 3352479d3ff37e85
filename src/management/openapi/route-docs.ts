/**
 * The documentation of every route. Its type demands an entry for each route of the table and the
 * groups allow no other, so that a route without documentation does not compile.
 */
import type { RouteKey } from "../routes.ts";
import { ACCOUNT_DOCS } from "./account-docs.ts";
import { ALERT_DOCS } from "./alert-docs.ts";
import { AUDIT_DOCS } from "./audit-docs.ts";
import { DEPLOYMENT_DOCS } from "./deployment-docs.ts";
import { KEY_DOCS } from "./key-docs.ts";
import { KEYRING_DOCS } from "./keyring-docs.ts";
import type { RouteDoc } from "./route-doc.ts";
import { SESSION_DOCS } from "./session-docs.ts";
import { USAGE_DOCS } from "./usage-docs.ts";

export const ROUTE_DOCS: Readonly<Record<RouteKey, RouteDoc>> = {
  ...ACCOUNT_DOCS,
  ...KEY_DOCS,
  ...USAGE_DOCS,
  ...ALERT_DOCS,
  ...AUDIT_DOCS,
  ...KEYRING_DOCS,
  ...SESSION_DOCS,
  ...DEPLOYMENT_DOCS,
};

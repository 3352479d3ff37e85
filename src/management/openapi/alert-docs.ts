/** The documentation of the routes of alerts. */
import { DEFAULT_RULES } from "../../core/alert-rules.ts";
import type { AlertEventRepresentation, AlertsRepresentation } from "../alert-representation.ts";
import { KEY } from "./examples.ts";
import { answersData, answersPage, type RouteDocs } from "./route-doc.ts";

const WEBHOOK = {
  url: "https://hooks.example.com/alerts",
  enabled: true,
  secret_made_at: "2026-11-21T08:00:00.000Z",
};

const ALERTS: AlertsRepresentation = { rules: DEFAULT_RULES, webhook: WEBHOOK };

/** The secret of the example is 32 bytes of zero. */
const ALERTS_WITH_SECRET: AlertsRepresentation = {
  rules: DEFAULT_RULES,
  webhook: { ...WEBHOOK, secret: "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" },
};

const EVENT: AlertEventRepresentation = {
  id: "evt_5c1f2f0a9c1f4b0e8f3d2a7b6c5d4e3f",
  at: "2026-11-21T08:05:00.000Z",
  rule: "new_ip",
  key: KEY.id,
  phase: "started",
  details: { ips: ["198.51.100.9"] },
  delivery: "delivered",
};

export const ALERT_DOCS = {
  "GET /manage/v1/accounts/:id/alerts": {
    operationId: "getAlerts",
    tag: "Alerts",
    summary: "Read an account's alert rules",
    description: "An account that has set none has the defaults and no webhook.",
    answers: [answersData("Alerts", ALERTS, "The rules and the webhook.")],
  },
  "PUT /manage/v1/accounts/:id/alerts": {
    operationId: "replaceAlerts",
    tag: "Alerts",
    summary: "Replace an account's alert rules",
    description:
      "The body is the whole of it: what is left out is its default, of the webhook that there is none. " +
      "Each event is posted to the webhook as Standard Webhooks describes (`webhook-id`, " +
      "`webhook-timestamp`, `webhook-signature`), and again for a day while it is not answered with 2xx; " +
      "410 switches the webhook off. Redirects are not followed.",
    body: {
      rules: { new_country: { enabled: false }, near_limit: { percent: 80 } },
      webhook: { url: WEBHOOK.url },
    },
    answers: [
      answersData(
        "Alerts",
        ALERTS_WITH_SECRET,
        "As it is now; a secret that was made is shown once.",
      ),
    ],
  },
  "GET /manage/v1/accounts/:id/alerts/events": {
    operationId: "listAlertEvents",
    tag: "Alerts",
    summary: "List what an account's alert rules have found",
    description: "Newest first, the newest 1,000.",
    query: { limit: 20 },
    answers: [answersPage("AlertEvent", EVENT, "A page of events.")],
  },
} as const satisfies RouteDocs;

/** The routes of an account's alerts. */
import { formatAlertEvent, formatAlerts } from "./alert-representation.ts";
import { listAlertEvents, loadAlerts, replaceAlerts } from "./alerts.ts";
import { answerData, answerPage } from "./answer.ts";
import { succeed } from "./outcome.ts";
import { withBody, withQuery, type Route } from "./route.ts";
import * as schemas from "./schemas.ts";

const ALERTS = "/manage/v1/accounts/:id/alerts";

export const ALERT_ROUTES = [
  withQuery("GET", ALERTS, schemas.EMPTY, async (ports, { id }) => {
    const settings = await loadAlerts(ports, id);
    return settings.ok ? succeed(answerData(formatAlerts(settings.value))) : settings;
  }),
  withBody("PUT", ALERTS, schemas.ALERTS_BODY, async (ports, { scope, id, request }, body) => {
    const { hostname } = new URL(request.url);
    const settings = await replaceAlerts(ports, scope.by, id, body, hostname);
    return settings.ok ? succeed(answerData(formatAlerts(settings.value))) : settings;
  }),
  withQuery("GET", `${ALERTS}/events`, schemas.ALERT_EVENTS_QUERY, async (ports, { id }, query) => {
    const page = await listAlertEvents(ports, id, query);
    if (!page.ok) return page;
    const { events, nextCursor } = page.value;
    return succeed(answerPage(events.map(formatAlertEvent), nextCursor));
  }),
] as const satisfies readonly Route[];

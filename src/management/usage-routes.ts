/** The operator's routes that tell how keys were used. */
import { answerData, type Answer } from "./answer.ts";
import { succeed, type Outcome } from "./outcome.ts";
import { withQuery, type Route } from "./route.ts";
import * as schemas from "./schemas.ts";
import { readAccountUsage, readKeyUsage, readStrays, type Usage } from "./usage.ts";
import { answerCsv, wantsCsv } from "./usage-csv.ts";
import { formatStrays, formatUsage } from "./usage-representation.ts";

export const USAGE_ROUTES = [
  withQuery(
    "GET",
    "/manage/v1/api-keys/:id/usage",
    schemas.USAGE_QUERY,
    async (ports, { scope, id, request }, query) =>
      answerUsage(await readKeyUsage(ports, scope, id, query), request, query.format),
  ),
  withQuery(
    "GET",
    "/manage/v1/accounts/:id/usage",
    schemas.USAGE_QUERY,
    async (ports, { id, request }, query) =>
      answerUsage(await readAccountUsage(ports, id, query), request, query.format),
  ),
  withQuery("GET", "/manage/v1/usage", schemas.STRAYS_QUERY, async (ports, _call, query) => {
    const strays = await readStrays(ports, query);
    return strays.ok ? succeed(answerData(formatStrays(strays.value))) : strays;
  }),
] as const satisfies readonly Route[];

/** Usage in the form that the caller asks for. */
export function answerUsage(
  usage: Outcome<Usage>,
  request: Request,
  format: "json" | "csv" | undefined,
): Outcome<Answer> {
  if (!usage.ok) return usage;
  const shown = formatUsage(usage.value);
  return succeed(wantsCsv(request, format) ? answerCsv(shown) : answerData(shown));
}

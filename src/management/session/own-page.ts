/**
 * Whether a request comes from the dashboard's own page. A cookie is sent by the browser whoever makes
 * it; a state change is therefore served only with the CSRF token that only the page has, as JSON, and
 * when the browser says that the page is of the same origin.
 */
import { refuse, type Refusal } from "../../core/refusal.ts";

/** Methods that change nothing: what they are sent with does not matter. */
export function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/** Refuses a request that the page of another site has made, as far as the browser tells. */
export function judgeForeign(request: Request): Refusal | null {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const foreign =
    (origin !== null && origin !== new URL(request.url).origin) ||
    (site !== null && site !== "same-origin" && site !== "none");
  return foreign ? refuse("permission_missing", { message: FOREIGN }) : null;
}

/** Refuses a state change by a session unless it is the page's own; `verifyToken` judges its token. */
export async function judgeOwnPage(
  request: Request,
  verifyToken: (token: string) => Promise<boolean>,
): Promise<Refusal | null> {
  const foreign = judgeForeign(request);
  if (foreign !== null) return foreign;
  const { headers } = request;
  const toldBy = headers.get("sec-fetch-site") ?? headers.get("origin");
  if (toldBy === null || toldBy === "none") {
    return refuse("permission_missing", { message: FOREIGN });
  }
  if (!/^application\/json[ \t]*(?:;|$)/i.test(headers.get("content-type") ?? "")) {
    return refuse("permission_missing", { message: NOT_JSON });
  }
  if (await verifyToken(headers.get("x-csrf-token") ?? "")) return null;
  return refuse("permission_missing", { message: NO_TOKEN });
}

const FOREIGN = "With a session, changes are made from the dashboard's own page alone.";
const NOT_JSON = "With a session, changes are sent as application/json.";
const NO_TOKEN = "With a session, changes need the header X-CSRF-Token that the sign-in gave.";

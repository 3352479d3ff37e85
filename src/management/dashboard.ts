/**
 * Serves the dashboard's built files under `/manage/`: one page that is never stored, whose policy lets it
 * load and call its own host alone, and files that are named by their content, so kept for ever.
 */
import type { DashboardFiles } from "../core/ports.ts";
import { answerHtml, respond, respondRefusal } from "./answer.ts";
import { refuse } from "../core/refusal.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
].join("; ");

const FOREVER = "public, max-age=31536000, immutable";

/** The page. */
export async function serveDashboardPage(
  files: DashboardFiles,
  requestId: string,
): Promise<Response> {
  const page = await files.load("/manage/index.html");
  if (page === null) return respondRefusal(refuse("not_found", { message: NOT_BUILT }), requestId);
  return respond(answerHtml(await page.text(), POLICY), requestId);
}

/** One of the files that the page loads. */
export async function serveDashboardFile(
  files: DashboardFiles,
  pathname: string,
  requestId: string,
): Promise<Response> {
  const file = /^\/manage\/assets\/[\w-]+\.\w+$/.test(pathname) ? await files.load(pathname) : null;
  if (file === null) return respondRefusal(refuse("not_found"), requestId);
  return new Response(file.body, {
    headers: {
      "Content-Type": file.headers.get("Content-Type") ?? "application/octet-stream",
      "Cache-Control": FOREVER,
      "X-Content-Type-Options": "nosniff",
      "X-Request-Id": requestId,
    },
  });
}

const NOT_BUILT = "The dashboard was not built with this Worker. `npm run build` builds it.";

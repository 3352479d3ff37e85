/**
 * Serves the OpenAPI document and the page made of it. What makes them is loaded at the first call, so
 * that a Worker that is never asked does not evaluate it.
 */
import { answerHtml, type Answer } from "./answer.ts";
import type { Route } from "./route.ts";

/** The document of the routes. */
export async function answerOpenApi(routes: readonly Route[]): Promise<Answer> {
  const { describeRoutes } = await import("./openapi/document.ts");
  return { status: 200, body: describeRoutes(routes) };
}

/** The same to read; its calls go to `origin`. */
export async function answerDocsPage(routes: readonly Route[], origin: string): Promise<Answer> {
  const [{ describeRoutes }, { renderPage }] = await Promise.all([
    import("./openapi/document.ts"),
    import("./docs-page/page.ts"),
  ]);
  const { html, contentSecurityPolicy } = await renderPage(describeRoutes(routes), origin);
  return answerHtml(html, contentSecurityPolicy);
}

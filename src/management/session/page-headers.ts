/**
 * The headers that every answer under `/manage` has because a browser may show it: it is framed nowhere,
 * loads nothing it was not told to, tells no other site where it came from, and is asked for by https.
 */

/** What an answer that is no page may load: nothing. */
const NO_PAGE = "default-src 'none'; frame-ancestors 'none'";

/** Adds the headers; a page's own `Content-Security-Policy` stays. */
export function protectPage(response: Response): Response {
  const headers = new Headers(response.headers);
  if (!headers.has("Content-Security-Policy")) headers.set("Content-Security-Policy", NO_PAGE);
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Strict-Transport-Security", "max-age=31536000");
  headers.set("X-Frame-Options", "DENY");
  const { status, statusText } = response;
  return new Response(response.body, { status, statusText, headers });
}

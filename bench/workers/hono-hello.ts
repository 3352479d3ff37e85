/**
 * What refusing could cost at least: Hono answering with the very status, headers and body of a
 * recorded refusal, chosen by path, with nothing decided.
 */
import { Hono } from "hono";

/** An answer that was seen before. */
interface Recorded {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const app = new Hono<{ Bindings: { readonly ANSWERS: Readonly<Record<string, Recorded>> } }>();

app.get("/:name", (c) => {
  const recorded = c.env.ANSWERS[c.req.param("name")];
  if (recorded === undefined) return c.notFound();
  const { status, headers, body } = recorded;
  return new Response(body, { status, headers });
});

export default app;

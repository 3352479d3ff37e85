/** The bare proxy that every ratio is taken to: Hono and one `fetch`, as little as a proxy can do. */
import { Hono } from "hono";

const app = new Hono<{ Bindings: { readonly ORIGIN: string } }>();

app.all("*", (c) => {
  const { pathname, search } = new URL(c.req.url);
  return fetch(new Request(c.env.ORIGIN + pathname + search, c.req.raw), { redirect: "manual" });
});

export default app;

/**
 * The design of most tutorials: the key is looked up in KV as it is, hono-rate-limiter counts. `STORE`
 * says where: "kv" is its store over KV, "memory" its default, which counts in each isolate alone.
 */
import { Hono } from "hono";
import { MemoryStore, rateLimiter, UnstorageStore } from "hono-rate-limiter";

const AMPLE = 1_000_000_000;

const app = new Hono();
/** Made with the first request: the memory store starts a timer, which no isolate may at its start. */
let limiter = null;

app.use(async (c, next) => {
  const key = c.req.header("authorization")?.replace(/^Bearer /, "") ?? "";
  const account = await c.env.KEYS.get(`key:${key}`, "json");
  if (account === null) return c.json({ error: "unknown key" }, 401);
  return next();
});

app.use((c, next) => {
  limiter ??= rateLimiter({
    windowMs: 60_000,
    limit: AMPLE,
    standardHeaders: "draft-7",
    keyGenerator: (context) => context.req.header("authorization") ?? "",
    store: c.env.STORE === "kv" ? createKvStore(c.env.KEYS) : new MemoryStore(),
  });
  return limiter(c, next);
});

app.all("*", (c) => {
  const { pathname, search } = new URL(c.req.url);
  return fetch(new Request(c.env.ORIGIN + pathname + search, c.req.raw), { redirect: "manual" });
});

/** The three methods of unstorage that its store calls, straight over KV. */
function createKvStore(kv) {
  const storage = {
    get: (name) => kv.get(name),
    set: (name, value) => kv.put(name, value, { expirationTtl: 60 }),
    remove: (name) => kv.delete(name),
  };
  return new UnstorageStore({ storage });
}

export default app;

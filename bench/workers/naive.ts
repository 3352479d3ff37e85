/**
 * The obvious design: the key's hash is looked up in KV with every request, and an object writes down
 * every count. Revoking takes as long as KV takes to tell everywhere; junk costs a KV read.
 */
import { DurableObject } from "cloudflare:workers";

/** Its bindings. */
export interface NaiveEnv {
  readonly ORIGIN: string;
  readonly KEYS: KVNamespace;
  readonly COUNTER: DurableObjectNamespace<Counter>;
}

interface Count {
  readonly windowStart: number;
  readonly used: number;
}

const WINDOW_MS = 60_000;

/** One row that is written with every admitted request. */
export class Counter extends DurableObject<NaiveEnv> {
  constructor(ctx: DurableObjectState, env: NaiveEnv) {
    super(ctx, env);
    ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS count (id INTEGER PRIMARY KEY, windowStart INTEGER, used INTEGER)",
    );
  }

  take(limit: number): boolean {
    const nowMs = Date.now();
    const { sql } = this.ctx.storage;
    const row = sql.exec("SELECT windowStart, used FROM count").toArray()[0] as Count | undefined;
    const open = row !== undefined && nowMs < row.windowStart + WINDOW_MS;
    const used = open ? row.used : 0;
    if (used >= limit) return false;
    const windowStart = open ? row.windowStart : nowMs;
    sql.exec("INSERT OR REPLACE INTO count VALUES (1, ?, ?)", windowStart, used + 1);
    return true;
  }
}

/** Answers one request. */
export async function handleNaive(request: Request, env: NaiveEnv): Promise<Response> {
  const key = request.headers.get("authorization")?.replace(/^Bearer /, "") ?? "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  const hash = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0"));
  const record = await env.KEYS.get<{ readonly limit: number }>(hash.join(""), "json");
  if (record === null) return new Response("unknown key", { status: 401 });
  if (!(await env.COUNTER.getByName(hash.join("")).take(record.limit))) {
    return new Response("too many requests", { status: 429 });
  }
  const { pathname, search } = new URL(request.url);
  return fetch(new Request(env.ORIGIN + pathname + search, request), { redirect: "manual" });
}

export default { fetch: handleNaive };

/**
 * The ceiling of every ratio on this machine: a Worker that does only what cannot be left out, the one
 * call of an object that counts in memory, and proxies. `/told/*` also tells the limits in headers.
 */
import { DurableObject } from "cloudflare:workers";

interface Env {
  readonly ORIGIN: string;
  readonly COUNTER: DurableObjectNamespace<Counter>;
}

/** Counts in memory. */
export class Counter extends DurableObject {
  #count = 0;

  count(): number {
    this.#count += 1;
    return this.#count;
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const name = request.headers.get("authorization") ?? "";
    const count = await env.COUNTER.getByName(name).count();
    const upstream = new Request(env.ORIGIN + pathname + search, request);
    const answer = await fetch(upstream, { redirect: "manual" });
    if (!pathname.startsWith("/told/")) return answer;
    const told = new Response(answer.body, answer);
    told.headers.set("X-RateLimit-Limit", "100");
    told.headers.set("X-RateLimit-Remaining", String(count));
    told.headers.set("X-RateLimit-Reset", "1795176060");
    told.headers.set("RateLimit-Policy", `"minute";q=100;w=60, "hour";q=1000;w=3600`);
    told.headers.set("RateLimit", `"minute";r=95;t=24, "hour";r=870;t=1911`);
    told.headers.set("X-Request-Id", "41f2b8f4-6a1c-4c58-9f31-0d1b5f3f8f0d");
    return told;
  },
};

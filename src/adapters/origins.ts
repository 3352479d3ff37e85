/** Origins: a URL by the global `fetch`, a service binding or this Worker's own export by name. */
import type { Origins } from "../core/ports.ts";

interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

/** Finds `binding:NAME` among `bindings`, then among the Worker's own `exports`. */
export function createOrigins(
  bindings: Readonly<Record<string, unknown>>,
  exports: Readonly<Record<string, unknown>>,
): Origins {
  return {
    async forward(origin, target, init) {
      if (origin.kind === "url") return fetch(target, init);
      const fetcher = bindings[origin.name] ?? exports[origin.name];
      if (!isFetcher(fetcher)) throw new Error(`no binding or export is named ${origin.name}`);
      return fetcher.fetch(new Request(target, init));
    },
  };
}

/** Stubs are proxies of any method, so asking for `fetch` is all that can be checked. */
function isFetcher(target: unknown): target is Fetcher {
  return (
    (typeof target === "object" || typeof target === "function") &&
    target !== null &&
    typeof (target as Partial<Fetcher>).fetch === "function"
  );
}

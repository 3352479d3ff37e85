/** A place that requests come in at: an isolate of its own, in front of an origin that counts. */
import { apiWith, workerWith } from "./worker-with.ts";

export interface Edge {
  /** Sends a request with a key of the API `deframe`. */
  ask(key: string, init?: RequestInit): Promise<Response>;
  /** How many requests have reached the origin. */
  readonly forwarded: number;
}

/** An edge that knows no record yet; `changes` are made to its environment. */
export function openEdge(changes: Readonly<Record<string, unknown>> = {}): Edge {
  let forwarded = 0;
  const origin = {
    async fetch(): Promise<Response> {
      forwarded += 1;
      return new Response("served");
    },
  };
  const send = workerWith({
    ...apiWith("deframe", { origin: "binding:ORIGIN" }),
    ORIGIN: origin,
    ...changes,
  });
  return {
    ask(key, init = {}) {
      const headers = new Headers(init.headers);
      headers.set("x-api-key", key);
      return send("/strategies", { ...init, headers });
    },
    get forwarded() {
      return forwarded;
    },
  };
}

/** The code of a refusal, `null` when the request was served. */
export async function codeOf(response: Response): Promise<string | null> {
  const text = await response.text();
  if (text === "served") return null;
  return (JSON.parse(text) as { error: { code: string } }).error.code;
}

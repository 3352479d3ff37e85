/** An origin that counts: what a Worker forwards to a service binding of this name comes here. */
import { workerWith } from "./worker-with.ts";

export interface OriginSpy {
  /** Calls a Worker whose APIs all have this origin. */
  readonly send: (path: string, init?: RequestInit) => Promise<Response>;
  /** The requests that have reached the origin, with their bodies. */
  readonly received: { readonly request: Request; readonly body: Uint8Array }[];
}

/** A Worker with these APIs before an origin that answers 200 and an empty object. */
export function spyOnOrigin(
  apis: readonly object[],
  changes: Readonly<Record<string, unknown>> = {},
): OriginSpy {
  const received: { request: Request; body: Uint8Array }[] = [];
  const origin = {
    async fetch(request: Request): Promise<Response> {
      const body = new Uint8Array(await request.clone().arrayBuffer());
      received.push({ request, body });
      return Response.json({});
    },
  };
  const tables = apis.map((api) => ({ ...api, origin: "binding:SPY", test_origin: "binding:SPY" }));
  return { send: workerWith({ APIS: tables, SPY: origin, ...changes }), received };
}

/** The Worker with another configuration or other bindings than the test environment's. */
import { env } from "cloudflare:workers";
import worker from "../../src/index.ts";

/** A caller of the Worker whose environment has `changes`. */
export function workerWith(
  changes: Readonly<Record<string, unknown>>,
): (path: string, init?: RequestInit) => Promise<Response> {
  const changed = { ...env, ...changes };
  return (path, init = {}) => {
    const request = new Request(new URL(path, "https://api.example.com"), init);
    return worker.fetch(request, changed);
  };
}

/** The demo's API `deframe` with changed fields. */
export function deframeWith(fields: Readonly<Record<string, unknown>>): { APIS: unknown[] } {
  return apiWith("deframe", fields);
}

/** One of the demo's APIs, alone, with changed fields. */
export function apiWith(
  name: string,
  fields: Readonly<Record<string, unknown>>,
): { APIS: unknown[] } {
  const apis = env.APIS as Record<string, unknown>[];
  return { APIS: [{ ...apis.find((api) => api["name"] === name), ...fields }] };
}

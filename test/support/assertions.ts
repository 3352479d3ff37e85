/** What origins receive from the Worker under test, and the check of `docs/origin-example` over it. */
import { createLocalJWKSet, type JSONWebKeySet } from "jose";
import { vi } from "vitest";
import {
  createAssertionVerifier,
  type Received,
  type Verdict,
} from "../../docs/origin-example/verify-assertion.ts";
import { call, makeKey } from "./gateway.ts";
import { deframeWith, workerWith } from "./worker-with.ts";

export const JWKS_PATH = "/manage/.well-known/jwks.json";
export const ISSUER = "https://api.example.com";
export const ORIGIN = "https://origin.example.com";
/** A seed that the Worker under test does not have. */
export const OTHER_SEED = "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=";

/** A request as the example's check takes it. */
export function receive({ method, url, headers }: Request): Received {
  return {
    method,
    path: url.slice(new URL(url).origin.length),
    assertion: headers.get("x-authz-assertion"),
  };
}

/** Stands in for every URL origin, and collects what it receives. */
export function spyOrigins(): Request[] {
  const seen: Request[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    seen.push(new Request(input, init));
    return new Response("ok");
  });
  return seen;
}

/** Sends a request through the Worker with a new key and gives what the origin received. */
export async function forward(
  path: string,
  init: RequestInit = {},
  changes: Readonly<Record<string, unknown>> = {},
  key: object = {},
): Promise<Request> {
  const made = await makeKey(key);
  const ask = workerWith({ ...deframeWith({ origin: ORIGIN, assertion: true }), ...changes });
  const seen = spyOrigins();
  const headers = new Headers(init.headers);
  headers.set("x-api-key", made.key);
  await ask(path, { ...init, headers });
  vi.restoreAllMocks();
  const [request] = seen;
  if (request === undefined) throw new Error("nothing was forwarded");
  return request;
}

/** The check of an origin that is called `audience`, `laterMs` from now. */
export async function createVerifier(
  audience: string = ORIGIN,
  laterMs: number = 0,
): Promise<(received: Received) => Promise<Verdict>> {
  const keys = createLocalJWKSet(await (await call(JWKS_PATH)).json<JSONWebKeySet>());
  return createAssertionVerifier({ keys, issuer: ISSUER, audience }, () => Date.now() + laterMs);
}

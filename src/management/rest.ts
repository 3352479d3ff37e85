/**
 * The management routes over HTTP: who may call, which route is meant, and one response for whatever
 * comes of it. Routes are found by the raw path: an escaped spelling of one is another path.
 */
import { Hono } from "hono";
import { Unavailable, type Log, type SignInFailures } from "../core/ports.ts";
import { refuse, type Refusal } from "../core/refusal.ts";
import { respond, respondRefusal } from "./answer.ts";
import { authorizeOperator } from "./operator.ts";
import type { RoutePorts } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { createSignInThrottle } from "./sign-in-throttle.ts";

/** What management needs of the outside world and of the configuration. */
export interface ManagementDeps extends RoutePorts {
  /** The tokens that are the operator's; none closes management. */
  readonly operatorTokens: readonly string[];
  readonly signInFailures: SignInFailures;
  readonly log: Log;
}

interface Env {
  Bindings: { readonly requestId: string };
}

/** Builds the handler of everything under `/manage`. It answers always and never throws. */
export function createManagement(
  deps: ManagementDeps,
): (request: Request, requestId: string) => Promise<Response> {
  const throttle = createSignInThrottle(deps);
  const app = new Hono<Env>({ getPath: (request) => new URL(request.url).pathname });

  app.use("/manage/v1/*", async (c, next) => {
    const authorization = c.req.header("authorization") ?? null;
    const refusal = await authorizeOperator(deps.operatorTokens, authorization);
    if (refusal === null) return next();
    const wrong = refusal.reason === "invalid_token";
    const address = c.req.header("cf-connecting-ip") ?? null;
    const throttled = wrong ? await throttle(address, c.env.requestId) : null;
    return respondRefusal(throttled ?? refusal, c.env.requestId);
  });
  for (const { method, path, serve } of ROUTES) {
    app.on(method, path, async (c) => {
      const { requestId } = c.env;
      const call = { request: c.req.raw, requestId, id: c.req.param("id") ?? "" };
      const outcome = await serve(deps, call);
      if (!outcome.ok) return respondRefusal(outcome.refusal, c.env.requestId);
      return respond(outcome.value, c.env.requestId);
    });
  }
  for (const [path, allow] of methodsByPath()) {
    app.all(path, (c) => respondRefusal(refuse("method_not_allowed", { allow }), c.env.requestId));
  }
  app.notFound((c) => respondRefusal(refuse("not_found"), c.env.requestId));
  app.onError((error, c) =>
    respondRefusal(report(error, c.env.requestId, deps.log), c.env.requestId),
  );

  return async (request, requestId) => app.fetch(request, { requestId });
}

/** The methods of each path, `HEAD` being served where `GET` is. */
function methodsByPath(): ReadonlyMap<string, readonly string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of ROUTES) {
    const names = method === "GET" ? ["GET", "HEAD"] : [method];
    methods.set(path, [...(methods.get(path) ?? []), ...names]);
  }
  return methods;
}

/** Logs what was thrown, without its message: that could repeat what was sent. */
function report(error: Error, requestId: string, log: Log): Refusal {
  if (error instanceof Unavailable) {
    log("warn", "management_unavailable", { request_id: requestId, part: error.part });
    return refuse("unavailable");
  }
  const at =
    error.stack
      ?.split("\n")
      .find((line) => line.startsWith("    at "))
      ?.trim() ?? null;
  log("error", "management_failed", { request_id: requestId, error: error.name, at });
  return refuse("internal");
}

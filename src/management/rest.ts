/**
 * The management routes over HTTP: who may call, which route is meant, and one response for whatever
 * comes of it. Routes are found by the raw path: an escaped spelling of one is another path.
 */
import { Hono } from "hono";
import {
  DamagedRecord,
  Unavailable,
  type DashboardFiles,
  type Log,
  type SignInFailures,
} from "../core/ports.ts";
import { refuse, type Refusal } from "../core/refusal.ts";
import { respond, respondRefusal } from "./answer.ts";
import { judgeAccess } from "./access.ts";
import { serveDashboardFile, serveDashboardPage } from "./dashboard.ts";
import type { RoutePorts } from "./route.ts";
import { ROUTES } from "./routes.ts";
import { createSignInThrottle } from "./sign-in-throttle.ts";
import { nobodyScope, type Scope } from "./scope.ts";
import { authenticateCaller } from "./session/caller.ts";
import { protectPage } from "./session/page-headers.ts";

/** What management needs of the outside world and of the configuration. */
export interface ManagementDeps extends Omit<RoutePorts, "throttle"> {
  readonly signInFailures: SignInFailures;
  readonly log: Log;
  readonly dashboard: DashboardFiles;
}

interface Env {
  Bindings: { readonly requestId: string };
  Variables: { scope: Scope };
}

/** Builds the handler of everything under `/manage`. It answers always and never throws. */
export function createManagement(
  deps: ManagementDeps,
): (request: Request, requestId: string) => Promise<Response> {
  const ports: RoutePorts = { ...deps, throttle: createSignInThrottle(deps) };
  const app = new Hono<Env>({ getPath: (request) => new URL(request.url).pathname });

  app.use("/manage/v1/*", async (c, next) => {
    const caller = await authenticateCaller(ports, c.req.raw, c.env.requestId);
    if (!caller.ok) return respondRefusal(caller.refusal, c.env.requestId);
    c.set("scope", caller.value);
    return next();
  });
  for (const route of ROUTES) {
    app.on(route.method, route.path, async (c) => {
      const { requestId } = c.env;
      const scope = c.get("scope") ?? nobodyScope(requestId);
      const call = { request: c.req.raw, requestId, id: c.req.param("id") ?? "", scope };
      const refusal = judgeAccess(route, scope, call.id);
      if (refusal !== null) return respondRefusal(refusal, requestId);
      const outcome = await route.serve(ports, call);
      if (!outcome.ok) return respondRefusal(outcome.refusal, requestId);
      return respond(outcome.value, requestId);
    });
  }
  app.get("/manage", (c) =>
    respond({ status: 302, body: "", headers: { Location: "/manage/" } }, c.env.requestId),
  );
  app.get("/manage/", (c) => serveDashboardPage(deps.dashboard, c.env.requestId));
  app.all("/manage/", (c) =>
    respondRefusal(refuse("method_not_allowed", { allow: ["GET", "HEAD"] }), c.env.requestId),
  );
  app.get("/manage/assets/*", (c) =>
    serveDashboardFile(deps.dashboard, c.req.path, c.env.requestId),
  );
  for (const [path, allow] of methodsByPath()) {
    app.all(path, (c) => respondRefusal(refuse("method_not_allowed", { allow }), c.env.requestId));
  }
  app.notFound((c) => respondRefusal(refuse("not_found"), c.env.requestId));
  app.onError((error, c) =>
    respondRefusal(report(error, c.env.requestId, deps.log), c.env.requestId),
  );

  return async (request, requestId) => protectPage(await app.fetch(request, { requestId }));
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
  if (error instanceof DamagedRecord) {
    log("error", "damaged_record", { request_id: requestId });
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

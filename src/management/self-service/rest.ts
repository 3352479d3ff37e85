/**
 * Self-service over HTTP, as the page `example` has it: `/v1/api-keys` and what is below it. These paths
 * are never the origin's, in whatever spelling: what is no route there is 404 here.
 */
import type * as v from "valibot";
import { refuse, type Refusal } from "../../core/refusal.ts";
import type { OwnCall } from "../../core/self-service.ts";
import { answerData, answerMessage, answerPage, respond, type Answer } from "../answer.ts";
import { readIdempotency } from "../idempotency.ts";
import { succeed, type Outcome } from "../outcome.ts";
import { readBody } from "../read-body.ts";
import * as schemas from "../schemas.ts";
import type { OwnScope } from "../scope.ts";
import { readKeyUsage } from "../usage.ts";
import { answerUsage } from "../usage-routes.ts";
import { validate, validateQuery } from "../validation.ts";
import {
  changeOwnKey,
  createOwnKey,
  judgePermission,
  listOwnKeys,
  loadOwnKey,
  revokeOwnKey,
  rotateOwnKey,
  type KeysPermission,
  type OwnKeysPorts,
} from "./own-keys.ts";

const BASE = "/v1/api-keys";

/** One request to a route, and on whose behalf it is served. */
interface RestCall {
  readonly ports: OwnKeysPorts;
  readonly scope: OwnScope;
  readonly request: Request;
  /** The key's id in the path, empty where there is none. */
  readonly id: string;
}

interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: "" | "/:id" | "/:id/rotate" | "/:id/usage";
  readonly permission: KeysPermission;
  readonly serve: (call: RestCall) => Promise<Outcome<Answer>>;
}

/** All routes; the tests hold every one to who may call it. */
export const REST_ROUTES: readonly Route[] = [
  { method: "GET", path: "", permission: "api-keys:read", serve: list },
  { method: "POST", path: "", permission: "api-keys:write", serve: create },
  { method: "GET", path: "/:id", permission: "api-keys:read", serve: show },
  { method: "PATCH", path: "/:id", permission: "api-keys:write", serve: change },
  { method: "DELETE", path: "/:id", permission: "api-keys:write", serve: revoke },
  { method: "POST", path: "/:id/rotate", permission: "api-keys:write", serve: rotate },
  { method: "GET", path: "/:id/usage", permission: "api-keys:read", serve: showUsage },
];

/** Whether a pathname is one of these routes or below them. */
export function isRestPath(pathname: string): boolean {
  return pathname === BASE || pathname.startsWith(`${BASE}/`);
}

/** Serves a request whose pathname `isRestPath`. */
export async function serveRest(
  ports: OwnKeysPorts,
  { request, endpoint, requestId }: OwnCall,
  scope: OwnScope,
): Promise<Response | Refusal> {
  const found = readPath(endpoint.pathname.slice(BASE.length));
  if (found === null) return refuse("not_found");
  const routes = REST_ROUTES.filter(({ path }) => path === found.path);
  const method = endpoint.method === "HEAD" ? "GET" : endpoint.method;
  const route = routes.find((each) => each.method === method);
  if (route === undefined) return refuse("method_not_allowed", { allow: allowOf(routes) });
  const refusal = judgePermission(scope, route.permission);
  if (refusal !== null) return refusal;
  const outcome = await route.serve({ ports, scope, request, id: found.id });
  return outcome.ok ? respond(outcome.value, requestId) : outcome.refusal;
}

/** Which route's path the rest of a pathname is, `null` for none. */
function readPath(rest: string): { readonly path: Route["path"]; readonly id: string } | null {
  if (rest === "") return { path: "", id: "" };
  const [, id, part] = /^\/([^/]*)(?:\/(rotate|usage))?$/.exec(rest) ?? [];
  if (id === undefined) return null;
  if (part === undefined) return { path: "/:id", id };
  return { path: part === "usage" ? "/:id/usage" : "/:id/rotate", id };
}

function allowOf(routes: readonly Route[]): readonly string[] {
  return routes.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method]));
}

async function list({ ports, scope, request }: RestCall): Promise<Outcome<Answer>> {
  const query = validateQuery(schemas.KEYS_QUERY, queryOf(request));
  if (!query.ok) return query;
  const page = await listOwnKeys(ports, scope, query.value);
  return page.ok ? succeed(answerPage(page.value.shown, page.value.nextCursor)) : page;
}

async function create({ ports, scope, request }: RestCall): Promise<Outcome<Answer>> {
  const body = await takeBody(request, schemas.KEY_BODY);
  if (!body.ok) return body;
  const repeat = await readIdempotency(request, body.value);
  if (!repeat.ok) return repeat;
  const made = await createOwnKey(ports, scope, body.value, repeat.value);
  if (!made.ok) return made;
  const { id, shown, repeated } = made.value;
  const headers = { Location: `${BASE}/${id}` };
  return succeed(
    answerData(shown, 201, repeated ? { ...headers, "Idempotent-Replayed": "true" } : headers),
  );
}

async function show({ ports, scope, request, id }: RestCall): Promise<Outcome<Answer>> {
  const query = validateQuery(schemas.EMPTY, queryOf(request));
  return query.ok ? answerShown(await loadOwnKey(ports, scope, id)) : query;
}

async function change({ ports, scope, request, id }: RestCall): Promise<Outcome<Answer>> {
  const body = await takeBody(request, schemas.KEY_PATCH_BODY);
  return body.ok ? answerShown(await changeOwnKey(ports, scope, id, body.value)) : body;
}

async function rotate({ ports, scope, request, id }: RestCall): Promise<Outcome<Answer>> {
  const body = await takeBody(request, schemas.ROTATE_BODY);
  if (!body.ok) return body;
  return answerShown(await rotateOwnKey(ports, scope, id, body.value.grace_seconds));
}

async function showUsage({ ports, scope, request, id }: RestCall): Promise<Outcome<Answer>> {
  const query = validateQuery(schemas.USAGE_QUERY, queryOf(request));
  if (!query.ok) return query;
  const usage = await readKeyUsage(ports, scope, id, query.value);
  return answerUsage(usage, request, query.value.format);
}

async function revoke({ ports, scope, request, id }: RestCall): Promise<Outcome<Answer>> {
  const query = validateQuery(schemas.EMPTY, queryOf(request));
  if (!query.ok) return query;
  const revoked = await revokeOwnKey(ports, scope, id);
  return revoked.ok ? succeed(answerMessage(revoked.value.message)) : revoked;
}

async function takeBody<S extends v.GenericSchema>(
  request: Request,
  schema: S,
): Promise<Outcome<v.InferOutput<S>>> {
  const body = await readBody(request);
  return body.ok ? validate(schema, body.value) : body;
}

function queryOf(request: Request): URLSearchParams {
  return new URL(request.url).searchParams;
}

function answerShown(shown: Outcome<object>): Outcome<Answer> {
  return shown.ok ? succeed(answerData(shown.value)) : shown;
}

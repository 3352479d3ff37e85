/**
 * The origin that the demo protects: plausible answers of the published APIs and an echo. It knows
 * nothing of keys or limits: what reaches it was admitted. One file beside this one for each API.
 */
import { listDatasets, showDataset } from "./dataframer.ts";
import { listStrategies } from "./deframe.ts";
import { echo } from "./echo.ts";
import { createUser, showUser, type UserStore } from "./example.ts";
import { answerRpc } from "./subfrost.ts";

/** A request that a route answers. */
interface Call {
  readonly request: Request;
  /** What stands at `:id` in the route's path. */
  readonly id: string;
  readonly users: UserStore;
}

interface Route {
  /** `null` for every method. */
  readonly method: "GET" | "POST" | null;
  readonly path: URLPattern;
  readonly answer: (call: Call) => Response | Promise<Response>;
}

/** Every route of the demo origin. */
const ROUTES: readonly Route[] = [
  route("POST", "/v4/jsonrpc", ({ request }) => answerRpc(request)),
  route("GET", "/api/dataframer/datasets/", listDatasets),
  route("GET", "/api/dataframer/datasets/:id/", ({ id }) => showDataset(id)),
  route("GET", "/v1/users/:id", ({ request, id, users }) => showUser(request, id, users)),
  route("POST", "/v1/users", ({ request, users }) => createUser(request, users)),
  route("GET", "/strategies", listStrategies),
  route(null, "/:api(v1|api)?/echo{/*}?", ({ request }) => echo(request)),
];

/** Answers a forwarded request as the origin of whichever API it belongs to. */
export async function answerAsOrigin(request: Request, users: UserStore): Promise<Response> {
  const { pathname } = new URL(request.url);
  const method = request.method === "HEAD" ? "GET" : request.method;
  for (const { method: wanted, path, answer } of ROUTES) {
    const match = wanted === null || wanted === method ? path.exec({ pathname }) : null;
    if (match === null) continue;
    const response = await answer({ request, id: match.pathname.groups["id"] ?? "", users });
    return request.method === "HEAD" ? new Response(null, response) : response;
  }
  const message = `The demo origin has nothing at ${request.method} ${pathname}.`;
  return Response.json({ error: { code: "NOT_FOUND", message, httpStatus: 404 } }, { status: 404 });
}

function route(method: Route["method"], pathname: string, answer: Route["answer"]): Route {
  return { method, path: new URLPattern({ pathname }), answer };
}

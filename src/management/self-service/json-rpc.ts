/**
 * Self-service over JSON-RPC, as the page `subfrost` has it: which methods there are, and one call of
 * them. Each call is authorised by itself. How calls stand in a request is `json-rpc-body.ts`'s.
 */
import type * as v from "valibot";
import { RPC_INVALID_REQUEST } from "../../core/json-rpc.ts";
import { Unavailable } from "../../core/ports.ts";
import type { Account } from "../../core/record.ts";
import type { Refusal } from "../../core/refusal.ts";
import { parseJsonObject } from "../json-body.ts";
import { decline, declineFields, succeed, type Outcome } from "../outcome.ts";
import * as schemas from "../schemas.ts";
import type { OwnScope } from "../scope.ts";
import { readKeyUsage } from "../usage.ts";
import { formatUsage } from "../usage-representation.ts";
import { validate } from "../validation.ts";
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

const METHOD_NOT_FOUND = -32601;
const INVALID_PARAMS = -32602;

/** Who calls, and its account: what it came to when it was loaded. */
export interface RpcCaller {
  readonly scope: OwnScope;
  readonly account: Outcome<Account>;
}

interface Method {
  readonly permission: KeysPermission;
  readonly serve: (
    ports: OwnKeysPorts,
    scope: OwnScope,
    params: object,
  ) => Promise<Outcome<object>>;
}

/** All methods by name; the tests hold every one to who may call it. */
export const RPC_METHODS: ReadonlyMap<string, Method> = new Map<string, Method>([
  [
    "admin_createApiKey",
    method("api-keys:write", schemas.KEY_BODY, async (ports, scope, body) => {
      const made = await createOwnKey(ports, scope, body, null);
      return made.ok ? succeed(made.value.shown) : made;
    }),
  ],
  ["admin_listApiKeys", { permission: "api-keys:read", serve: list }],
  [
    "admin_getApiKey",
    methodOfKey("api-keys:read", schemas.EMPTY, (ports, scope, id) => loadOwnKey(ports, scope, id)),
  ],
  ["admin_updateApiKey", methodOfKey("api-keys:write", schemas.KEY_PATCH_BODY, changeOwnKey)],
  [
    "admin_rotateApiKey",
    methodOfKey("api-keys:write", schemas.ROTATE_BODY, (ports, scope, id, body) =>
      rotateOwnKey(ports, scope, id, body.grace_seconds),
    ),
  ],
  [
    "admin_revokeApiKey",
    methodOfKey("api-keys:write", schemas.EMPTY, (ports, scope, id) =>
      revokeOwnKey(ports, scope, id),
    ),
  ],
  [
    "admin_getApiKeyUsage",
    methodOfKey("api-keys:read", schemas.USAGE_PARAMS, async (ports, scope, id, params) => {
      const usage = await readKeyUsage(ports, scope, id, params);
      return usage.ok ? succeed(formatUsage(usage.value)) : usage;
    }),
  ],
]);

/** Whether a method is served here and never by the origin, even where there is no such method. */
export function isOwnMethod(name: string | undefined): boolean {
  return name?.startsWith("admin_") === true;
}

/** Serves the call that stands in a JSON text: its result, or why there is none. */
export async function serveCall(
  ports: OwnKeysPorts,
  caller: RpcCaller,
  text: string,
): Promise<Outcome<object>> {
  const outcome = await survive(() => serve(ports, caller, text));
  return outcome.ok ? outcome : { ok: false, refusal: ofParams(outcome.refusal) };
}

/** The outcome of an operation; an outage is one call's, not the whole request's. */
export async function survive<T>(operation: () => Promise<Outcome<T>>): Promise<Outcome<T>> {
  try {
    return await operation();
  } catch (error) {
    if (error instanceof Unavailable) return decline("unavailable", { retryAfterSeconds: 1 });
    throw error;
  }
}

async function serve(
  ports: OwnKeysPorts,
  { scope, account }: RpcCaller,
  text: string,
): Promise<Outcome<object>> {
  const call = readCall(text);
  if (!call.ok) return call;
  const found = RPC_METHODS.get(call.value.method);
  if (found === undefined) {
    return decline("not_found", { message: "There is no such method.", rpcCode: METHOD_NOT_FOUND });
  }
  if (!account.ok) return account;
  if (account.value.plan !== "business") return decline("permission_missing", { message: PLAN });
  const refusal = judgePermission(scope, found.permission);
  if (refusal !== null) return { ok: false, refusal };
  const { params = {} } = call.value;
  if (typeof params !== "object" || params === null || Array.isArray(params)) {
    return declineFields({ field: "params", message: "must be an object: parameters have names" });
  }
  return found.serve(ports, scope, params);
}

const PLAN = "Managing API keys by API needs the plan business. Contact support.";

/** Section 4 of the specification. A member that is given twice is refused, as in every body. */
function readCall(text: string): Outcome<{ readonly method: string; readonly params?: unknown }> {
  const parsed = parseJsonObject(text);
  if (!parsed.ok)
    return { ok: false, refusal: { ...parsed.refusal, rpcCode: RPC_INVALID_REQUEST } };
  const { jsonrpc, method: name, params, id } = parsed.value as Readonly<Record<string, unknown>>;
  const validId = id === null || ["undefined", "string", "number"].includes(typeof id);
  if (jsonrpc !== "2.0" || typeof name !== "string" || !validId) {
    const message = "The call is not a JSON-RPC 2.0 request.";
    return decline("invalid_request", { message, rpcCode: RPC_INVALID_REQUEST });
  }
  return succeed({ method: name, params });
}

/** What a parameter is to blame for, where nothing else has a code of its own. */
function ofParams(refusal: Refusal): Refusal {
  const blamed = ["invalid_request", "not_found", "conflict"].includes(refusal.reason);
  return blamed ? { rpcCode: INVALID_PARAMS, ...refusal } : refusal;
}

async function list(
  ports: OwnKeysPorts,
  scope: OwnScope,
  params: object,
): Promise<Outcome<object>> {
  // In a query, for which the schema is made, a number is a text.
  const texts = Object.entries(params).map(([name, value]: [string, unknown]) => [
    name,
    name === "limit" && typeof value === "number" ? String(value) : value,
  ]);
  const query = validate(schemas.KEYS_QUERY, Object.fromEntries(texts));
  if (!query.ok) return query;
  const page = await listOwnKeys(ports, scope, query.value);
  if (!page.ok) return page;
  return succeed({ data: page.value.shown, next_cursor: page.value.nextCursor });
}

function method<S extends v.GenericSchema>(
  permission: KeysPermission,
  schema: S,
  run: (ports: OwnKeysPorts, scope: OwnScope, taken: v.InferOutput<S>) => Promise<Outcome<object>>,
): Method {
  return {
    permission,
    async serve(ports, scope, params) {
      const taken = validate(schema, params);
      return taken.ok ? run(ports, scope, taken.value) : taken;
    },
  };
}

/** A method whose parameters are a key's id and the members of the REST route's body. */
function methodOfKey<S extends v.GenericSchema>(
  permission: KeysPermission,
  schema: S,
  run: (
    ports: OwnKeysPorts,
    scope: OwnScope,
    keyId: string,
    taken: v.InferOutput<S>,
  ) => Promise<Outcome<object>>,
): Method {
  return {
    permission,
    async serve(ports, scope, params) {
      const { id, ...members } = params as Readonly<Record<string, unknown>>;
      if (typeof id !== "string") {
        return declineFields({ field: "id", message: "must be the id of an API key" });
      }
      const taken = validate(schema, members);
      return taken.ok ? run(ports, scope, id, taken.value) : taken;
    },
  };
}

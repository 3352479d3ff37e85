/**
 * The table of the management routes: method, path, what is taken and which operation it is. Router
 * and `Allow` follow from it. Everything under `/manage/v1` is for the operator alone.
 */
import type * as v from "valibot";
import { UNUSED } from "../core/decision.ts";
import {
  createAccount,
  listAccounts,
  loadAccount,
  patchAccount,
  reactivateAccount,
  suspendAccount,
  type AccountPorts,
  type AccountState,
} from "./accounts.ts";
import { answerData, answerMessage, answerPage, type Answer } from "./answer.ts";
import { createKey, type CreateKeyPorts } from "./create-key.ts";
import { listKeys, loadKey, revokeKey, type KeyPorts } from "./keys.ts";
import { succeed, type Outcome } from "./outcome.ts";
import { readBody } from "./read-body.ts";
import { formatAccount, formatKey } from "./representation.ts";
import * as schemas from "./schemas.ts";
import { validate, validateQuery } from "./validation.ts";

/** What the operations of all routes need. */
export interface RoutePorts extends AccountPorts, CreateKeyPorts, KeyPorts {
  /** Which parts of the deployment answer, by name. */
  readonly checkHealth: () => Promise<Readonly<Record<string, boolean>>>;
}

/** One route. `id` is the path's only parameter, decoded; empty where the path has none. */
export interface Route {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly serve: (ports: RoutePorts, request: Request, id: string) => Promise<Outcome<Answer>>;
}

type Serve<T> = (ports: RoutePorts, id: string, taken: T) => Promise<Outcome<Answer>>;

function withBody<S extends v.GenericSchema>(
  method: "POST" | "PATCH",
  path: string,
  schema: S,
  serve: Serve<v.InferOutput<S>>,
): Route {
  return {
    method,
    path,
    async serve(ports, request, id) {
      const body = await readBody(request);
      if (!body.ok) return body;
      const taken = validate(schema, body.value);
      return taken.ok ? serve(ports, id, taken.value) : taken;
    },
  };
}

function withQuery<S extends v.GenericSchema>(
  method: "GET" | "DELETE",
  path: string,
  schema: S,
  serve: Serve<v.InferOutput<S>>,
): Route {
  return {
    method,
    path,
    async serve(ports, request, id) {
      const taken = validateQuery(schema, new URL(request.url).searchParams);
      return taken.ok ? serve(ports, id, taken.value) : taken;
    },
  };
}

const ACCOUNTS = "/manage/v1/accounts";
const API_KEYS = "/manage/v1/api-keys";

export const ROUTES: readonly Route[] = [
  { method: "GET", path: "/manage/health", serve: serveHealth },

  withBody("POST", ACCOUNTS, schemas.ACCOUNT_BODY, async (ports, _id, body) =>
    map(await createAccount(ports, body), (state) =>
      answerData(formatAccount(state), 201, { Location: locationOf(state) }),
    ),
  ),
  withQuery("GET", ACCOUNTS, schemas.ACCOUNTS_QUERY, async (ports, _id, query) =>
    map(await listAccounts(ports, query), ({ accounts, nextCursor }) =>
      answerPage(
        accounts.map((account) => formatAccount({ account, pending: 0 })),
        nextCursor,
      ),
    ),
  ),
  withQuery("GET", `${ACCOUNTS}/:id`, schemas.EMPTY, async (ports, id) =>
    map(await loadAccount(ports, id), (state) => answerData(formatAccount(state))),
  ),
  withBody("PATCH", `${ACCOUNTS}/:id`, schemas.ACCOUNT_PATCH_BODY, async (ports, id, body) =>
    map(await patchAccount(ports, id, body), answerChange),
  ),
  withBody("POST", `${ACCOUNTS}/:id/suspend`, schemas.SUSPEND_BODY, async (ports, id, body) =>
    map(await suspendAccount(ports, id, body.reason ?? null), answerChange),
  ),
  withBody("POST", `${ACCOUNTS}/:id/reactivate`, schemas.EMPTY, async (ports, id) =>
    map(await reactivateAccount(ports, id), answerChange),
  ),

  withBody("POST", `${ACCOUNTS}/:id/api-keys`, schemas.KEY_BODY, async (ports, id, body) =>
    map(await createKey(ports, id, body), ({ record, text }) => {
      const { id: keyId, ...rest } = formatKey(record, UNUSED, ports.apis, ports.now());
      const location = `${API_KEYS}/${keyId}`;
      return answerData({ id: keyId, key: text, ...rest }, 201, { Location: location });
    }),
  ),
  withQuery("GET", `${ACCOUNTS}/:id/api-keys`, schemas.KEYS_QUERY, async (ports, id, query) =>
    map(await listKeys(ports, id, query), ({ keys, nextCursor }) => {
      const nowMs = ports.now();
      return answerPage(
        keys.map(({ record, use }) => formatKey(record, use, ports.apis, nowMs)),
        nextCursor,
      );
    }),
  ),
  withQuery("GET", `${API_KEYS}/:id`, schemas.EMPTY, async (ports, id) =>
    map(await loadKey(ports, id), ({ record, use }) =>
      answerData(formatKey(record, use, ports.apis, ports.now())),
    ),
  ),
  withQuery("DELETE", `${API_KEYS}/:id`, schemas.EMPTY, async (ports, id) =>
    map(await revokeKey(ports, id), () => answerMessage("API key revoked successfully")),
  ),
];

async function serveHealth({ checkHealth }: RoutePorts): Promise<Outcome<Answer>> {
  const parts = await checkHealth();
  if (Object.values(parts).every(Boolean)) return succeed(answerData({ status: "ok", parts }));
  const body = { success: false, data: { status: "degraded", parts } };
  return succeed({ status: 503, body, headers: { "Retry-After": "5" } });
}

/** 202 while the change is not in force for every key; `Location` is where to see how far it is. */
function answerChange(state: AccountState): Answer {
  const representation = formatAccount(state);
  if (state.pending === 0) return answerData(representation);
  return answerData(representation, 202, { Location: locationOf(state) });
}

function locationOf({ account }: AccountState): string {
  return `${ACCOUNTS}/${account.id}`;
}

function map<T>(outcome: Outcome<T>, answer: (value: T) => Answer): Outcome<Answer> {
  return outcome.ok ? succeed(answer(outcome.value)) : outcome;
}

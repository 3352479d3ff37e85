/**
 * The table of the management routes: method, path, what is taken and which operation it is. Router,
 * `Allow` and the OpenAPI document follow from it. Who may call which is `access.ts`'s to say.
 */
import { UNUSED } from "../core/decision.ts";
import {
  createAccount,
  listAccounts,
  loadAccount,
  patchAccount,
  reactivateAccount,
  suspendAccount,
  type AccountState,
} from "./accounts.ts";
import { ALERT_ROUTES } from "./alert-routes.ts";
import { answerData, answerLines, answerMessage, answerPage, type Answer } from "./answer.ts";
import { patchKey, revokeKey, rotateKey } from "./change-key.ts";
import { createKey, NOTHING_SHOWN, type NewKey, type Shown } from "./create-key.ts";
import { describeApis } from "./describe-apis.ts";
import { importKey } from "./import-key.ts";
import { answerDocsPage, answerOpenApi } from "./docs.ts";
import { formatKeyring } from "./keyring-representation.ts";
import { readKeyring, reencrypt } from "./keyring.ts";
import { listKeys, loadKey, loadUse, type KeyDetails } from "./keys.ts";
import { succeed, type Outcome } from "./outcome.ts";
import { exportAudit, listAudit, verifyAudit } from "./read-audit.ts";
import {
  formatAccount,
  formatAuditEntry,
  formatKey,
  formatLines,
  formatPrincipal,
  formatShown,
  formatWindows,
} from "./representation.ts";
import {
  NOTHING,
  withBody,
  withCreation,
  withQuery,
  type Call,
  type KeyOfRoute,
  type Route,
  type RoutePorts,
} from "./route.ts";
import { revealKey } from "./reveal-key.ts";
import * as schemas from "./schemas.ts";
import { describeSession, signIn, signOut } from "./session/sign-in.ts";
import { USAGE_ROUTES } from "./usage-routes.ts";
import { verify, type Verdict } from "./verify.ts";

const ACCOUNTS = "/manage/v1/accounts";
const API_KEYS = "/manage/v1/api-keys";
const KEYRING = "/manage/v1/keyring";
const JWKS_LIFETIME = "public, max-age=60";
const SESSION = "/manage/session";
const REPEATED = { "Idempotent-Replayed": "true" };

const TABLE = [
  { method: "GET", path: "/manage/health", takes: NOTHING, serve: serveHealth },
  { method: "GET", path: "/manage/openapi.json", takes: NOTHING, serve: serveOpenApi },
  { method: "GET", path: "/manage/docs", takes: NOTHING, serve: serveDocs },
  { method: "GET", path: "/manage/.well-known/jwks.json", takes: NOTHING, serve: serveJwks },

  {
    method: "POST",
    path: SESSION,
    takes: NOTHING,
    serve: (ports, call) => signIn(ports, call.request, call.requestId),
  },
  {
    method: "GET",
    path: SESSION,
    takes: NOTHING,
    serve: (ports, call) => describeSession(ports, call.request),
  },
  {
    method: "DELETE",
    path: SESSION,
    takes: NOTHING,
    serve: (ports, call) => signOut(ports, call.request),
  },
  withQuery("GET", "/manage/v1/apis", schemas.EMPTY, async (ports, { scope }) =>
    map(await describeApis(ports, scope), (apis) => answerPage(apis, null)),
  ),

  withCreation(ACCOUNTS, schemas.ACCOUNT_BODY, async (ports, { scope }, body, repeat) =>
    map(await createAccount(ports, scope.by, body, repeat), (state) =>
      answerData(formatAccount(state), 201, {
        Location: locationOf(state),
        ...(state.repeated === true ? REPEATED : {}),
      }),
    ),
  ),
  withQuery("GET", ACCOUNTS, schemas.ACCOUNTS_QUERY, async (ports, _call, query) =>
    map(await listAccounts(ports, query), ({ accounts, nextCursor }) =>
      answerPage(
        accounts.map((account) => formatAccount({ account, pending: 0 })),
        nextCursor,
      ),
    ),
  ),
  withQuery("GET", `${ACCOUNTS}/:id`, schemas.EMPTY, async (ports, { id }) =>
    map(await loadAccount(ports, id), (state) => answerData(formatAccount(state))),
  ),
  withBody("PATCH", `${ACCOUNTS}/:id`, schemas.ACCOUNT_PATCH_BODY, async (ports, call, body) =>
    map(await patchAccount(ports, call.scope.by, call.id, body), answerChange),
  ),
  withBody("POST", `${ACCOUNTS}/:id/suspend`, schemas.SUSPEND_BODY, async (ports, call, body) =>
    map(await suspendAccount(ports, call.scope.by, call.id, body.reason ?? null), answerChange),
  ),
  withBody("POST", `${ACCOUNTS}/:id/reactivate`, schemas.EMPTY, async (ports, call) =>
    map(await reactivateAccount(ports, call.scope.by, call.id), answerChange),
  ),
  withQuery("GET", `${ACCOUNTS}/:id/audit`, schemas.AUDIT_QUERY, async (ports, { id }, query) =>
    map(await listAudit(ports, id, query), ({ entries, nextCursor }) =>
      answerPage(entries.map(formatAuditEntry), nextCursor),
    ),
  ),
  withQuery("GET", `${ACCOUNTS}/:id/audit/verify`, schemas.EMPTY, async (ports, { id }) =>
    map(await verifyAudit(ports, id), ({ entries, brokenAt }) =>
      answerData({ intact: brokenAt === null, entries, broken_at: brokenAt }),
    ),
  ),
  withQuery("GET", `${ACCOUNTS}/:id/audit/export`, schemas.EMPTY, async (ports, { id }) =>
    map(await loadAccount(ports, id), () => answerLines(formatLines(exportAudit(ports, id)))),
  ),

  withCreation(`${ACCOUNTS}/:id/api-keys`, schemas.KEY_BODY, async (ports, call, body, repeat) =>
    answerNewKey(ports, await createKey(ports, call.scope, call.id, body, repeat)),
  ),
  withCreation(
    `${ACCOUNTS}/:id/api-keys/import`,
    schemas.IMPORT_BODY,
    async (ports, call, body, repeat) =>
      answerNewKey(ports, await importKey(ports, call.scope, call.id, body, repeat)),
  ),
  withQuery("GET", `${ACCOUNTS}/:id/api-keys`, schemas.KEYS_QUERY, async (ports, { id }, query) =>
    map(await listKeys(ports, id, query), ({ keys, nextCursor }) => {
      const nowMs = ports.now();
      return answerPage(
        keys.map(({ record, use }) => formatKey(record, use, ports.apis, nowMs)),
        nextCursor,
      );
    }),
  ),
  withQuery("GET", `${API_KEYS}/:id`, schemas.EMPTY, async (ports, { scope, id }) =>
    answerKey(ports, await loadKey(ports, scope, id)),
  ),
  withBody("PATCH", `${API_KEYS}/:id`, schemas.KEY_PATCH_BODY, async (ports, call, body) => {
    const patched = await patchKey(ports, call.scope, call.id, body);
    if (!patched.ok) return patched;
    return answerKey(ports, await loadKey(ports, call.scope, call.id), patched.value.shown);
  }),
  withBody("POST", `${API_KEYS}/:id/rotate`, schemas.ROTATE_BODY, async (ports, call, body) => {
    const rotated = await rotateKey(ports, call.scope, call.id, body.grace_seconds);
    if (!rotated.ok) return rotated;
    const { record, shown, pending } = rotated.value;
    const use = await loadUse(ports, call.id);
    const representation = formatShown(formatKey(record, use, ports.apis, ports.now()), shown);
    if (pending === 0) return succeed(answerData(representation));
    return succeed(
      answerData({ ...representation, pending }, 202, { Location: keyLocation(call.id) }),
    );
  }),
  withQuery("GET", KEYRING, schemas.EMPTY, async (ports) =>
    map(await readKeyring(ports), (state) => answerData(formatKeyring(state))),
  ),
  withBody("POST", `${KEYRING}/reencrypt`, schemas.EMPTY, async (ports, { scope }) =>
    map(await reencrypt(ports, scope.by), (state) => {
      const goesOn = state.use.reencryption?.finishedAtMs === null;
      const representation = formatKeyring(state);
      return goesOn
        ? answerData(representation, 202, { Location: KEYRING })
        : answerData(representation);
    }),
  ),
  withBody("POST", `${API_KEYS}/:id/reveal`, schemas.EMPTY, async (ports, { scope, id }) =>
    map(await revealKey(ports, scope, id), (key) => answerData({ id, key })),
  ),
  ...USAGE_ROUTES,
  ...ALERT_ROUTES,
  withBody("POST", "/manage/v1/verify", schemas.VERIFY_BODY, async (ports, { requestId }, body) =>
    map(await verify(ports, body, requestId), answerVerdict),
  ),
  withQuery("DELETE", `${API_KEYS}/:id`, schemas.EMPTY, async (ports, { scope, id }) =>
    map(await revokeKey(ports, scope, id), () => answerMessage("API key revoked successfully")),
  ),
] as const satisfies readonly Route[];

export const ROUTES: readonly Route[] = TABLE;

/** Each route's method and path, e.g. `GET /manage/health`: what its documentation is kept by. */
export type RouteKey = KeyOfRoute<(typeof TABLE)[number]>;

/** Always 200: what is asked is a question, and a refusal is an answer to it. */
function answerVerdict({ allowed, reason, principal, windows }: Verdict): Answer {
  return answerData({
    allowed,
    reason,
    principal: principal === null ? null : formatPrincipal(principal),
    limits: principal === null ? null : formatWindows(windows),
  });
}

function keyLocation(keyId: string): string {
  return `${API_KEYS}/${keyId}`;
}

/** A key that was made, with its text where there is one to show. */
function answerNewKey(ports: RoutePorts, made: Outcome<NewKey>): Outcome<Answer> {
  return map(made, ({ record, shown, repeated }) => {
    const representation = formatKey(record, UNUSED, ports.apis, ports.now());
    const location = { Location: keyLocation(record.key.id) };
    const headers = repeated ? { ...location, ...REPEATED } : location;
    return answerData(formatShown(representation, shown), 201, headers);
  });
}

function answerKey(
  ports: RoutePorts,
  details: Outcome<KeyDetails>,
  shown: Shown = NOTHING_SHOWN,
): Outcome<Answer> {
  return map(details, ({ record, use }) =>
    answerData(formatShown(formatKey(record, use, ports.apis, ports.now()), shown)),
  );
}

async function serveHealth({ checkHealth }: RoutePorts): Promise<Outcome<Answer>> {
  const parts = await checkHealth();
  if (Object.values(parts).every(Boolean)) return succeed(answerData({ status: "ok", parts }));
  const body = { success: false, data: { status: "degraded", parts } };
  return succeed({ status: 503, body, headers: { "Retry-After": "5" } });
}

/** The one answer that may be kept: origins ask for the keys again and again, and wait for them. */
async function serveJwks({ assertions }: RoutePorts): Promise<Outcome<Answer>> {
  const keys = await assertions.listPublicKeys();
  return succeed({ status: 200, body: { keys }, headers: { "Cache-Control": JWKS_LIFETIME } });
}

async function serveOpenApi(): Promise<Outcome<Answer>> {
  return succeed(await answerOpenApi(ROUTES));
}

async function serveDocs(_ports: RoutePorts, { request }: Call): Promise<Outcome<Answer>> {
  return succeed(await answerDocsPage(ROUTES, new URL(request.url).origin));
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

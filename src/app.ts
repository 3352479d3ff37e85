/**
 * The composition root: configuration → adapters → the gateway, or the control plane, which has a root of
 * its own in `control-plane.ts`. Only the two know both the ports and what stands behind them. Nothing is
 * decided here.
 */
import { exports, waitUntil } from "cloudflare:workers";
import { createAccounts, createDirectory } from "./adapters/accounts.ts";
import { createAssertions } from "./adapters/assertions.ts";
import { logToConsole } from "./adapters/console-log.ts";
import { createKeyStates } from "./adapters/key-states.ts";
import { createKvKeyStore } from "./adapters/kv-key-store.ts";
import { createOrigins } from "./adapters/origins.ts";
import { findMissingBindings } from "./config-bindings.ts";
import { parseConfig, type Config } from "./config.ts";
import { createBoundedMap } from "./core/bounded-map.ts";
import { createKeyring } from "./core/keyring.ts";
import { decodeUnreserved } from "./core/path.ts";
import { weighRecord } from "./core/record.ts";
import { refuse } from "./core/refusal.ts";
import { parseTarget, type Target } from "./core/target.ts";
import { answerRefusal } from "./gateway/answer.ts";
import type { GatewayPorts } from "./gateway/exchange.ts";
import { handleApiRequest } from "./gateway/gateway.ts";
import { createMissMemory } from "./gateway/miss-memory.ts";
import { createRefusalMemory } from "./gateway/refusal-memory.ts";
import { createSigningSecrets } from "./gateway/signing-secrets.ts";
import { createStrayMemory } from "./gateway/stray-memory.ts";
import { createTextMemory } from "./gateway/text-memory.ts";
import { createUsageMemory } from "./gateway/usage-memory.ts";

/** Records an isolate keeps, of 1 KB each, or fewer of more, of the 128 MB it has. */
const CACHED_RECORDS = 10_000;
/** Texts of keys in use that an isolate knows for some seconds; as many forged ones. */
const CACHED_TEXTS = 5000;

/** An import has to work within a minute. */
const IMPORT_MISS_MS = 10_000;
/** How often an isolate tells an account that KV lacks one of its records. */
const REPORT_MS = 60_000;

interface App {
  readonly config: Config;
  readonly ports: GatewayPorts;
  readonly management: (request: Request, requestId: string) => Promise<Response>;
}

/** Per isolate: the app of an environment, or `null` when its configuration has mistakes. */
const apps = new WeakMap<Cloudflare.Env, App | null>();

/** Answers one request, whatever happens: the last resort is a 500 that tells nothing. */
export async function handleRequest(request: Request, env: Cloudflare.Env): Promise<Response> {
  const requestId = crypto.randomUUID();
  try {
    const app = appOf(env);
    if (app !== null) return await route(request, requestId, app);
    const message = "The authorizer is not configured. Its log names each setting that is wrong.";
    const refusal = refuse("unavailable", { message, retryAfterSeconds: 60 });
    return answerRefusal(refusal, null, requestId, request.method);
  } catch (error) {
    const name = error instanceof Error ? error.name : "unknown";
    logToConsole("error", "internal", { request_id: requestId, error: name });
    return answerRefusal(refuse("internal"), null, requestId, request.method);
  }
}

async function route(request: Request, requestId: string, app: App): Promise<Response> {
  const url = parseTarget(request.url, request.headers.get("host"));
  if (url === null) {
    const refusal = refuse("invalid_request", { message: "The request names no valid host." });
    return answerRefusal(refusal, null, requestId, request.method);
  }
  if (!isManagement(url)) {
    return handleApiRequest(request, url, requestId, app.config.apis, app.ports);
  }
  const { managementHost } = app.config;
  if (managementHost !== null && managementHost !== url.host) {
    return answerRefusal(refuse("not_found"), null, requestId, request.method);
  }
  return app.management(request, requestId);
}

/** `/manage` is never forwarded, in whatever spelling an origin could read as the same path. */
function isManagement(url: Target): boolean {
  const pathname = decodeUnreserved(url.pathname);
  return pathname === "/manage" || pathname.startsWith("/manage/");
}

function appOf(env: Cloudflare.Env): App | null {
  const known = apps.get(env);
  if (known !== undefined) return known;
  const app = compose(env);
  apps.set(env, app);
  return app;
}

function compose(env: Cloudflare.Env): App | null {
  const bindings: Readonly<Record<string, unknown>> = { ...env };
  const parsed = parseConfig(bindings);
  const mistakes = parsed.ok
    ? findMissingBindings(parsed.config.apis, bindings, exports)
    : parsed.mistakes;
  for (const mistake of mistakes) logToConsole("error", "configuration", { mistake });
  if (!parsed.ok || mistakes.length > 0) return null;
  const { config } = parsed;
  const keyring = createKeyring(config.masterKeys);
  const keyStates = createKeyStates(env.KEY_STATE);
  const accounts = createAccounts(env.ACCOUNT);
  const directory = createDirectory(env.DIRECTORY);
  const keyStore = createKvKeyStore(env.KEYS, keyring);
  const assertions = createAssertions(config.assertionKeys);
  const loadControlPlane = once(async () => {
    const { createControlPlane } = await import("./control-plane.ts");
    const shared = { accounts, directory, keyStore, assertions };
    return createControlPlane({ env, config, gateway: ports, ...shared });
  });
  const ports: GatewayPorts = {
    keyring,
    keyStates,
    accounts,
    log: logToConsole,
    now: () => Date.now(),
    keyStore,
    identities: createTextMemory(CACHED_TEXTS),
    forged: createTextMemory(CACHED_TEXTS),
    records: createBoundedMap(CACHED_RECORDS, weighRecord),
    misses: createMissMemory(CACHED_RECORDS, IMPORT_MISS_MS),
    reported: createMissMemory(CACHED_RECORDS, REPORT_MS),
    refusals: createRefusalMemory(CACHED_RECORDS),
    usage: createUsageMemory(CACHED_RECORDS),
    strays: createStrayMemory(),
    directory,
    wait: (milliseconds) => scheduler.wait(milliseconds),
    signingSecrets: createSigningSecrets(keyring, CACHED_RECORDS),
    origins: createOrigins(bindings, exports),
    assertions,
    selfService: {
      async serveMember(call, token) {
        return (await loadControlPlane()).selfService.serveMember(call, token);
      },
      async serveKey(call) {
        return (await loadControlPlane()).selfService.serveKey(call);
      },
    },
    waitUntil,
  };
  return {
    config,
    ports,
    async management(request, requestId) {
      return (await loadControlPlane()).management(request, requestId);
    },
  };
}

/** Makes something when it is first asked for, and again when that has failed. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return async () => {
    made ??= make();
    try {
      return await made;
    } catch (error) {
      made = null;
      throw error;
    }
  };
}

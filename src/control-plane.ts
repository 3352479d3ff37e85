/**
 * The composition root of the control plane: management and what APIs offer their own key holders. It is
 * loaded when the first request asks for it, so that an isolate that only guards APIs never evaluates it.
 */
import type { createAccounts, createDirectory } from "./adapters/accounts.ts";
import type { createAssertions } from "./adapters/assertions.ts";
import { logToConsole } from "./adapters/console-log.ts";
import { createDashboardFiles } from "./adapters/dashboard-files.ts";
import { createHealthCheck } from "./adapters/health.ts";
import { createMemberTokens } from "./adapters/jwt.ts";
import { createSessions } from "./adapters/sessions.ts";
import type { createKvKeyStore } from "./adapters/kv-key-store.ts";
import type { Config } from "./config.ts";
import type { SelfService } from "./core/self-service.ts";
import type { GatewayPorts } from "./gateway/exchange.ts";
import { verifyKey } from "./gateway/verify-key.ts";
import { createManagement } from "./management/rest.ts";
import { createSelfService } from "./management/self-service/self-service.ts";

/** What it shares with the data plane. */
export interface ControlPlaneParts {
  readonly env: Cloudflare.Env;
  readonly config: Config;
  readonly gateway: GatewayPorts;
  readonly accounts: ReturnType<typeof createAccounts>;
  readonly directory: ReturnType<typeof createDirectory>;
  readonly keyStore: ReturnType<typeof createKvKeyStore>;
  readonly assertions: ReturnType<typeof createAssertions>;
}

/** What a request may ask for. */
export interface ControlPlane {
  readonly management: (request: Request, requestId: string) => Promise<Response>;
  readonly selfService: SelfService;
}

/** Puts it together. */
export function createControlPlane(parts: ControlPlaneParts): ControlPlane {
  const { env, config, gateway, accounts, directory, keyStore, assertions } = parts;
  const { keyring, keyStates, now } = gateway;
  const operations = {
    keyring,
    keyStates,
    accounts,
    log: logToConsole,
    now,
    apis: config.apis,
    keyOwners: keyStore,
    keyStore,
    drawBytes,
    memberTokens: config.memberTokens && createMemberTokens(config.memberTokens),
  };
  return {
    management: createManagement({
      ...operations,
      operatorTokens: config.operatorTokens,
      sessions: createSessions(env),
      judgeKey: (asked, api, requestId) => verifyKey(asked, api, requestId, gateway),
      directory,
      signInFailures: directory,
      checkHealth: createHealthCheck(env),
      assertions,
      webhooksToLoopback: config.webhooksToLoopback,
      dashboard: createDashboardFiles(env.ASSETS),
    }),
    selfService: createSelfService(operations),
  };
}

function drawBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/**
 * `npm start`: the demo on this machine, with no network and no account. Creates the secrets and keys
 * that are missing, starts the server, prints what to paste, and ends it with this program.
 */
import { mkdirSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { DEMO_APIS } from "./demo-apis.ts";
import { ensureDemoKeys } from "./demo-keys.ts";
import { startDevServer } from "./dev-server.ts";
import { ensureDevVars, operatorTokenOf } from "./dev-vars.ts";
import { watchForEndRequest } from "./end-request.ts";
import { reportFailure } from "./failure.ts";
import { parsePort, requireFreePort } from "./free-port.ts";
import { formatGreeting } from "./greeting.ts";
import { waitForHealth } from "./health.ts";
import { createManagementClient } from "./management-client.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");

/** Where a run keeps its secrets and its state. */
interface Places {
  readonly devVarsPath: string;
  readonly stateDir: string;
}

/** `--state DIR` keeps everything in DIR, secrets too, apart from the project's own. */
function readPlaces(): Places {
  const { values } = parseArgs({ options: { state: { type: "string" } } });
  if (values.state === undefined) {
    return {
      devVarsPath: path.join(ROOT, ".dev.vars"),
      stateDir: path.join(ROOT, ".wrangler/state"),
    };
  }
  const stateDir = path.resolve(values.state);
  return { devVarsPath: path.join(stateDir, ".dev.vars"), stateDir };
}

/** Runs until the server has ended; returns its exit code. */
async function run(): Promise<number> {
  const endRequest = watchForEndRequest();
  const port = parsePort(process.env["PORT"] ?? "8787");
  await requireFreePort(port);
  if (endRequest.aborted) return 0;
  const { devVarsPath, stateDir } = readPlaces();
  mkdirSync(stateDir, { recursive: true });
  const devVars = ensureDevVars(devVarsPath);
  const operatorToken = operatorTokenOf(devVars);
  const server = startDevServer({ root: ROOT, port, devVars, stateDir });
  endRequest.addEventListener("abort", server.stop);
  const ended = new AbortController();
  void server.ended.then(() => ended.abort());
  const over = AbortSignal.any([endRequest, ended.signal]);
  try {
    await greet(`http://localhost:${port}`, operatorToken, stateDir, over);
  } catch (error) {
    if (!over.aborted) {
      server.stop();
      await server.ended;
      throw error;
    }
  }
  return server.ended;
}

/** Waits until the server serves, makes sure of the demo's keys and prints what to paste. */
async function greet(
  baseUrl: string,
  operatorToken: string,
  stateDir: string,
  signal: AbortSignal,
): Promise<void> {
  await waitForHealth(baseUrl, signal);
  const manage = createManagementClient(baseUrl, operatorToken);
  const keysPath = path.join(stateDir, "demo-keys.json");
  const keys = await ensureDemoKeys(DEMO_APIS, baseUrl, manage, keysPath);
  console.log(formatGreeting(DEMO_APIS, baseUrl, keys, operatorToken));
}

try {
  process.exitCode = await run();
} catch (error) {
  reportFailure(error);
  process.exitCode = 1;
}

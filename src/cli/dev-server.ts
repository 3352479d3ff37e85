/**
 * The local server: `wrangler dev` as one process group that is ended as a whole. It needs no network
 * and no account, and neither prints nor stores request URLs, because a URL may hold a key.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { devNull } from "node:os";
import path from "node:path";
import type { DevVars } from "./dev-vars.ts";
import { passMasked } from "./mask-urls.ts";

const WRANGLER = "node_modules/wrangler/bin/wrangler.js";
const MAX_STOP_MS = 5000;
/** What a process that was asked to end exits with: 128 + SIGTERM. */
const TERMINATED = 143;

const QUIET_AND_OFFLINE = {
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_WRITE_LOGS: "false", // its log file holds every request's URL, whatever the log level
  X_LOCAL_EXPLORER: "false",
  X_LOCAL_OBSERVABILITY: "false",
} as const;

/** What a server is started with. */
export interface DevServerOptions {
  /** The project's folder, where wrangler.toml stands. */
  readonly root: string;
  readonly port: number;
  readonly devVars: DevVars;
  readonly stateDir: string;
}

/** A running `wrangler dev`. */
export interface DevServer {
  /** Resolves to its exit code, 0 when it was asked to end, once no process of it is left. */
  readonly ended: Promise<number>;
  /** Asks it to end, and kills it when it has not after 5 s. */
  readonly stop: () => void;
}

/** Starts the server; its output goes to this program's, without the URLs of requests. */
export function startDevServer(options: DevServerOptions): DevServer {
  const { root, stateDir, devVars } = options;
  const child = spawn(process.execPath, [path.join(root, WRANGLER), ...argumentsOf(options)], {
    cwd: root,
    env: {
      ...process.env,
      ...QUIET_AND_OFFLINE,
      WRANGLER_REGISTRY_PATH: path.join(stateDir, "registry"),
      // By way of the environment: a secret must not stand on a command line, and wrangler would
      // expand a `$` in a file it is given.
      CLOUDFLARE_INCLUDE_PROCESS_ENV: "true",
      ...devVars,
    },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  passMasked(child.stdout, process.stdout);
  passMasked(child.stderr, process.stderr);
  let stopping = false;
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(1));
    child.once("exit", () => signalGroup(child, "SIGKILL"));
    child.once("close", (code) => {
      resolve(stopping && code === TERMINATED ? 0 : (code ?? 1));
    });
  });
  const stop = (): void => {
    stopping = true;
    child.kill("SIGTERM");
    setTimeout(() => signalGroup(child, "SIGKILL"), MAX_STOP_MS).unref();
  };
  return { ended, stop };
}

function argumentsOf({ port, stateDir }: DevServerOptions): readonly string[] {
  const options = {
    env: "demo",
    "env-file": devNull, // instead of whichever .dev.vars and .env files wrangler would find
    "persist-to": stateDir,
    ip: "127.0.0.1",
    port: String(port),
    "inspector-port": "0",
    "log-level": "warn",
    "show-interactive-dev-session": "false",
  };
  return ["dev", ...Object.entries(options).map(([name, value]) => `--${name}=${value}`)];
}

/** Signals every process that the server has started, too; none may be left. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group has ended already.
  }
}

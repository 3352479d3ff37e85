/**
 * The Worker as it is deployed: wrangler's production bundle in a workerd of its own, which listens on
 * a loopback port with no proxy before it, so that a test sees what the runtime itself sends. Outbound
 * connections are confined to loopback addresses.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { formatWorkerdConfig } from "./workerd-config.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const WRANGLER = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
const MAX_START_MS = 20_000;

const SECRETS = {
  OPERATOR_TOKEN: "operator-token-of-the-tests-0123456789",
  MASTER_KEYS: "t1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
  ASSERTION_KEYS: "a1:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=",
};

/** A running Worker. */
export interface RunningWorker {
  readonly url: string;
  readonly operatorToken: string;
  /** What it has printed so far, on both streams. */
  readonly output: () => string;
  /** The code that runs. */
  readonly readBundle: () => string;
  /** The memory that its process holds, and the most it held since the last `resetPeak`. */
  readonly readMemory: () => Memory;
  readonly resetPeak: () => void;
  readonly stop: () => Promise<void>;
}

interface Memory {
  readonly residentBytes: number;
  readonly peakBytes: number;
}

/** Bundles the Worker as `wrangler deploy` does and starts it with these tables as `APIS`. */
export async function startWorker(apis: readonly object[]): Promise<RunningWorker> {
  const dir = mkdtempSync(path.join(tmpdir(), "edge-authorizer-worker-"));
  await bundleInto(dir);
  mkdirSync(path.join(dir, "objects"));
  const configPath = path.join(ROOT, "wrangler.toml");
  const config = formatWorkerdConfig(configPath, { APIS: apis, ...SECRETS });
  writeFileSync(path.join(dir, "config.capnp"), config);
  const child = spawn(findWorkerd(), ["serve", "config.capnp", "--control-fd=3"], {
    cwd: dir,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let output = "";
  const append = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout?.on("data", append);
  child.stderr?.on("data", append);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    return {
      url: `http://127.0.0.1:${await readPort(child, ended)}`,
      operatorToken: SECRETS.OPERATOR_TOKEN,
      output: () => output,
      readBundle: () => readFileSync(path.join(dir, "index.js"), "utf8"),
      readMemory: () => readMemory(child.pid ?? 0),
      resetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, "5"),
      stop,
    };
  } catch (error) {
    await stop();
    throw new Error(`The Worker did not start. It printed:\n${output}`, { cause: error });
  }
}

async function bundleInto(dir: string): Promise<void> {
  const options = ["deploy", "--dry-run", "--env=", `--outdir=${dir}`];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" };
  await promisify(execFile)(process.execPath, [WRANGLER, ...options], { cwd: ROOT, env });
}

/** The runtime that wrangler itself runs, wherever it is installed. */
function findWorkerd(): string {
  const requireAsWrangler = createRequire(createRequire(import.meta.url).resolve("wrangler"));
  return (requireAsWrangler("workerd") as { readonly default: string }).default;
}

/** What workerd tells on its control descriptor once it listens: one JSON object on a line. */
async function readPort(child: ChildProcess, ended: Promise<void>): Promise<string> {
  const told = new Promise<string>((resolve) => {
    let text = "";
    child.stdio[3]?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const port = /"event":\s*"listen".*"port":\s*(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(port);
    });
  });
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, MAX_START_MS).unref());
  const failed = Promise.race([ended, timeout]).then(() => Promise.reject(new Error("no port")));
  return Promise.race([told, failed]);
}

function readMemory(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const bytesOf = (name: string): number =>
    1024 * Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]);
  return { residentBytes: bytesOf("VmRSS"), peakBytes: bytesOf("VmHWM") };
}

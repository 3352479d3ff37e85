/** Runs a Worker as it is deployed: wrangler's production bundle in a workerd with nothing around it. */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { onMeasuredCore } from "./process-stat.ts";
import type { Subject } from "./subject.ts";
import { copyNames, formatWorkerdConfig, type WorkerOptions } from "./workerd-config.ts";

const ROOT = path.resolve(import.meta.dirname, "../..");
const CONFIG = path.join(ROOT, "wrangler.toml");
const MAX_START_MS = 20_000;

/** Bundles `entry`, a path from the root of the repository, and serves it. */
export async function startWorkerd(
  entry: string,
  options: Omit<WorkerOptions, "module"> = {},
  further: readonly string[] = [],
): Promise<Subject> {
  const dir = mkdtempSync(path.join(tmpdir(), "edge-authorizer-bench-"));
  await bundle(entry, dir);
  mkdirSync(path.join(dir, "objects"));
  const module = `${path.parse(entry).name}.js`;
  writeFileSync(
    path.join(dir, "config.capnp"),
    formatWorkerdConfig(CONFIG, { ...options, module }),
  );
  const command = [findWorkerd(), "serve", "config.capnp", "--control-fd=3", ...further];
  const [program, ...args] = onMeasuredCore(command);
  const child = spawn(program, args, { cwd: dir, stdio: ["ignore", "pipe", "pipe", "pipe"] });
  let output = "";
  const append = (chunk: Buffer): void =>
    void (output = (output + chunk.toString()).slice(-10_000));
  child.stdout?.on("data", append);
  child.stderr?.on("data", append);
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await ended;
    rmSync(dir, { recursive: true, force: true });
  };
  try {
    const names = ["main", ...copyNames(options)];
    const [port = 0, ...copies] = await readPorts(child, ended, names);
    return { pid: child.pid ?? 0, port, copies, stop };
  } catch (error) {
    await stop();
    throw new Error(`${entry} did not start. It printed:\n${output}`, { cause: error });
  }
}

async function bundle(entry: string, dir: string): Promise<void> {
  const wrangler = path.join(ROOT, "node_modules/wrangler/bin/wrangler.js");
  const config = entry.startsWith("src/") ? CONFIG : path.join(ROOT, "bench/workers/wrangler.toml");
  const where = [`--config=${config}`, "--env=", `--outdir=${dir}`];
  const options = ["deploy", path.join(ROOT, entry), "--dry-run", ...where];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" };
  await promisify(execFile)(process.execPath, [wrangler, ...options], { cwd: ROOT, env });
}

/** The runtime that wrangler itself runs, wherever it is installed. */
function findWorkerd(): string {
  const requireAsWrangler = createRequire(createRequire(import.meta.url).resolve("wrangler"));
  return (requireAsWrangler("workerd") as { readonly default: string }).default;
}

/** What workerd tells on its control descriptor: one JSON object on a line for each socket. */
async function readPorts(
  child: ChildProcess,
  ended: Promise<void>,
  names: readonly string[],
): Promise<readonly number[]> {
  const told = new Promise<readonly number[]>((resolve) => {
    let text = "";
    child.stdio[3]?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const events = [...text.matchAll(/"event":"listen","socket":"([^"]+)","port":(\d+)/g)];
      const ports = new Map(events.map(([, name, port]) => [name, Number(port)]));
      if (ports.size === names.length) resolve(names.map((name) => ports.get(name) ?? 0));
    });
  });
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, MAX_START_MS).unref());
  const failed = Promise.race([ended, timeout]).then(() => Promise.reject(new Error("no port")));
  return Promise.race([told, failed]);
}

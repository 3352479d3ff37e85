/**
 * The real server for a test: the program of `npm start` on a free loopback port, with secrets and
 * state in a folder of its own. Nothing of the developer's is read or changed.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseEnv } from "node:util";
import { onTestFinished } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "../..");
const START = [process.execPath, "src/cli/start.ts"] as const;
const MAX_START_MS = 45_000;
const READY = "edge-authorizer is ready on";

/** A program that was started, running or not. */
export interface Program {
  readonly process: ChildProcess;
  /** What it has printed so far, on both streams. */
  readonly output: () => string;
  /** Resolves to its exit code, or to -1 when a signal ended it. */
  readonly ended: Promise<number>;
}

/** A server that serves. */
export interface RunningServer extends Program {
  readonly url: string;
  readonly stateDir: string;
  readonly operatorToken: string;
  /** Signals the whole group, as a terminal's Ctrl+C does; resolves to the exit code. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number>;
}

/** What a test may choose; each has a fresh value otherwise. */
export interface ServerOptions {
  readonly stateDir?: string;
  readonly port?: number;
  /** The program and its arguments before `--state`. */
  readonly command?: readonly [program: string, ...args: string[]];
}

/** Makes an empty folder for secrets and state. */
export function createStateDir(): string {
  return mkdtempSync(path.join(tmpdir(), "edge-authorizer-"));
}

/** Removes a state folder with everything in it. */
export function removeStateDir(stateDir: string): void {
  rmSync(stateDir, { recursive: true, force: true });
}

/** Finds a port that nothing listens on. */
export function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/** Starts the program without waiting for anything. */
export function startProgram(
  stateDir: string,
  port: number | string,
  command: ServerOptions["command"] = START,
): Program {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  const [program, ...args] = command;
  const child = spawn(program, [...args, "--state", stateDir], {
    cwd: ROOT,
    env: { ...env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let output = "";
  const append = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on("data", append);
  child.stderr.on("data", append);
  const ended = new Promise<number>((resolve) => {
    child.once("error", () => resolve(-1));
    child.once("close", (code) => resolve(code ?? -1));
  });
  return { process: child, output: () => output, ended };
}

/** Starts the server and waits until it has printed what to paste. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const port = options.port ?? (await findFreePort());
  const stateDir = options.stateDir ?? createStateDir();
  const program = startProgram(stateDir, port, options.command);
  const stop = async (signal: NodeJS.Signals = "SIGTERM"): Promise<number> => {
    const { pid, exitCode, signalCode } = program.process;
    if (pid !== undefined && exitCode === null && signalCode === null) process.kill(-pid, signal);
    const code = await program.ended;
    if (options.stateDir === undefined) removeStateDir(stateDir);
    return code;
  };
  await waitForReady(program, stop);
  const secrets = parseEnv(readFileSync(path.join(stateDir, ".dev.vars"), "utf8"));
  const operatorToken = secrets["OPERATOR_TOKEN"] ?? "";
  return { ...program, url: `http://localhost:${port}`, stateDir, operatorToken, stop };
}

/** Like `startServer`, for one test: it is stopped when the test has finished, however it did. */
export async function startServerForTest(options: ServerOptions = {}): Promise<RunningServer> {
  const server = await startServer(options);
  onTestFinished(async () => void (await server.stop()));
  return server;
}

async function waitForReady(program: Program, stop: () => Promise<number>): Promise<void> {
  const endMs = Date.now() + MAX_START_MS;
  while (!program.output().includes(READY)) {
    if (program.process.exitCode !== null || Date.now() > endMs) {
      await stop();
      throw new Error(`The server did not start. It printed:\n${program.output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

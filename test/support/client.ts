/**
 * A program of an API's client: its source is fed to a real interpreter or shell on this machine, with
 * nothing of the developer's settings, so that no proxy, curl option or key of theirs takes part.
 */
import { execFile, spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";

/** Where modules of programs that come from standard input are looked for. */
const ROOT = path.resolve(import.meta.dirname, "../..");
const MAX_RUN_MS = 50_000;

/** A program and its arguments; it reads the source from standard input. */
export type Client = readonly [program: string, ...args: string[]];

/** In it, curl also prints the status line and the headers: the `.curlrc` of its home says so. */
export const SHELL: Client = ["/bin/sh", "-s"];
export const NODE_MODULE: Client = [process.execPath, "--input-type=module", "-"];
export const NODE_COMMONJS: Client = [process.execPath, "--input-type=commonjs", "-"];
/** The distribution's own Python, the one it packages `requests` for. */
export const PYTHON: Client = ["/usr/bin/python3", "-"];
/** Go reads a source from files only. */
export const GO: Client = ["/bin/sh", "-c", "cd ~ && cat >main.go && go run main.go"];

/** Runs a source and resolves to what it printed; throws with its errors when it has failed. */
export async function runClient(
  [program, ...args]: Client,
  source: string,
  home: string,
  variables: Readonly<Record<string, string>> = {},
): Promise<string> {
  mkdirSync(home, { recursive: true });
  writeFileSync(path.join(home, ".curlrc"), "include\nsilent\n");
  const env: NodeJS.Dict<string> = { PATH: process.env["PATH"], HOME: home, ...variables };
  const running = promisify(execFile)(program, args, {
    cwd: ROOT,
    env: env as NodeJS.ProcessEnv, // the Worker's own variables are none of a client's
    timeout: MAX_RUN_MS,
  });
  running.child.stdin?.end(source);
  return (await running).stdout;
}

/** Whether a command ends well here, for tests of what not every machine has. */
export function succeeds(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

/** An answer as curl prints it with its status line and headers. */
export interface PrintedAnswer {
  readonly statusLine: string;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** Takes an answer apart, whether a terminal or a document shows it. */
export function parseAnswer(text: string): PrintedAnswer {
  const [head = "", ...rest] = text.replaceAll("\r", "").split("\n\n");
  const [statusLine = "", ...fields] = head.split("\n");
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(":");
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
  });
  return { statusLine, headers: new Map(headers), body: rest.join("\n\n").trim() };
}

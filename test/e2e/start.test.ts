/** `npm start` as a person at a terminal meets it: real processes, a real shell, a real curl. */
import { execFile } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { DemoKeys } from "../../src/cli/demo-keys.ts";
import { manage } from "../support/manage.ts";
import {
  createStateDir,
  findFreePort,
  removeStateDir,
  startProgram,
  startServerForTest,
} from "../support/server.ts";

const run = promisify(execFile);
const NPM_START = ["npm", "start", "--"] as const;

let stateDir: string;

beforeEach(() => {
  stateDir = createStateDir();
});

afterEach(() => {
  removeStateDir(stateDir);
});

/** The first printed curl call with this in it. */
function printedCall(output: string, part: string): string {
  return output.split("\n").find((line) => line.includes("curl ") && line.includes(part)) ?? "";
}

function modeOf(file: string): number {
  return statSync(path.join(stateDir, file)).mode & 0o777;
}

/** The ids of every process that this one has started, directly or not. */
async function listDescendants(pid: number): Promise<readonly number[]> {
  const { stdout } = await run("ps", ["-A", "-o", "pid=,ppid="]);
  const rows = stdout.trim().split("\n");
  const parents = new Map(
    rows.map((row) => row.trim().split(/\s+/).map(Number) as [number, number]),
  );
  const descendants = new Set([pid]);
  for (let size = 0; size < descendants.size;) {
    size = descendants.size;
    for (const [child, parent] of parents) if (descendants.has(parent)) descendants.add(child);
  }
  return [...descendants];
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The keys that a start has kept. */
function readDemoKeys(): DemoKeys {
  return JSON.parse(readFileSync(path.join(stateDir, "demo-keys.json"), "utf8")) as DemoKeys;
}

it("prints calls that work when they are pasted into a shell", async () => {
  const server = await startServerForTest({ stateDir, command: NPM_START });
  const paste = async (part: string): Promise<string> =>
    (await run("sh", ["-c", `${printedCall(server.output(), part)} -si`])).stdout;

  expect(await paste("/v4/")).toMatch(/^HTTP\/1\.1 200 [^]*"result":975412,"id":1}$/);
  expect(await paste("/datasets/")).toMatch(/^HTTP\/1\.1 200 [^]*"ds_support_tickets"/);
  expect(await paste("/v1/users/usr_123")).toMatch(/^HTTP\/1\.1 200 [^]*"success":true/);
  expect(await paste("/strategies")).toMatch(/^HTTP\/1\.1 200 [^]*"aave-v3-usdc-base"/);

  const accounts = await run("sh", ["-c", printedCall(server.output(), "/manage/v1/accounts")]);
  const { data } = JSON.parse(accounts.stdout) as { data: readonly object[] };
  expect(data).toHaveLength(4);
  expect(data).toContainEqual(
    expect.objectContaining({ id: "demo-subfrost", api: "subfrost", plan: "business" }),
  );
  expect(data).toContainEqual(expect.objectContaining({ id: "demo-deframe", plan: "standard" }));
  expect(server.output()).toContain(server.operatorToken);
});

it("completes the keys of a start that knew fewer APIs and keeps those there are", async () => {
  const first = await startServerForTest({ stateDir });
  await first.stop();
  const { deframe, example, subfrost } = readDemoKeys();
  writeFileSync(path.join(stateDir, "demo-keys.json"), JSON.stringify({ deframe, example }));

  await startServerForTest({ stateDir });

  const keys = readDemoKeys();
  expect(Object.keys(keys)).toEqual(["subfrost", "dataframer", "example", "deframe"]);
  expect(keys).toMatchObject({ deframe, example });
  expect(keys["subfrost"]?.key).toMatch(/^[0-9a-f]{32}$/);
  expect(keys["subfrost"]).not.toEqual(subfrost);
});

it("makes anew a key that was revoked and keeps one whose account is suspended", async () => {
  const first = await startServerForTest({ stateDir });
  const { dataframer, example } = readDemoKeys();
  await manage(first, "POST", "/accounts/demo-dataframer/suspend", {});
  await manage(first, "DELETE", `/api-keys/${example?.id}`);
  await first.stop();

  await startServerForTest({ stateDir });

  expect(readDemoKeys()["dataframer"]).toEqual(dataframer);
  expect(readDemoKeys()["example"]).not.toEqual(example);
});

it("keeps keys, counts and secrets over a restart and prints the same call", async () => {
  const port = await findFreePort();
  const first = await startServerForTest({ stateDir, port });
  const call = printedCall(first.output(), "/strategies");
  await run("sh", ["-c", `${call} -s`]);
  const devVars = readFileSync(path.join(stateDir, ".dev.vars"), "utf8");
  expect(await first.stop("SIGINT")).toBe(0);

  const second = await startServerForTest({ stateDir, port });

  expect(printedCall(second.output(), "/strategies")).toBe(call);
  expect(readFileSync(path.join(stateDir, ".dev.vars"), "utf8")).toBe(devVars);
  const { stdout } = await run("sh", ["-c", `${call} -si`]);
  // Counted were: the call before the restart, the second start's own check of the key, this call.
  const remaining = Number(/^ratelimit: .*"hour";r=(\d+)/im.exec(stdout)?.[1]);
  expect(remaining).toBeLessThanOrEqual(997);
  expect(modeOf("demo-keys.json")).toBe(0o600);
});

it("adds what is missing to .dev.vars and keeps what is there byte for byte", async () => {
  const mine = "# mine\nOPERATOR_TOKEN='with-$HOME-${PATH}-and-32-characters'\r\nMORE=1";
  writeFileSync(path.join(stateDir, ".dev.vars"), mine, { mode: 0o644 });

  const server = await startServerForTest({ stateDir });

  const devVars = readFileSync(path.join(stateDir, ".dev.vars"), "utf8");
  expect(devVars.slice(0, mine.length + 1)).toBe(`${mine}\n`);
  expect(devVars.slice(mine.length + 1)).toMatch(
    /^MASTER_KEYS="k1:[A-Za-z0-9+/]{43}="\nJWT_SECRET="[\w-]{43}"\nASSERTION_KEYS="a1:[A-Za-z0-9+/]{43}="\n$/,
  );
  expect(modeOf(".dev.vars")).toBe(0o600);
  expect(server.operatorToken).toBe("with-$HOME-${PATH}-and-32-characters");
  const accounts = await run("sh", ["-c", printedCall(server.output(), "/manage/v1/accounts")]);
  expect(JSON.parse(accounts.stdout)).toMatchObject({ success: true });
});

it("makes a key anew when the kept one is damaged or no longer known", async () => {
  const first = await startServerForTest({ stateDir });
  const call = printedCall(first.output(), "/strategies");
  await first.stop();

  writeFileSync(path.join(stateDir, "demo-keys.json"), '{"deframe": {"account": "demo-d');
  const second = await startServerForTest({ stateDir });
  const afterDamage = printedCall(second.output(), "/strategies");
  expect(afterDamage).not.toBe(call);
  await second.stop();

  const before = readDemoKeys();
  writeFileSync(path.join(stateDir, ".dev.vars"), "");
  const third = await startServerForTest({ stateDir });
  const after = readDemoKeys();
  expect(Object.keys(after).filter((api) => after[api]?.key === before[api]?.key)).toEqual([]);
  const afterNewSecrets = printedCall(third.output(), "/datasets/");
  const { stdout } = await run("sh", ["-c", `${afterNewSecrets} -si`]);
  expect(stdout).toMatch(/^HTTP\/1\.1 200 /);
});

it.each(["SIGINT", "SIGTERM"] as const)("leaves no process behind after %s", async (signal) => {
  const server = await startServerForTest({ stateDir, command: NPM_START });
  const pids = await listDescendants(server.process.pid ?? 0);
  expect(pids.length).toBeGreaterThan(3);

  await server.stop(signal);

  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

it("leaves no process behind when npm alone is ended", async () => {
  const server = await startServerForTest({ stateDir, command: NPM_START });
  const pids = await listDescendants(server.process.pid ?? 0);

  server.process.kill("SIGTERM");

  await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
});

it("prints no URL that is requested, because it may hold a key", async () => {
  const server = await startServerForTest({ stateDir });
  await fetch(`${server.url}/strategies?key=in-a-query`);
  await fetch(`${server.url}/v4/in-a-path`, { method: "POST" });
  await server.stop();
  expect(server.output()).not.toMatch(/in-a-query|in-a-path/);
});

it("says how to choose another port when the port is in use", async () => {
  const port = await findFreePort();
  const other = createServer().listen(port, "127.0.0.1");
  const program = startProgram(stateDir, port);
  expect(await program.ended).toBe(1);
  expect(program.output().trim()).toBe(
    `Port ${port} is in use. Choose another one: PORT=${port + 1} npm start`,
  );
  other.close();
});

it("refuses a PORT that is none with a sentence", async () => {
  const program = startProgram(stateDir, "80a");
  expect(await program.ended).toBe(1);
  expect(program.output().trim()).toBe('PORT must be a number from 1 to 65535, found "80a".');
});

it("stops when the operator token that is there is one that the Worker would not take", async () => {
  writeFileSync(path.join(stateDir, ".dev.vars"), "OPERATOR_TOKEN=short\n");
  const program = startProgram(stateDir, await findFreePort());
  expect(await program.ended).toBe(1);
  expect(program.output()).toContain("OPERATOR_TOKEN in .dev.vars has 5 characters");
});

it("stops with the setting's name when the configuration has a mistake", async () => {
  writeFileSync(path.join(stateDir, ".dev.vars"), "MASTER_KEYS=k1:short\n");
  const program = startProgram(stateDir, await findFreePort());
  expect(await program.ended).toBe(1);
  expect(program.output()).toContain("MASTER_KEYS: entry 1 must be");
  expect(program.output()).toContain("the error above names the setting");
});

/** Runs any program that listens on a loopback port, on the core of what is measured. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { onMeasuredCore } from "./process-stat.ts";
import type { Subject } from "./subject.ts";

const MAX_START_MS = 10_000;

/** Starts it and waits until it listens. Throws with what it printed when it does not. */
export async function startProgram(
  command: readonly string[],
  port: number,
  variables: Readonly<Record<string, string>> = {},
): Promise<Subject> {
  const [program, ...args] = onMeasuredCore(command);
  const child = spawn(program, args, {
    env: { ...process.env, ...variables },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const append = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-5000));
  child.stdout.on("data", append);
  child.stderr.on("data", append);
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  let over = false;
  const ended = once(child, "close").then(() => void (over = true));
  const endMs = performance.now() + MAX_START_MS;
  const stop = async (): Promise<void> => {
    process.off("exit", kill);
    kill();
    await ended;
  };
  while (!(await listens(port))) {
    if (!over && performance.now() < endMs) continue;
    await stop();
    throw new Error(`${command.join(" ")} did not start. It printed:\n${output}`);
  }
  return { pid: child.pid ?? 0, port, copies: [], stop };
}

/** Finds a port that nothing listens on. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}

/** Whether something listens, asked no more than twenty times a second. */
async function listens(port: number): Promise<boolean> {
  const socket = connect({ port, host: "127.0.0.1" });
  const connected = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "close").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  if (!connected) await new Promise((resolve) => setTimeout(resolve, 50));
  return connected;
}

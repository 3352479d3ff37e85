/** Closed-loop load: every connection sends its next request as soon as it has its answer. */
import { assertStatus, openConnections, type Connection } from "./connection.ts";

/** What to send, and for how long. */
export interface Load {
  readonly port: number;
  /** Makes the next request; called once for each. */
  readonly next: () => Buffer;
  readonly status: number;
  readonly connections: number;
  readonly warmupMs: number;
  readonly measureMs: number;
  /** Reads a clock of the process under load, in seconds of CPU time. */
  readonly readCpuSeconds: () => number;
}

/** What came of it. */
export interface LoadResult {
  readonly answers: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Loads a port and counts what was answered after the warm-up. Throws for an unexpected status. */
export async function saturate(load: Load): Promise<LoadResult> {
  const connections = await openConnections(load.port, load.connections);
  let answers = 0;
  let running = true;
  let unexpected: number | null = null;
  const run = (connection: Connection): Promise<void> =>
    new Promise((resolve) => {
      const onAnswer = (status: number): void => {
        answers += 1;
        if (status !== load.status) unexpected ??= status;
        if (running && unexpected === null) connection.send(load.next(), onAnswer);
        else resolve();
      };
      connection.send(load.next(), onAnswer);
    });
  const runs = connections.map(run);
  await sleep(load.warmupMs);
  const before = { answers, atMs: performance.now(), cpu: load.readCpuSeconds() };
  await sleep(load.measureMs);
  const result = {
    answers: answers - before.answers,
    seconds: (performance.now() - before.atMs) / 1000,
    cpuSeconds: load.readCpuSeconds() - before.cpu,
  };
  running = false;
  await Promise.all(runs);
  for (const connection of connections) connection.close();
  if (unexpected !== null) assertStatus(unexpected, load.status);
  return result;
}

/** Sends each request once over so many connections and waits for every answer. */
export async function sendAll(
  port: number,
  requests: readonly Buffer[],
  status: number,
  count: number,
): Promise<void> {
  const connections = await openConnections(port, count);
  let next = 0;
  await Promise.all(
    connections.map(
      (connection) =>
        new Promise<void>((resolve, reject) => {
          const sendNext = (): void => {
            const request = requests[next];
            next += 1;
            if (request === undefined) return resolve();
            connection.send(request, (found) => {
              if (found === status) sendNext();
              else reject(new Error(`status ${found} where ${status} was expected`));
            });
          };
          sendNext();
        }),
    ),
  );
  for (const connection of connections) connection.close();
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Open-loop load at a fixed rate, for latencies: a request's time runs from when it was due, so an
 * answer that is late delays none of the others on paper. Garbage collection stalls a saturated
 * runtime for a tenth of a second and more, so the rate must leave it room.
 */
import { openConnections, type Connection } from "./connection.ts";

/** What to send, how often and how often in all. */
export interface Pace {
  readonly port: number;
  readonly next: () => Buffer;
  readonly status: number;
  readonly perSecond: number;
  readonly seconds: number;
}

const CONNECTIONS = 32;

/** Sends at the rate and answers with every latency after the first tenth, in ms, sorted. */
export async function measureLatencies(pace: Pace): Promise<readonly number[]> {
  const connections = await openConnections(pace.port, CONNECTIONS);
  const free: Connection[] = [...connections];
  const total = Math.round(pace.perSecond * pace.seconds);
  const latencies: number[] = [];
  const startMs = performance.now();
  let sent = 0;
  let answered = 0;
  await new Promise<void>((resolve, reject) => {
    const send = (connection: Connection, dueMs: number): void =>
      connection.send(pace.next(), (status) => {
        latencies.push(performance.now() - dueMs);
        free.push(connection);
        answered += 1;
        if (status !== pace.status) reject(new Error(`status ${status} at a fixed rate`));
        if (answered === total) resolve();
      });
    // Timers are too coarse: the loop looks at the clock between the sockets' events.
    const tick = (): void => {
      const due = Math.min(total, ((performance.now() - startMs) * pace.perSecond) / 1000);
      while (sent < due) {
        const connection = free.pop();
        if (connection === undefined) break;
        send(connection, startMs + (sent * 1000) / pace.perSecond);
        sent += 1;
      }
      if (sent < total) setImmediate(tick);
    };
    tick();
  });
  for (const connection of connections) connection.close();
  return latencies.slice(Math.floor(total / 10)).sort((a, b) => a - b);
}

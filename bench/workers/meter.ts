/**
 * Counts what is billed while a Worker runs unchanged: calls of KV and of objects, rows that objects
 * read and write, and alarms. Time is virtual: it moves only when the driver says so, and alarms and
 * long timers fire then, so that minutes of traffic pass in moments. Everything lives in one isolate.
 */
import { advanceTo, scheduleAlarm, virtualNow, type AlarmTarget } from "./virtual-time.ts";

/** What was counted so far. */
export interface Counts {
  kvReads: number;
  kvWrites: number;
  objectRequests: number;
  rowsRead: number;
  rowsWritten: number;
  /** Wall time of the objects' calls, in ms. */
  objectMs: number;
}

const ZERO: Counts = {
  kvReads: 0,
  kvWrites: 0,
  objectRequests: 0,
  rowsRead: 0,
  rowsWritten: 0,
  objectMs: 0,
};

const counts: Counts = { ...ZERO };
/** Cursors whose rows are not counted yet: a cursor reads on after it was made. */
const cursors: SqlStorageCursor<Record<string, SqlStorageValue>>[] = [];

/** Names of the headers and the path by which the driver speaks to a metered Worker. */
const NOW_HEADER = "x-bench-now";
const COUNTS_PATH = "/bench-counts";

/** Handles a request at the virtual time it names, or answers with the counts and forgets them. */
export async function meterRequest(
  request: Request,
  env: object,
  handle: () => Promise<Response>,
): Promise<Response> {
  const nowMs = request.headers.get(NOW_HEADER);
  if (nowMs !== null) await advanceTo(Number(nowMs), (alarm) => fireAlarm(env, alarm));
  if (new URL(request.url).pathname !== COUNTS_PATH) return handle();
  countCursors();
  const answer = Response.json(counts);
  Object.assign(counts, ZERO);
  return answer;
}

/** Lets the alarm handler of an object run where the object is. */
export interface Alarming {
  readonly fireAlarm: () => Promise<void>;
}

/** An alarm is billed like a request. Stubs belong to one request, so this one makes its own. */
async function fireAlarm(env: object, { binding, id }: AlarmTarget): Promise<void> {
  counts.objectRequests += 1;
  const namespace = (env as Readonly<Record<string, AnyNamespace>>)[binding];
  const stub = namespace?.get(namespace.idFromString(id)) as unknown as Alarming;
  await stub.fireAlarm();
}

/** The bindings with every call of theirs counted; `namespaces` are those of Durable Objects. */
export function meterEnv<Env extends object>(env: Env, namespaces: readonly string[]): Env {
  const metered = Object.entries(env).map(([name, binding]) => {
    if (name === "KEYS") return [name, meterKv(binding as KVNamespace)];
    return [name, namespaces.includes(name) ? meterNamespace(binding as AnyNamespace) : binding];
  });
  return Object.fromEntries(metered) as Env;
}

/** Counts the rows of an object's storage and keeps its alarms; called before its constructor. */
export function meterStorage(ctx: DurableObjectState, binding: string): void {
  const { storage } = ctx;
  const target: AlarmTarget = { binding, id: ctx.id.toString(), dueMs: null };
  const exec = storage.sql.exec.bind(storage.sql);
  const meteredExec: typeof exec = (query, ...bindings) => {
    countCursors();
    const cursor = exec(query, ...bindings);
    cursors.push(cursor);
    return cursor as never;
  };
  replace(storage.sql, "exec", meteredExec);
  replace(storage, "setAlarm", async (atMs: number | Date) => {
    counts.rowsWritten += 1;
    scheduleAlarm(target, Number(atMs));
  });
  replace(storage, "getAlarm", async () => target.dueMs);
  replace(storage, "deleteAlarm", async () => {
    counts.rowsWritten += 1;
    scheduleAlarm(target, null);
  });
}

/** The clock that a metered Worker sees. */
export function startVirtualTime(): void {
  Date.now = virtualNow;
}

function countCursors(): void {
  for (const cursor of cursors.splice(0)) {
    counts.rowsRead += cursor.rowsRead;
    counts.rowsWritten += cursor.rowsWritten;
  }
}

function meterKv(kv: KVNamespace): KVNamespace {
  const write = (name: "put" | "delete"): unknown => {
    const call = kv[name].bind(kv) as (...args: unknown[]) => unknown;
    return (...args: unknown[]) => {
      counts.kvWrites += 1;
      return call(...args);
    };
  };
  const get = kv.get.bind(kv) as (...args: unknown[]) => unknown;
  const metered = {
    get: (...args: unknown[]) => {
      counts.kvReads += 1;
      return get(...args);
    },
    put: write("put"),
    delete: write("delete"),
  };
  return metered as unknown as KVNamespace;
}

type AnyNamespace = DurableObjectNamespace;
type AnyStub = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

function meterNamespace(namespace: AnyNamespace): object {
  const reach = (name: string, options?: DurableObjectNamespaceGetDurableObjectOptions): object => {
    const stub = namespace.getByName(name, options) as unknown as AnyStub;
    return new Proxy(stub, { get: (_, method) => meterCall(stub, String(method)) });
  };
  return { getByName: reach };
}

function meterCall(stub: AnyStub, method: string): unknown {
  return async (...args: readonly unknown[]): Promise<unknown> => {
    counts.objectRequests += 1;
    const startMs = performance.now();
    try {
      return await stub[method]?.(...args);
    } finally {
      counts.objectMs += performance.now() - startMs;
    }
  };
}

function replace(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

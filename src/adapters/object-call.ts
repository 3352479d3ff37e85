/**
 * Calling a Durable Object: a deadline, and one retry where the platform says that a new stub may
 * succeed. The runtime never runs a call twice by itself; a retry here may count a cost twice.
 */
import { Deadline } from "../core/deadline.ts";
import { Unavailable } from "../core/ports.ts";

const DEADLINE_MS = 1000;

/** An object's methods as a caller sees them: plain data in, a promise of plain data out. */
export type Remote<Class> = {
  readonly [Name in keyof Class]: Class[Name] extends (...args: infer Args) => infer Result
    ? (...args: Args) => Promise<Awaited<Result>>
    : never;
};

/** Which object to call: one of a namespace by its name, made near `location` when it is new. */
export interface ObjectAddress<Class extends Rpc.DurableObjectBranded> {
  readonly part: Unavailable["part"];
  readonly namespace: DurableObjectNamespace<Class>;
  readonly name: string;
  readonly location?: DurableObjectLocationHint | null;
}

/** Calls a method of an object. Throws `Unavailable` after a failure or the deadline. */
export async function callObject<Class extends Rpc.DurableObjectBranded, T>(
  address: ObjectAddress<Class>,
  method: (remote: Remote<Class>) => Promise<T>,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const deadline = new Deadline();
  try {
    return await callObjectBy(deadline, address, method, deadlineMs);
  } finally {
    deadline.end();
  }
}

/** The same for a caller that has a deadline to wait by, and ends it. */
export async function callObjectBy<Class extends Rpc.DurableObjectBranded, T>(
  deadline: Deadline,
  address: ObjectAddress<Class>,
  method: (remote: Remote<Class>) => Promise<T>,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  try {
    return await deadline.wait(callWithRetry(address, method), deadlineMs);
  } catch (cause) {
    throw new Unavailable(address.part, { cause });
  }
}

async function callWithRetry<Class extends Rpc.DurableObjectBranded, T>(
  address: ObjectAddress<Class>,
  method: (remote: Remote<Class>) => Promise<T>,
): Promise<T> {
  try {
    return await method(reach(address));
  } catch (error) {
    if (!mayRetry(error)) throw error;
    return method(reach(address));
  }
}

/** A new stub each time: one that has failed may stay broken. */
function reach<Class extends Rpc.DurableObjectBranded>({
  namespace,
  name,
  location,
}: ObjectAddress<Class>): Remote<Class> {
  const stub =
    location === null || location === undefined
      ? namespace.getByName(name)
      : namespace.getByName(name, { locationHint: location });
  return stub as unknown as Remote<Class>;
}

/** See "Error handling" of the Durable Objects documentation: overloaded objects are left alone. */
function mayRetry(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { retryable, durableObjectReset, overloaded } = error as Error & Record<string, unknown>;
  return overloaded !== true && (retryable === true || durableObjectReset === true);
}

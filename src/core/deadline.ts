/** Waiting no longer than one is willing to. */

/** The deadline passed before the promise settled; what it does afterwards is ignored. */
export class DeadlineExceeded extends Error {}

/** Settles like `promise`, or throws `DeadlineExceeded` after `milliseconds`. */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const { promise: deadline, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new DeadlineExceeded()), milliseconds);
  try {
    return await Promise.race([promise, deadline]);
  } finally {
    clearTimeout(timer);
  }
}

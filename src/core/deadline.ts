/** Waiting no longer than one is willing to. */

/** The deadline passed before the promise settled; what it does afterwards is ignored. */
export class DeadlineExceeded extends Error {}

/** Settles like `promise`, or throws `DeadlineExceeded` after `milliseconds`. */
export function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineExceeded()), milliseconds);
    promise.then(
      (value) => {
        clearTimeout(timer);
        resolve(value);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}

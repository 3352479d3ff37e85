/** How this program stops when it cannot go on. */

/** A reason to stop that the person at the terminal can act on, as a sentence. */
export class Failure extends Error {}

/** Tells a failure as its sentence and anything else, which is a bug, with its stack. */
export function reportFailure(error: unknown): void {
  console.error(error instanceof Failure ? error.message : error);
}

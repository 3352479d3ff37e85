/** Tasks that must not overlap run one after another, in the order in which they came. */

/** Runs a task after all those before it, whatever became of them. */
export type Turns = <T>(task: () => Promise<T>) => Promise<T>;

/** A queue of its own. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const turn = last.then(task);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** Waiting no longer than one is willing to. */

/** The deadline passed before the promise settled; what it does afterwards is ignored. */
export class DeadlineExceeded extends Error {}

/** Settles like `promise`, or throws `DeadlineExceeded` after `milliseconds`. */
export async function withDeadline<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  const deadline = new Deadline();
  try {
    return await deadline.wait(promise, milliseconds);
  } finally {
    deadline.end();
  }
}

interface Wait {
  readonly untilMs: number;
  readonly expire: () => void;
}

/**
 * For who waits for one thing after another, each with a limit of its own: a timer that is set for one
 * wait goes on for the next, since setting and clearing it costs as much as what is waited for in between.
 */
export class Deadline {
  #timer: ReturnType<typeof setTimeout> | null = null;
  /** What the timer was set for, and when it rings, epoch ms. */
  #timed: Wait | null = null;
  #ringsAtMs = 0;
  #current: Wait | null = null;

  /** Settles like `promise`, or throws `DeadlineExceeded` after `milliseconds`. One wait at a time. */
  wait<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const untilMs = Date.now() + milliseconds;
      this.#current = { untilMs, expire: () => reject(new DeadlineExceeded()) };
      if (this.#timer === null || this.#ringsAtMs > untilMs) this.#set(this.#current, milliseconds);
      promise.then(resolve, reject);
    });
  }

  /** Nothing is waited for any more. */
  end(): void {
    this.#current = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #set(wait: Wait, milliseconds: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timed = wait;
    this.#ringsAtMs = Date.now() + milliseconds;
    this.#timer = setTimeout(() => this.#ring(), milliseconds);
  }

  #ring(): void {
    this.#timer = null;
    const wait = this.#current;
    if (wait === null) return;
    const leftMs = wait === this.#timed ? 0 : wait.untilMs - Date.now();
    if (leftMs <= 0) wait.expire();
    else this.#set(wait, leftMs);
  }
}

/** Something that is measured: a process that listens on a loopback port. */

/** A running one. */
export interface Subject {
  readonly pid: number;
  readonly port: number;
  /** Ports of further isolates, where it has any. */
  readonly copies: readonly number[];
  readonly stop: () => Promise<void>;
}

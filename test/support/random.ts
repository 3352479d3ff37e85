/** Random choices that repeat with their seed: mulberry32, good enough to find what nobody listed. */

export interface Random {
  /** An integer from 0 to `below` - 1. */
  readonly below: (below: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
  /** Whether one in `times` happens. */
  readonly oneIn: (times: number) => boolean;
  /** Some of these, in their order. */
  readonly some: <T>(from: readonly T[], most: number) => readonly T[];
}

/** A source of choices. */
export function createRandom(seed: number): Random {
  let state = Math.trunc(seed);
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(next() * limit);
  return {
    below,
    pick: (from) => from[below(from.length)] as (typeof from)[number],
    oneIn: (times) => below(times) === 0,
    some: (from, most) =>
      Array.from(
        { length: below(most + 1) },
        () => from[below(from.length)] as (typeof from)[number],
      ),
  };
}

/** Runs a property twice: with a fixed seed, so that a run repeats, and with one never seen before. */
import * as fc from "fast-check";

const FIXED_SEED = 20_261_120;

/** Throws with the seed and the smallest counterexample when the property does not hold. */
export function checkProperty<T>(property: fc.IProperty<T>, numRuns: number): void {
  fc.assert(property, { numRuns: atMost(numRuns), seed: FIXED_SEED });
  fc.assert(property, { numRuns: atMost(numRuns) });
}

/** The same for a property that awaits. */
export async function checkAsyncProperty<T>(
  property: fc.IAsyncProperty<T>,
  numRuns: number,
): Promise<void> {
  await fc.assert(property, { numRuns: atMost(numRuns), seed: FIXED_SEED });
  await fc.assert(property, { numRuns: atMost(numRuns) });
}

/** The mutation run sets a ceiling, see `test/mutation/short-properties.ts`. */
function atMost(numRuns: number): number {
  return Math.min(numRuns, fc.readConfigureGlobal().numRuns ?? numRuns);
}

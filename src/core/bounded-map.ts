/** A map that forgets: for what an isolate keeps between requests and can always get again. */

export interface BoundedMap<Value> {
  get(name: string): Value | null;
  set(name: string, value: Value): void;
}

/**
 * A map of entries that weigh `capacity` together at most, each of them 1 unless `weigh` says otherwise;
 * the one whose name was set first goes first.
 */
export function createBoundedMap<Value>(
  capacity: number,
  weigh: (value: Value) => number = () => 1,
): BoundedMap<Value> {
  const entries = new Map<string, { readonly value: Value; readonly weight: number }>();
  let held = 0;

  function forget(name: string): void {
    held -= entries.get(name)?.weight ?? 0;
    entries.delete(name);
  }

  return {
    get: (name) => entries.get(name)?.value ?? null,
    set(name, value) {
      const known = entries.get(name);
      if (known?.value === value) return;
      const weight = weigh(value);
      held += weight - (known?.weight ?? 0);
      entries.set(name, { value, weight });
      for (const oldest of entries.keys()) {
        if (held <= capacity) return;
        forget(oldest);
      }
    },
  };
}

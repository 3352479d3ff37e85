/** A map that forgets: for what an isolate keeps between requests and can always get again. */

export interface BoundedMap<Value> {
  get(name: string): Value | null;
  set(name: string, value: Value): void;
}

/** A map of at most `capacity` entries; the one whose name was set first goes first. */
export function createBoundedMap<Value>(capacity: number): BoundedMap<Value> {
  const entries = new Map<string, Value>();
  return {
    get: (name) => entries.get(name) ?? null,
    set(name, value) {
      if (!entries.has(name) && entries.size >= capacity) {
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      }
      entries.set(name, value);
    },
  };
}

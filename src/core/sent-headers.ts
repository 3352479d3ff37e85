/**
 * A request's headers, read once. Each question to a `Headers` object leaves the language, and a request is
 * asked about a dozen names in its stages and once more for all of them.
 */

/** What of `Headers` is asked of a request's: names in lower case. */
export type SentHeaders = Pick<Headers, "get" | "has"> & {
  forEach(callback: (value: string, name: string) => void): void;
};

/** The headers as they are now. */
export function readHeaders(headers: Headers): SentHeaders {
  const values = new Map<string, string>();
  headers.forEach((value, name) => {
    const before = values.get(name);
    values.set(name, before === undefined ? value : `${before}, ${value}`);
  });
  return {
    get: (name) => values.get(name) ?? null,
    has: (name) => values.has(name),
    forEach: (callback) => values.forEach(callback),
  };
}

/**
 * Per isolate: what texts in the form of keys were found to be, so that HMACs are not made again for each
 * request. A text is a secret: it stays for some seconds, while requests bring it along anyway, and is
 * never looked at but for being the same.
 */

const KEPT_MS = 10_000;

export interface TextMemory<Found> {
  /** What a text of an API was found to be, `null` when that is not known, or not any more. */
  find(api: string, text: string, nowMs: number): Found | null;
  note(api: string, text: string, found: Found, nowMs: number): void;
}

/** A memory of at most `capacity` texts. */
export function createTextMemory<Found>(capacity: number): TextMemory<Found> {
  const kept = new Map<string, { readonly found: Found; readonly untilMs: number }>();

  /** Those noted first are over first. */
  function forgetOver(nowMs: number): void {
    for (const [place, { untilMs }] of kept) {
      if (nowMs < untilMs && kept.size < capacity) return;
      kept.delete(place);
    }
  }

  return {
    find(api, text, nowMs) {
      const known = kept.get(placeOf(api, text));
      return known !== undefined && nowMs < known.untilMs ? known.found : null;
    },
    note(api, text, found, nowMs) {
      forgetOver(nowMs);
      const place = placeOf(api, text);
      kept.delete(place);
      kept.set(place, { found, untilMs: nowMs + KEPT_MS });
    },
  };
}

/** No name of an API has a space in it. */
function placeOf(api: string, text: string): string {
  return `${api} ${text}`;
}

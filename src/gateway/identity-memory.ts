/**
 * Per isolate: what the texts of keys in use were found to be, so that two HMACs are not made again for
 * each request. A text is a secret: it stays for some seconds, while requests bring it along anyway, and
 * is never looked at but for being the same.
 */
import type { KeyIdentity } from "./exchange.ts";

const KEPT_MS = 10_000;

export interface IdentityMemory {
  /** What a text of an API was found to be, `null` when that is not known, or not any more. */
  find(api: string, text: string, nowMs: number): KeyIdentity | null;
  note(api: string, text: string, identity: KeyIdentity, nowMs: number): void;
}

interface Kept {
  readonly identity: KeyIdentity;
  readonly untilMs: number;
}

/** A memory of at most `capacity` texts. */
export function createIdentityMemory(capacity: number): IdentityMemory {
  const kept = new Map<string, Kept>();

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
      return known !== undefined && nowMs < known.untilMs ? known.identity : null;
    },
    note(api, text, identity, nowMs) {
      forgetOver(nowMs);
      const place = placeOf(api, text);
      kept.delete(place);
      kept.set(place, { identity, untilMs: nowMs + KEPT_MS });
    },
  };
}

/** No name of an API has a space in it. */
function placeOf(api: string, text: string): string {
  return `${api} ${text}`;
}

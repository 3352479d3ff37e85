/**
 * What still needs each entry of the keyring: key texts, which are bound to the entry that made them
 * until they are rotated, what is encrypted under an entry, webhooks' secrets among it, and imported keys,
 * whose copy in KV an entry has sealed. Only what can still work counts: no revoked key, no text whose grace is over.
 */
import type { Key, KeyTextHash } from "./record.ts";

/** How many things need one entry. */
export interface EntryNeeds {
  readonly entry: string;
  readonly keyTexts: number;
  readonly recoverableTexts: number;
  readonly signingSecrets: number;
  readonly importedKeys: number;
  /** Absent in counts of older code, which is 0. */
  readonly webhookSecrets?: number;
}

/** A key, and the entry that sealed its copy in KV where its text has none of its own. */
export interface SealedKey {
  readonly key: Key;
  readonly sealedBy: string | null;
}

type Kind = Exclude<keyof EntryNeeds, "entry">;

/** The entry under which a value was encrypted, which stands before it; `?` when none does. */
export function entryOf(encrypted: string): string {
  return /^([A-Za-z0-9_-]{1,32})\./.exec(encrypted)?.[1] ?? "?";
}

/** The texts of a key that work or can work again. */
export function textsInUse({ revokedAtMs, texts }: Key, nowMs: number): readonly KeyTextHash[] {
  if (revokedAtMs !== null) return [];
  return texts.filter(({ untilMs }) => untilMs === null || untilMs > nowMs);
}

/** Whether a key was imported and its imported text works or can work again. */
export function isImported(key: Key, nowMs: number): boolean {
  return textsInUse(key, nowMs).some(({ entry }) => entry === null);
}

/** Counts what these keys need, entry by entry. */
export function countNeeds(keys: readonly SealedKey[], nowMs: number): readonly EntryNeeds[] {
  return sum(
    keys.flatMap(({ key, sealedBy }) => [
      ...textsInUse(key, nowMs).flatMap(needsOfText),
      ...(isImported(key, nowMs) ? needOf(sealedBy, "importedKeys") : []),
    ]),
  );
}

/** The sum of two counts. */
export function addNeeds(
  a: readonly EntryNeeds[],
  b: readonly EntryNeeds[],
): readonly EntryNeeds[] {
  return sum([...a, ...b]);
}

/** Whether anything needs another entry than this one that could be brought under it. */
export function isLeftToReencrypt(needs: readonly EntryNeeds[], entry: string): boolean {
  return needs.some(
    ({ entry: needed, recoverableTexts, signingSecrets, importedKeys, webhookSecrets = 0 }) =>
      needed !== entry && recoverableTexts + signingSecrets + importedKeys + webhookSecrets > 0,
  );
}

/** What an account's webhook needs for its secret, `null` where there is none. */
export function needsOfWebhook(encrypted: string | null): readonly EntryNeeds[] {
  return needOf(encrypted === null ? null : entryOf(encrypted), "webhookSecrets");
}

function needsOfText({ entry, encrypted, signingSecret }: KeyTextHash): readonly EntryNeeds[] {
  return [
    ...needOf(entry, "keyTexts"),
    ...needOf(encrypted === undefined ? null : entryOf(encrypted), "recoverableTexts"),
    ...needOf(signingSecret === undefined ? null : entryOf(signingSecret), "signingSecrets"),
  ];
}

function needOf(entry: string | null, kind: Kind): readonly EntryNeeds[] {
  return entry === null ? [] : [{ ...nothingNeeds(entry), [kind]: 1 }];
}

/** The count of an entry that nothing needs. */
export function nothingNeeds(entry: string): EntryNeeds {
  return {
    entry,
    keyTexts: 0,
    recoverableTexts: 0,
    signingSecrets: 0,
    importedKeys: 0,
    webhookSecrets: 0,
  };
}

function sum(needs: readonly EntryNeeds[]): readonly EntryNeeds[] {
  const sums = new Map<string, EntryNeeds>();
  for (const need of needs) {
    const known = sums.get(need.entry) ?? nothingNeeds(need.entry);
    sums.set(need.entry, {
      entry: need.entry,
      keyTexts: known.keyTexts + need.keyTexts,
      recoverableTexts: known.recoverableTexts + need.recoverableTexts,
      signingSecrets: known.signingSecrets + need.signingSecrets,
      importedKeys: known.importedKeys + need.importedKeys,
      webhookSecrets: (known.webhookSecrets ?? 0) + (need.webhookSecrets ?? 0),
    });
  }
  return [...sums.values()];
}

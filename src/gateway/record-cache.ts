/**
 * The isolate's cache of records, by the hash of a key's text. It saves the KV read of a key that was
 * here before; it is never trusted: the key's object says with every request whether it is current.
 */
import type { KeyRecord } from "../core/record.ts";

export interface RecordCache {
  get(textHash: string): KeyRecord | null;
  set(textHash: string, record: KeyRecord): void;
}

/** A cache of at most `capacity` records; the one that was set first goes first. */
export function createRecordCache(capacity: number): RecordCache {
  const records = new Map<string, KeyRecord>();
  return {
    get: (textHash) => records.get(textHash) ?? null,
    set(textHash, record) {
      if (!records.has(textHash) && records.size >= capacity) {
        for (const oldest of records.keys()) {
          records.delete(oldest);
          break;
        }
      }
      records.set(textHash, record);
    },
  };
}

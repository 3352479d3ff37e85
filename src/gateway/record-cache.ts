/**
 * The isolate's cache of records, by the hash of a key's text. It saves the KV read of a key that was
 * here before; it is never trusted: the key's object says with every request whether it is current.
 */
import type { BoundedMap } from "../core/bounded-map.ts";
import type { KeyRecord } from "../core/record.ts";

export type RecordCache = BoundedMap<KeyRecord>;

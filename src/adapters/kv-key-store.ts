/**
 * KV as a cache of the keys' records: `k1:<keyed hash of the text>` → `<seal>.<record>`, imported ones
 * under `k0:<api>:sha256:<hex>`; and of their owners: `id:<key id>` → account id. The seal binds
 * a value to its name, so a value that was altered, moved or written by others is found out. Reads may
 * be stale for a minute and more: nothing that must be in force at once may rest on them.
 */
import { decodeBase64 } from "../core/bytes.ts";
import { withDeadline } from "../core/deadline.ts";
import { isImportedHash } from "../core/imported.ts";
import type { Keyring } from "../core/keyring.ts";
import { DamagedRecord, Unavailable, type KeyOwners, type KeyStore } from "../core/ports.ts";
import { decodeRecord, type KeyRecord } from "../core/record.ts";

const READ_DEADLINE_MS = 300;
/** How long KV may answer as before, in seconds; KV knows no less than 30. */
const CACHED_SECONDS = 60;
/** That there is no imported key is remembered for some seconds more, and one has to work in a minute. */
const CACHED_SECONDS_IMPORTED = 30;
/** How long the record of a text that no longer works stays, in seconds. */
const TOMBSTONE_SECONDS = 30 * 86_400;

export interface KvKeyStore extends KeyStore, KeyOwners {
  /**
   * Writes a record under each of its texts' hashes, and its owner under its id. Answers with the
   * entry that has sealed it for an imported text, which has no entry of its own.
   */
  save(record: KeyRecord, nowMs: number): Promise<string>;
}

/** The key store over a KV namespace. */
export function createKvKeyStore(kv: KVNamespace, keyring: Keyring): KvKeyStore {
  async function read(name: string, cacheTtl = CACHED_SECONDS): Promise<string | null> {
    try {
      return await withDeadline(kv.get(name, { cacheTtl }), READ_DEADLINE_MS);
    } catch (cause) {
      throw new Unavailable("kv", { cause });
    }
  }

  async function loadNamed(
    name: string,
    entry: string | null,
    cacheTtl?: number,
  ): Promise<KeyRecord | null> {
    const value = await read(name, cacheTtl);
    if (value === null) return null;
    const [seal = "", body = ""] = splitOnce(value);
    const mac = decodeBase64(seal);
    const sealed = mac !== null && (await keyring.verifySeal(entry, name, body, mac));
    const record = sealed ? decodeRecord(body) : null;
    if (record === null) throw new DamagedRecord();
    return record;
  }

  return {
    load: (hash, entry) => loadNamed(`k1:${hash}`, entry),
    loadImported: (api, hash) =>
      loadNamed(importedNameOf(api, hash), null, CACHED_SECONDS_IMPORTED),
    findAccount: (keyId) => read(ownerNameOf(keyId)),
    async save(record, nowMs) {
      await kv.put(ownerNameOf(record.key.id), record.account);
      const body = JSON.stringify(record);
      for (const text of record.key.texts) {
        // A text of an entry that is gone works nowhere: there is nothing to cache.
        if (text.entry !== null && !keyring.has(text.entry)) continue;
        const imported = isImportedHash(text.hash);
        const name = imported ? importedNameOf(record.api, text.hash) : `k1:${text.hash}`;
        const seal = await keyring.seal(text.entry, name, body);
        const over =
          record.key.revokedAtMs !== null || (text.untilMs !== null && text.untilMs <= nowMs);
        await kv.put(name, `${seal}.${body}`, over ? { expirationTtl: TOMBSTONE_SECONDS } : {});
      }
      return keyring.firstId;
    },
  };
}

/** Two APIs may each know an imported key by the same hash. */
function importedNameOf(api: string, hash: string): string {
  return `k0:${api}:${hash}`;
}

function ownerNameOf(keyId: string): string {
  return `id:${keyId}`;
}

function splitOnce(value: string): readonly string[] {
  const dot = value.indexOf(".");
  return dot === -1 ? [value] : [value.slice(0, dot), value.slice(dot + 1)];
}

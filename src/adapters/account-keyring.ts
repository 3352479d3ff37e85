/**
 * One visit of the keyring's pass to an account: re-encrypts a page of its keys, if asked to, and counts
 * what they need. The change is one transaction with its audit and outbox entries; crypto happens before
 * it, so what was rotated or revoked meanwhile stays so. A visit that is repeated finds nothing to do.
 */
import type { Origination } from "../core/audit.ts";
import {
  addNeeds,
  countNeeds,
  entryOf,
  isImported,
  needsOfWebhook,
  type EntryNeeds,
  type SealedKey,
} from "../core/entry-needs.ts";
import type { Keyring } from "../core/keyring.ts";
import { reencryptKey, replaceEncrypted, type Replacement } from "../core/reencrypt.ts";
import type { AccountAlerts } from "./account-alerts.ts";
import { reencryptSecret } from "./alert-settings.ts";
import type { AuditLog } from "./audit-log.ts";
import * as tables from "./account-tables.ts";
import { logToConsole } from "./console-log.ts";
import * as outbox from "./outbox-tables.ts";

/** Which page of an account's keys a visit is for, and what it does beside counting. */
export interface KeyringCall {
  /** The keys after this sequence number. */
  readonly after: number;
  /** Re-encrypts under this entry, on whose behalf; `null` only counts. */
  readonly reencrypt: { readonly entry: string; readonly by: Origination } | null;
}

/** How many values were re-encrypted, and how many could not be. */
interface Done {
  readonly reencrypted: number;
  readonly failed: number;
}

/** What a visit came to. */
export interface KeyringVisit extends Done {
  readonly needs: readonly EntryNeeds[];
  /** Where the next visit goes on; `null` when nothing of this account is left to do. */
  readonly next: number | null;
}

/** The visit to an account that was never created. */
export const UNUSED_KEYRING: KeyringVisit = { needs: [], reencrypted: 0, failed: 0, next: null };

/** What of an account's object a visit works with. */
export interface VisitedAccount {
  readonly id: string;
  readonly storage: DurableObjectStorage;
  readonly log: AuditLog;
  readonly keyring: Keyring | null;
  /** Brings what was changed to the keys' objects. */
  readonly spread: () => Promise<void>;
  readonly alerts: AccountAlerts;
}

/** Each changed key costs a call to its object and a few writes to KV. */
const REENCRYPTED_KEYS = 50;
/** Read at once: a key may have 64 KB of rules and metadata. */
const COUNTED_KEYS = 200;

/** Serves a visit; `null` when the keyring here is not yet that of the caller. */
export async function visitKeyring(
  account: VisitedAccount,
  { after, reencrypt }: KeyringCall,
): Promise<KeyringVisit | null> {
  const { storage, keyring } = account;
  const limit = reencrypt === null ? COUNTED_KEYS : REENCRYPTED_KEYS;
  const found = tables.listSealedKeys(storage, after, limit + 1);
  const page = found.slice(0, limit);
  const last = page.at(-1)?.seq ?? after;
  let done: Done = { reencrypted: 0, failed: 0 };
  if (reencrypt !== null) {
    if (keyring?.firstId !== reencrypt.entry) return null;
    done = await reencryptPage(account, keyring, page, reencrypt.by);
    if (after === 0) done = addDone(done, await reencryptWebhook(account, keyring, reencrypt.by));
    sealPage(storage, page, reencrypt.entry);
    await account.spread();
  }
  const now = tables.listSealedKeys(storage, after, limit).filter(({ seq }) => seq <= last);
  const more = found.length > limit;
  // Under the entry is only what every copy of a key is under: those that are behind hold it up.
  const waiting = reencrypt !== null && outbox.hasKeysBehind(storage);
  const next = more || waiting ? last : null;
  const needs = countNeeds(now, Date.now());
  // The webhook is counted once, with the last page.
  if (next !== null) return { ...done, needs, next };
  const webhook = needsOfWebhook(account.alerts.settings.webhook?.secret ?? null);
  return { ...done, needs: addNeeds(needs, webhook), next };
}

async function reencryptWebhook(
  { id, log, alerts }: VisitedAccount,
  keyring: Keyring,
  by: Origination,
): Promise<Done> {
  const came = await reencryptSecret(alerts, log, keyring, id, by);
  if (came === "failed") {
    const entry = entryOf(alerts.settings.webhook?.secret ?? "");
    logToConsole("error", "reencryption_failed", { account: id, entry });
  }
  return { reencrypted: came === "reencrypted" ? 1 : 0, failed: came === "failed" ? 1 : 0 };
}

function addDone(a: Done, b: Done): Done {
  return { reencrypted: a.reencrypted + b.reencrypted, failed: a.failed + b.failed };
}

async function reencryptPage(
  { id, storage, log }: VisitedAccount,
  keyring: Keyring,
  page: readonly SealedKey[],
  by: Origination,
): Promise<Done> {
  const prepared = new Map<string, readonly Replacement[]>();
  let failed = 0;
  for (const { key } of page) {
    const made = await reencryptKey(keyring, key, Date.now());
    if (made.replacements.length > 0) prepared.set(key.id, made.replacements);
    for (const entry of made.failed) {
      failed += 1;
      logToConsole("error", "reencryption_failed", { key_id: key.id, entry });
    }
  }
  const changed = await log.commit(by, () => {
    const keys = [...prepared].flatMap(([keyId, replacements]) => {
      const before = tables.loadKey(storage, keyId);
      const after = before && replaceEncrypted(before, replacements);
      return after === null || after === before ? [] : [after];
    });
    if (keys.length === 0) return null;
    const after = { entry: keyring.firstId, keys: keys.map((key) => key.id) };
    return {
      entry: { action: "account.reencrypt", target: id, before: null, after },
      write: () => {
        for (const key of keys) {
          tables.saveKey(storage, key);
          outbox.markBehind(storage, key.id, "object");
        }
      },
      value: keys,
    };
  });
  const values = (changed ?? []).flatMap((key) => prepared.get(key.id) ?? []);
  return { reencrypted: values.length, failed };
}

/** Imported keys have their copy in KV sealed anew where another entry has sealed it. */
function sealPage(storage: DurableObjectStorage, page: readonly SealedKey[], entry: string): void {
  for (const { key, sealedBy } of page) {
    if (sealedBy === entry || !isImported(key, Date.now())) continue;
    if (outbox.stepOf(storage, key.id) === null) outbox.markBehind(storage, key.id, "kv");
  }
}

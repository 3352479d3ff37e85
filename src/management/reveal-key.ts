/**
 * Shows the text of a key again, where its API keeps texts to be recovered. It is shown only after the
 * audit log has the entry that says so. One that was kept and cannot be decrypted is an outage.
 */
import type { Origination } from "../core/audit.ts";
import { entryOf } from "../core/entry-needs.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Accounts, Log } from "../core/ports.ts";
import { keyStatus, type KeyRecord } from "../core/record.ts";
import { declineKey, loadRecord, type KeyPorts } from "./keys.ts";
import { decline, succeed, type Outcome } from "./outcome.ts";
import type { Scope } from "./scope.ts";

/** What showing a text needs. */
export interface RecoverPorts {
  readonly accounts: Accounts;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly now: () => number;
}

/** The current text of an active key within the scope. */
export async function revealKey(
  ports: KeyPorts & RecoverPorts,
  scope: Scope,
  keyId: string,
): Promise<Outcome<string>> {
  const record = await loadRecord(ports, scope, keyId);
  if (record === null) return declineKey();
  const recovered = await recoverText(ports, record, scope.by);
  return recovered ?? decline("not_found", { message: NOT_SHOWN });
}

/** The current text of a key; `null` where it is not kept or the key is not active. */
export async function recoverText(
  { accounts, keyring, log, now }: RecoverPorts,
  record: KeyRecord,
  by: Origination,
): Promise<Outcome<string> | null> {
  const { account, key } = record;
  const encrypted = key.texts[0]?.encrypted;
  if (encrypted === undefined || keyStatus(record, now()) !== "active") return null;
  const text = await keyring.decrypt(encrypted, key.id);
  if (text === null) {
    const entry = entryOf(encrypted);
    log("error", "recoverable_text_unreadable", { key_id: key.id, entry });
    return decline("unavailable");
  }
  await accounts.noteReveal(account, key.id, by);
  return succeed(text);
}

const NOT_SHOWN = "This API key cannot be shown again: its text is not kept, or it is not active.";

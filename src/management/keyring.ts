/**
 * The operations on the keyring: what still needs each entry, and bringing what is encrypted under the
 * first one. An entry that things need though it is gone is an error that the log names.
 */
import type { Origination } from "../core/audit.ts";
import { nothingNeeds, type EntryNeeds } from "../core/entry-needs.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Directory, KeyringUse, Log } from "../core/ports.ts";
import { succeed, type Outcome } from "./outcome.ts";

/** What these operations need. */
export interface KeyringPorts {
  readonly directory: Directory;
  readonly keyring: Keyring;
  readonly log: Log;
}

/** One entry: whether it is in the keyring, and what needs it, `null` while that was never counted. */
export interface EntryState {
  readonly id: string;
  readonly first: boolean;
  readonly configured: boolean;
  readonly needs: EntryNeeds | null;
}

/** The keyring and how it is used. */
export interface KeyringState {
  readonly use: KeyringUse;
  readonly entries: readonly EntryState[];
}

/** What still needs each entry: those of the keyring in its order, then those that are gone. */
export async function readKeyring(ports: KeyringPorts): Promise<Outcome<KeyringState>> {
  return succeed(describe(ports, await ports.directory.readKeyring()));
}

/** Starts bringing everything encrypted under the first entry, unless nothing is left to do. */
export async function reencrypt(
  ports: KeyringPorts,
  by: Origination,
): Promise<Outcome<KeyringState>> {
  return succeed(describe(ports, await ports.directory.reencrypt(ports.keyring.firstId, by)));
}

function describe({ keyring, log }: KeyringPorts, use: KeyringUse): KeyringState {
  const needs = use.count?.needs ?? [];
  const gone = needs.filter(({ entry }) => !keyring.has(entry));
  for (const need of gone) {
    log("error", "keyring_entry_missing", {
      entry: need.entry,
      key_texts: need.keyTexts,
      recoverable_texts: need.recoverableTexts,
      signing_secrets: need.signingSecrets,
      imported_keys: need.importedKeys,
      webhook_secrets: need.webhookSecrets ?? 0,
    });
  }
  const ids = [...keyring.entryIds, ...gone.map(({ entry }) => entry)];
  const entries = ids.map((id) => ({
    id,
    first: id === keyring.firstId,
    configured: keyring.has(id),
    needs:
      use.count === null ? null : (needs.find(({ entry }) => entry === id) ?? nothingNeeds(id)),
  }));
  return { use, entries };
}

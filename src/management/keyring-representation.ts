/** The keyring as the management routes show it: the members, their names and their order. */
import { formatDateTime } from "./date-time.ts";
import type { EntryState, KeyringState } from "./keyring.ts";

/** The keyring in an answer. */
export interface KeyringRepresentation {
  /** Nothing that is counted below was read before; `null` until the first count has ended. */
  readonly as_of: string | null;
  /** Whether a newer count is being made. */
  readonly counting: boolean;
  readonly entries: readonly EntryRepresentation[];
  readonly reencryption: ReencryptionRepresentation | null;
}

/** An entry and how many things need it. */
export interface EntryRepresentation {
  readonly id: string;
  readonly first: boolean;
  readonly configured: boolean;
  readonly key_texts: number | null;
  readonly recoverable_texts: number | null;
  readonly signing_secrets: number | null;
  readonly imported_keys: number | null;
  readonly webhook_secrets: number | null;
}

/** The last re-encryption. */
export interface ReencryptionRepresentation {
  readonly entry: string;
  readonly started_at: string;
  readonly finished_at: string | null;
  readonly accounts: number;
  readonly accounts_done: number;
  readonly reencrypted: number;
  readonly failed: number;
}

/** Shows the keyring. */
export function formatKeyring({ use, entries }: KeyringState): KeyringRepresentation {
  const { count, counting, reencryption } = use;
  return {
    as_of: formatDateTime(count?.asOfMs ?? null),
    counting,
    entries: entries.map(formatEntry),
    reencryption: reencryption && {
      entry: reencryption.entry,
      started_at: formatDateTime(reencryption.startedAtMs),
      finished_at: formatDateTime(reencryption.finishedAtMs),
      accounts: reencryption.accounts,
      accounts_done: reencryption.accountsDone,
      reencrypted: reencryption.reencrypted,
      failed: reencryption.failed,
    },
  };
}

function formatEntry({ id, first, configured, needs }: EntryState): EntryRepresentation {
  return {
    id,
    first,
    configured,
    key_texts: needs?.keyTexts ?? null,
    recoverable_texts: needs?.recoverableTexts ?? null,
    signing_secrets: needs?.signingSecrets ?? null,
    imported_keys: needs?.importedKeys ?? null,
    webhook_secrets: needs === null ? null : (needs.webhookSecrets ?? 0),
  };
}

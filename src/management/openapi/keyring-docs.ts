/** The documentation of the routes of the keyring. */
import type { KeyringRepresentation } from "../keyring-representation.ts";
import { answersData, type RouteDocs } from "./route-doc.ts";

const NOTHING = {
  key_texts: 0,
  recoverable_texts: 0,
  signing_secrets: 0,
  imported_keys: 0,
  webhook_secrets: 0,
};

const KEYRING: KeyringRepresentation = {
  as_of: "2026-11-21T09:00:00.000Z",
  counting: false,
  entries: [
    { ...NOTHING, id: "k2", first: true, configured: true, key_texts: 12, signing_secrets: 40 },
    { ...NOTHING, id: "k1", first: false, configured: true, key_texts: 31 },
  ],
  reencryption: {
    entry: "k2",
    started_at: "2026-11-21T08:55:00.000Z",
    finished_at: "2026-11-21T08:55:04.000Z",
    accounts: 17,
    accounts_done: 17,
    reencrypted: 40,
    failed: 0,
  },
};

const STARTED: KeyringRepresentation = {
  ...KEYRING,
  counting: true,
  reencryption: {
    entry: "k2",
    started_at: "2026-11-21T08:55:00.000Z",
    finished_at: null,
    accounts: 17,
    accounts_done: 0,
    reencrypted: 0,
    failed: 0,
  },
};

export const KEYRING_DOCS = {
  "GET /manage/v1/keyring": {
    operationId: "getKeyring",
    tag: "Keyring",
    summary: "Count what still needs each entry",
    description:
      "An entry of `MASTER_KEYS` may go when all its counts are 0. They are as of `as_of`: nothing in " +
      "them was read before, and what changed since may be missing. Up to 100 accounts are counted for " +
      "this answer; where there are more, the last count is shown and, when it is older than a minute, " +
      "a newer one begun.",
    answers: [answersData("Keyring", KEYRING, "The entries, the first one first.")],
  },
  "POST /manage/v1/keyring/reencrypt": {
    operationId: "reencryptKeyring",
    tag: "Keyring",
    summary: "Re-encrypt under the first entry",
    description:
      "Brings recoverable texts, signing secrets, those of webhooks and the stored copies of imported keys " +
      "under the first entry of `MASTER_KEYS`, in the background. Key texts stay bound to their entry until they are " +
      "rotated. Sent again while it goes on it changes nothing.",
    answers: [
      answersData("Keyring", KEYRING, "Nothing is left to do."),
      {
        ...answersData("Keyring", STARTED, "It goes on; `Location` shows how far it is."),
        status: 202,
        headers: ["Location"],
      },
    ],
  },
} as const satisfies RouteDocs;

/** A valid account, key and record; a test names only what it is about. */
import type { Account, Key, KeyRecord } from "../../src/core/record.ts";

export function makeAccount(changes: Partial<Account> = {}): Account {
  return {
    id: "acc_1",
    api: "deframe",
    name: "Acme",
    email: null,
    company: null,
    role: null,
    plan: "standard",
    limits: null,
    suspendedAtMs: null,
    suspendedReason: null,
    createdAtMs: 1000,
    version: 1,
    ...changes,
  };
}

/** A key with one text, whose hash is `hash-1`. */
export function makeKey(changes: Partial<Key> = {}): Key {
  return {
    id: "key_0123456789AB",
    name: "Production",
    environment: "production",
    prefix: "prod_key_",
    last4: "wxyz",
    createdAtMs: 1000,
    expiresAtMs: null,
    enabled: true,
    revokedAtMs: null,
    limits: null,
    permissions: [],
    restrictions: {},
    metadata: {},
    texts: [{ hash: "hash-1", entry: "a", untilMs: null }],
    version: 1,
    ...changes,
  };
}

/** The record of `makeKey` in `makeAccount`, with changes to the record itself and to its key. */
export function makeRecord(
  changes: Partial<Omit<KeyRecord, "key">> = {},
  keyChanges: Partial<Key> = {},
): KeyRecord {
  return {
    format: 1,
    key: makeKey(keyChanges),
    account: "acc_1",
    accountVersion: 1,
    api: "deframe",
    suspended: false,
    limits: null,
    ...changes,
  };
}

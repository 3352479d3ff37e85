/** What can become of a creation besides success: it was asked for before, or its key was never in force. */
import { Unavailable, type Change, type Idempotency } from "../core/ports.ts";
import type { KeyRecord } from "../core/record.ts";
import type { SpreadTargets } from "./account-spread.ts";
import * as tables from "./account-tables.ts";
import { findRepeated, forgetMade } from "./idempotency-table.ts";
import type { InstallResult } from "./key-state.ts";

/** What a request of this name made before: the same for the same request, else a conflict. */
export function findRepeat<T>(
  storage: DurableObjectStorage,
  repeat: Idempotency | null,
  load: (target: string) => T | null,
): Change<T> {
  const made = repeat === null ? null : findRepeated(storage, repeat.name, Date.now());
  const value = made === null ? null : load(made.target);
  if (made === null || value === null) return { kind: "not_found" };
  return made.digest === repeat?.digest
    ? { kind: "repeated", value }
    : { kind: "conflict", message: "the Idempotency-Key was used for another request" };
}

/** Brings a new key to its object. */
export async function tryInstall(
  { install }: Pick<SpreadTargets, "install">,
  record: KeyRecord,
): Promise<InstallResult | "failed"> {
  try {
    return await install(record);
  } catch {
    return "failed";
  }
}

/** Takes back a key that no one has seen: its id is another key's, or its object is silent. */
export function abandonKey(
  storage: DurableObjectStorage,
  keyId: string,
  repeat: Idempotency | null,
  why: "taken" | "failed",
): { readonly kind: "taken" } {
  storage.transactionSync(() => {
    if (repeat !== null) forgetMade(storage, repeat.name);
    if (why === "taken") tables.deleteKey(storage, keyId);
    else tables.markKey(storage, keyId, "abandoned");
  });
  if (why === "failed") throw new Unavailable("key_state");
  return { kind: "taken" };
}

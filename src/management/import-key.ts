/**
 * Takes over a key of another system by the SHA-256 of its text. Nobody here ever sees the text; the key
 * works within a minute, in APIs that accept imported keys.
 */
import type { Api } from "../core/api.ts";
import { importedHash } from "../core/imported.ts";
import { ALPHABETS, drawUnsigned, keyIdOf } from "../core/key-text.ts";
import type { Idempotency, KeyStore } from "../core/ports.ts";
import {
  loadOwner,
  storeDrawn,
  takeMembers,
  type CreateKeyPorts,
  type NewKey,
} from "./create-key.ts";
import { decline, type Outcome } from "./outcome.ts";
import type { ImportBody } from "./schemas.ts";
import type { Scope } from "./scope.ts";

/** What this operation needs. */
export interface ImportKeyPorts extends CreateKeyPorts {
  readonly keyStore: KeyStore;
}

/** Imports a key into an account. */
export async function importKey(
  ports: ImportKeyPorts,
  scope: Scope,
  accountId: string,
  body: ImportBody,
  repeat: Idempotency | null,
): Promise<Outcome<NewKey>> {
  const owner = await loadOwner(ports, accountId);
  if (!owner.ok) return owner;
  const { api } = owner.value;
  if (!api.acceptImported) return decline("conflict", { message: NOT_ACCEPTED });
  const members = takeMembers(ports, scope, owner.value, body);
  if (!members.ok) return members;

  const hash = importedHash(body.hash);
  const held = await ports.keyStore.loadImported(api.name, hash);
  // What its own account holds the account says by itself: it also knows what is asked for again.
  if (held !== null && held.key.revokedAtMs === null && held.account !== accountId) {
    return decline("conflict", { message: HELD });
  }
  return storeDrawn(ports, scope, owner.value, repeat, members.value, async () => ({
    id: drawId(api, ports),
    prefix: "",
    last4: "",
    stored: { hash, entry: null, untilMs: null },
    text: null,
  }));
}

const HELD = "A key of this hash has been imported for this API and is not revoked.";

const NOT_ACCEPTED =
  "The API of this account does not accept imported keys: set accept_imported in its key table.";

/** An id as the API's own keys have it, so that a rotation can give the key a text of the API's form. */
function drawId({ key }: Api, { drawBytes }: CreateKeyPorts): string {
  const unsigned = drawUnsigned({ ...key, environments: { none: "" } }, "none", drawBytes);
  return keyIdOf(unsigned.slice(0, ALPHABETS[key.alphabet].idLength));
}

/**
 * Takes over a key of another system by the SHA-256 of its text. Nobody here ever sees the text; the key
 * works within a minute, in APIs that accept imported keys.
 */
import { defaultEnvironment, type Api } from "../core/api.ts";
import { importedHash } from "../core/imported.ts";
import { ALPHABETS, drawUnsigned, keyIdOf } from "../core/key-text.ts";
import type { Idempotency, KeyStore } from "../core/ports.ts";
import type { Key } from "../core/record.ts";
import {
  DEFAULT_PERMISSIONS,
  judgeEnvironment,
  judgeExpiry,
  loadOwner,
  settleKey,
  type CreateKeyPorts,
  type NewKey,
} from "./create-key.ts";
import { decline, declineFields, type Outcome } from "./outcome.ts";
import type { ImportBody } from "./schemas.ts";
import type { Scope } from "./scope.ts";
import { takeRestrictions } from "./take-restrictions.ts";

const MAX_DRAWS = 5;

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
  const environment = body.environment ?? defaultEnvironment(api);
  const fields = [
    ...judgeEnvironment(api, environment),
    ...judgeExpiry(body.expires_at, ports.now()),
  ];
  if (fields.length > 0) return declineFields(...fields);
  const restrictions = takeRestrictions(api, body.restrictions);
  if (!restrictions.ok) return restrictions;

  const hash = importedHash(body.hash);
  const held = await ports.keyStore.loadImported(api.name, hash);
  if (repeat === null && held !== null && held.key.revokedAtMs === null) {
    return decline("conflict", { message: HELD });
  }

  for (let draws = 0; draws < MAX_DRAWS; draws += 1) {
    const key: Key = {
      id: drawId(api, ports),
      name: body.name,
      environment,
      prefix: "",
      last4: "",
      createdAtMs: ports.now(),
      expiresAtMs: body.expires_at ?? null,
      enabled: true,
      revokedAtMs: null,
      limits: body.limits ?? null,
      permissions: body.permissions ?? DEFAULT_PERMISSIONS,
      restrictions: restrictions.value,
      metadata: body.metadata ?? {},
      texts: [{ hash, entry: null, untilMs: null }],
      version: 1,
    };
    const change = await ports.accounts.createKey(accountId, key, scope.by, repeat);
    if (change.kind !== "taken") return settleKey(change, null);
  }
  return decline("unavailable");
}

const HELD = "A key of this hash has been imported for this API and is not revoked.";

const NOT_ACCEPTED =
  "The API of this account does not accept imported keys: set accept_imported in its key table.";

/** An id as the API's own keys have it, so that a rotation can give the key a text of the API's form. */
function drawId({ key }: Api, { drawBytes }: CreateKeyPorts): string {
  const unsigned = drawUnsigned({ ...key, environments: { none: "" } }, "none", drawBytes);
  return keyIdOf(unsigned.slice(0, ALPHABETS[key.alphabet].idLength));
}

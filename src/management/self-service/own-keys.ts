/**
 * What a caller can do with the keys of its own account, whatever transports it: the management
 * operations within the caller's scope, and keys as the page `example` shows them.
 */
import { UNUSED, type KeyUse } from "../../core/decision.ts";
import type { Idempotency } from "../../core/ports.ts";
import type { KeyRecord } from "../../core/record.ts";
import { refuse, type Refusal } from "../../core/refusal.ts";
import { patchKey, revokeKey, rotateKey, type ChangeKeyPorts } from "../change-key.ts";
import { createKey, NOTHING_SHOWN, type CreateKeyPorts, type Shown } from "../create-key.ts";
import { formatWholeSeconds } from "../date-time.ts";
import { listKeys, loadKey } from "../keys.ts";
import { decline, succeed, type Outcome } from "../outcome.ts";
import { formatKey, formatShown } from "../representation.ts";
import type { KeyBody, KeyPatchBody, KeysQuery } from "../schemas.ts";
import type { OwnScope, Scope } from "../scope.ts";

/** What these operations need. */
export interface OwnKeysPorts extends CreateKeyPorts, ChangeKeyPorts {}

/** The permissions that managing keys takes. A member has both. */
export type KeysPermission = "api-keys:read" | "api-keys:write";

/** The message of a revocation, as the page has it. */
export const REVOKED = "API key revoked successfully";

/** A key that was just made; when it was made by the same request before, without its text. */
export interface MadeKey {
  readonly id: string;
  readonly shown: object;
  readonly repeated: boolean;
}

/** A page of keys, newest first. */
export interface OwnKeysPage {
  readonly shown: readonly object[];
  readonly nextCursor: string | null;
}

/** Refuses a caller that lacks a permission. */
export function judgePermission(scope: Scope, needed: KeysPermission): Refusal | null {
  if (scope.permissions === null || scope.permissions.includes(needed)) return null;
  const message = `This API key lacks the permission "${needed}" that managing keys needs.`;
  return refuse("permission_missing", { message, credentialSent: true });
}

/** The active keys of the caller's account. */
export async function listOwnKeys(
  ports: OwnKeysPorts,
  scope: OwnScope,
  query: KeysQuery,
): Promise<Outcome<OwnKeysPage>> {
  const page = await listKeys(ports, scope.account, { ...query, status: "active" });
  if (!page.ok) return page;
  const { keys, nextCursor } = page.value;
  const shown = keys.map(({ record, use }) => formatOwnKey(ports, record, use));
  return succeed({ shown, nextCursor });
}

/** Makes a key and shows its text, once. */
export async function createOwnKey(
  ports: OwnKeysPorts,
  scope: OwnScope,
  body: KeyBody,
  repeat: Idempotency | null,
): Promise<Outcome<MadeKey>> {
  const made = await createKey(ports, scope, scope.account, body, repeat);
  if (!made.ok) return made;
  const { record, shown, repeated } = made.value;
  return succeed({
    id: record.key.id,
    shown: formatOwnKey(ports, record, UNUSED, shown),
    repeated,
  });
}

/** One key. */
export async function loadOwnKey(
  ports: OwnKeysPorts,
  scope: OwnScope,
  keyId: string,
): Promise<Outcome<object>> {
  const found = await loadKey(ports, scope, keyId);
  return found.ok ? succeed(formatOwnKey(ports, found.value.record, found.value.use)) : found;
}

/** Changes a key's members. */
export async function changeOwnKey(
  ports: OwnKeysPorts,
  scope: OwnScope,
  keyId: string,
  body: KeyPatchBody,
): Promise<Outcome<object>> {
  const changed = await patchKey(ports, scope, keyId, body);
  if (!changed.ok) return changed;
  const found = await loadKey(ports, scope, keyId);
  if (!found.ok) return found;
  const { record, use } = found.value;
  return succeed(formatOwnKey(ports, record, use, changed.value.shown));
}

/** Gives a key another text and shows it, once. It may do no more than the caller: it is a new key. */
export async function rotateOwnKey(
  ports: OwnKeysPorts,
  scope: OwnScope,
  keyId: string,
  graceSeconds: number,
): Promise<Outcome<object>> {
  const found = await loadKey(ports, scope, keyId);
  if (!found.ok) return found;
  const { use, record } = found.value;
  const { permissions } = scope;
  if (permissions !== null && !record.key.permissions.every((name) => permissions.includes(name))) {
    return decline("permission_missing", { message: STRONGER });
  }
  const rotated = await rotateKey(ports, scope, keyId, graceSeconds);
  if (!rotated.ok) return rotated;
  return succeed(formatOwnKey(ports, rotated.value.record, use, rotated.value.shown));
}

const STRONGER =
  "The key to rotate has permissions that the calling key lacks. Rotate it with itself or as a member.";

/** Revokes a key for good. */
export async function revokeOwnKey(
  ports: OwnKeysPorts,
  scope: OwnScope,
  keyId: string,
): Promise<Outcome<{ readonly message: string }>> {
  const revoked = await revokeKey(ports, scope, keyId);
  return revoked.ok ? succeed({ message: REVOKED }) : revoked;
}

/** The page's members in its order, what is shown this once, then all others. */
function formatOwnKey(
  { apis, now }: OwnKeysPorts,
  record: KeyRecord,
  use: KeyUse,
  shown: Shown = NOTHING_SHOWN,
): object {
  const representation = formatKey(record, use, apis, now());
  const page = {
    id: representation.id,
    name: representation.name,
    prefix: representation.prefix,
    created_at: formatWholeSeconds(record.key.createdAtMs),
    last_used: formatWholeSeconds(use.lastUsedMs),
  };
  return { ...page, ...formatShown(representation, shown), ...page };
}

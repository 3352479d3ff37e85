/**
 * Changes of keys that exist: patch, rotate, revoke. Stored with the account first, in force when the
 * key's object has confirmed; until then the refusal says `pending`, and it is retried.
 */
import type { Api } from "../core/api.ts";
import type { KeyChange, KeyPatch } from "../core/key-change.ts";
import type { Change } from "../core/ports.ts";
import type { KeyRecord } from "../core/record.ts";
import type { Restrictions } from "../core/restrictions.ts";
import {
  DEFAULT_PERMISSIONS,
  judgeExpiry,
  loadOwner,
  NOTHING_SHOWN,
  type Shown,
} from "./create-key.ts";
import { drawKeyText, type DrawPorts } from "./draw-key-text.ts";
import { declineKey, loadRecord, type KeyPorts } from "./keys.ts";
import { decline, declineFields, succeed, type Outcome } from "./outcome.ts";
import type { KeyPatchBody } from "./schemas.ts";
import { judgeGrants, type Scope } from "./scope.ts";
import { giveSecret, judgeSigning, type SignedText } from "./signing.ts";
import { takeRestrictions } from "./take-restrictions.ts";

/** What these operations need. */
export interface ChangeKeyPorts extends KeyPorts, DrawPorts {
  readonly apis: readonly Api[];
}

/** A key with what is shown of it this once. */
export interface ChangedKey {
  readonly record: KeyRecord;
  readonly shown: Shown;
}

/** The same, and whether its object has yet to confirm it. */
export interface RotatedKey extends ChangedKey {
  readonly pending: number;
}

/**
 * Replaces the named members of a key; `null` restores a member's default. A key that has to sign from
 * now on and has nothing to sign with gets its secret, which is shown this once.
 */
export async function patchKey(
  ports: ChangeKeyPorts,
  scope: Scope,
  keyId: string,
  body: KeyPatchBody,
): Promise<Outcome<ChangedKey>> {
  const record = await loadRecord(ports, scope, keyId);
  if (record === null) return declineKey();
  const owner = await loadOwner(ports, record.account);
  if (!owner.ok) return owner;
  const { account, api } = owner.value;
  const restrictions = takeRestrictions(api, body.restrictions);
  if (!restrictions.ok) return restrictions;
  const patch = toPatch(body, restrictions.value);
  const fields = [
    ...judgeExpiry(patch.expiresAtMs, ports.now()),
    ...judgeSigning(api, patch.signing),
    ...judgeGrants(scope, account, api, patch),
  ];
  if (fields.length > 0) return declineFields(...fields);
  const drawn = await drawMissingSecret(ports, api, record, patch);
  const text = drawn === null ? {} : { text: drawn.stored };
  const changed = await change(ports, scope, record, { kind: "patch", patch, ...text });
  if (!changed.ok) return changed;
  // Of two changes at once only one has given the text its secret.
  const kept = changed.value.key.texts.some(
    ({ signingSecret }) => signingSecret === drawn?.stored.signingSecret,
  );
  const signingSecret = kept ? (drawn?.signingSecret ?? null) : null;
  return succeed({ record: changed.value, shown: { ...NOTHING_SHOWN, signingSecret } });
}

/** The current text with a secret, where a change of `signing` finds it without one. */
async function drawMissingSecret(
  ports: ChangeKeyPorts,
  api: Api,
  { key }: KeyRecord,
  patch: KeyPatch,
): Promise<SignedText | null> {
  const [current] = key.texts;
  if (patch.signing === undefined || current === undefined) return null;
  return giveSecret(ports, api, patch.signing, key.id, current);
}

/** Gives a key another text; the one it has works until the grace ends. */
export async function rotateKey(
  ports: ChangeKeyPorts,
  scope: Scope,
  keyId: string,
  graceSeconds: number,
): Promise<Outcome<RotatedKey>> {
  const record = await loadRecord(ports, scope, keyId);
  if (record === null) return declineKey();
  const owner = await loadOwner(ports, record.account);
  if (!owner.ok) return owner;
  const { key } = record;
  const { api } = owner.value;
  const { parsed, stored } = await drawKeyText(ports, api, key.environment, keyId);
  const signed = await giveSecret(ports, api, key.signing, keyId, stored);
  const last4 = parsed.text.slice(-4);
  const rotation: KeyChange = { kind: "rotate", text: signed.stored, last4, graceSeconds };
  const changed = await store(ports, scope, record, rotation);
  if (changed.kind !== "done") {
    const outcome = settle(changed);
    return outcome.ok ? decline("internal") : outcome;
  }
  // Stored is stored: were the text not told now, nobody would ever have it.
  const shown = { text: parsed.text, signingSecret: signed.signingSecret };
  return succeed({ record: changed.value, shown, pending: changed.pending });
}

/** Revokes a key for good; of a revoked one nothing changes. */
export async function revokeKey(
  ports: ChangeKeyPorts,
  scope: Scope,
  keyId: string,
): Promise<Outcome<KeyRecord>> {
  const record = await loadRecord(ports, scope, keyId);
  return record === null ? declineKey() : change(ports, scope, record, { kind: "revoke" });
}

async function change(
  ports: ChangeKeyPorts,
  scope: Scope,
  record: KeyRecord,
  keyChange: KeyChange,
): Promise<Outcome<KeyRecord>> {
  return settle(await store(ports, scope, record, keyChange));
}

function store(
  { accounts }: ChangeKeyPorts,
  scope: Scope,
  { account, key }: KeyRecord,
  keyChange: KeyChange,
): Promise<Change<KeyRecord>> {
  return accounts.changeKey(account, key.id, keyChange, scope.by);
}

function settle(changed: Change<KeyRecord>): Outcome<KeyRecord> {
  switch (changed.kind) {
    case "not_found":
      return declineKey();
    case "conflict":
      return decline("conflict", { message: "The API key is revoked, which is for good." });
    case "repeated":
    case "done":
      return "pending" in changed && changed.pending > 0
        ? decline("unavailable", PENDING)
        : succeed(changed.value);
  }
}

const PENDING = {
  message: "The change is stored but not in force yet. It is retried until it is.",
  pending: true,
} as const;

function toPatch(body: KeyPatchBody, restrictions: Restrictions): KeyPatch {
  return {
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.enabled === undefined ? {} : { enabled: body.enabled ?? true }),
    ...(body.expires_at === undefined ? {} : { expiresAtMs: body.expires_at }),
    ...(body.limits === undefined ? {} : { limits: body.limits }),
    ...(body.permissions === undefined
      ? {}
      : { permissions: body.permissions ?? DEFAULT_PERMISSIONS }),
    ...(body.restrictions === undefined ? {} : { restrictions }),
    ...(body.signing === undefined ? {} : { signing: body.signing }),
    ...(body.metadata === undefined ? {} : { metadata: body.metadata ?? {} }),
  };
}

/**
 * Makes a new key of an account. Its text is drawn here, handed to the caller once and kept nowhere:
 * what is stored is its keyed hash. A text whose key is not in force everywhere is never shown.
 */
import { defaultEnvironment, type Api } from "../core/api.ts";
import { drawUnsigned, parseKeyText } from "../core/key-text.ts";
import type { Keyring } from "../core/keyring.ts";
import type { Accounts, Change } from "../core/ports.ts";
import type { Key, KeyRecord } from "../core/record.ts";
import type { FieldError } from "../core/refusal.ts";
import { declineAccount, loadAccount } from "./accounts.ts";
import { describeFound } from "./describe-found.ts";
import { decline, declineFields, succeed, type Outcome } from "./outcome.ts";
import type { KeyBody } from "./schemas.ts";

/** What this operation needs. */
export interface CreateKeyPorts {
  readonly apis: readonly Api[];
  readonly keyring: Keyring;
  readonly accounts: Accounts;
  readonly now: () => number;
  readonly drawBytes: (length: number) => Uint8Array;
}

/** A key that was just made, and its text. */
export interface NewKey {
  readonly record: KeyRecord;
  readonly text: string;
}

/** Every key may manage its account's keys unless its maker says otherwise. */
const DEFAULT_PERMISSIONS = ["api-keys:read", "api-keys:write"];

const MAX_DRAWS = 5;

/** Makes a key; an id that is taken is drawn again, 5 times in all. */
export async function createKey(
  ports: CreateKeyPorts,
  accountId: string,
  body: KeyBody,
): Promise<Outcome<NewKey>> {
  const owner = await loadAccount(ports, accountId);
  if (!owner.ok) return owner;
  const api = ports.apis.find(({ name }) => name === owner.value.account.api);
  if (api === undefined) {
    return decline("conflict", { message: "The API of this account is not configured any more." });
  }
  const environment = body.environment ?? defaultEnvironment(api);
  const fields = [...judgeEnvironment(api, environment), ...judgeExpiry(body, ports.now())];
  if (fields.length > 0) return declineFields(...fields);

  for (let draws = 0; draws < MAX_DRAWS; draws += 1) {
    const { key, text } = await draw(ports, api, environment, body);
    const change = await ports.accounts.createKey(accountId, key);
    if (change.kind !== "conflict") return settle(change, text);
  }
  return decline("unavailable");
}

function settle(
  change: Exclude<Change<KeyRecord>, { kind: "conflict" }>,
  text: string,
): Outcome<NewKey> {
  if (change.kind === "not_found") return declineAccount();
  return change.pending === 0 ? succeed({ record: change.value, text }) : decline("unavailable");
}

async function draw(
  { keyring, now, drawBytes }: CreateKeyPorts,
  api: Api,
  environment: string,
  body: KeyBody,
): Promise<{ readonly key: Key; readonly text: string }> {
  const entry = keyring.firstId;
  const unsigned = drawUnsigned(api.key, environment, drawBytes);
  const text = unsigned + (await keyring.tag(entry, api.key.alphabet, unsigned));
  const parsed = parseKeyText(api.key, text);
  if (parsed === null) throw new Error("a drawn key text does not have its API's form");
  const key: Key = {
    id: parsed.id,
    name: body.name,
    environment,
    prefix: parsed.prefix,
    last4: text.slice(-4),
    createdAtMs: now(),
    expiresAtMs: body.expires_at ?? null,
    enabled: true,
    revokedAtMs: null,
    limits: body.limits ?? null,
    permissions: body.permissions ?? DEFAULT_PERMISSIONS,
    metadata: body.metadata ?? {},
    texts: [{ hash: await keyring.hash(entry, text), entry, untilMs: null }],
    version: 1,
  };
  return { key, text };
}

function judgeEnvironment({ key }: Api, environment: string): readonly FieldError[] {
  if (Object.hasOwn(key.environments, environment)) return [];
  const names = Object.keys(key.environments).join(", ");
  const message = `must be one of ${names}; found ${describeFound(environment)}`;
  return [{ field: "environment", message }];
}

function judgeExpiry({ expires_at: expiresAtMs }: KeyBody, nowMs: number): readonly FieldError[] {
  if (expiresAtMs === undefined || expiresAtMs > nowMs) return [];
  return [{ field: "expires_at", message: "must be in the future" }];
}

/**
 * Stage "key": which key a text says it is of. A text that was not made here costs no I/O; in an API that
 * accepts imported keys it costs one KV read, since nothing else tells it from junk.
 */
import { hashImported } from "../core/imported.ts";
import { parseKeyText } from "../core/key-text.ts";
import { refuse } from "../core/refusal.ts";
import type { Exchange, GatewayPorts, KeyIdentity, Outcome } from "./exchange.ts";

/** Checks form and check tag, then hashes the text; or looks it up among the imported keys. */
export async function identifyKey(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
  exchange.identity =
    (await identifyOwn(exchange, ports)) ?? (await identifyImported(exchange, ports));
  return exchange.identity === null ? refuse("unknown_key", { credentialSent: true }) : null;
}

async function identifyOwn(
  { api: { key, name }, keyText }: Exchange,
  { keyring, identities, forged, now }: GatewayPorts,
): Promise<KeyIdentity | null> {
  const known = identities.find(name, keyText, now());
  if (known !== null) return known;
  const parsed = parseKeyText(key, keyText);
  if (parsed === null || forged.find(name, keyText, now()) === true) return null;
  const entry = await keyring.findEntry(key.alphabet, parsed.unsigned, parsed.tag);
  if (entry === null) {
    forged.note(name, keyText, true, now());
    return null;
  }
  const identity = { keyId: parsed.id, textHash: await keyring.hash(entry, keyText), entry };
  identities.note(name, keyText, identity, now());
  return identity;
}

async function identifyImported(
  { api, keyText }: Exchange,
  { keyStore, records, misses, now }: GatewayPorts,
): Promise<KeyIdentity | null> {
  if (!api.acceptImported) return null;
  const textHash = await hashImported(keyText);
  const known = records.get(textHash);
  // A revoked key's hash may have been imported again since: KV says.
  const inForce = known !== null && known.api === api.name && known.key.revokedAtMs === null;
  if (inForce) return { keyId: known.key.id, textHash, entry: null };
  if (known === null && misses.has(textHash, now())) return null;
  const record = await keyStore.loadImported(api.name, textHash);
  if (record === null) {
    misses.add(textHash, now());
    return null;
  }
  records.set(textHash, record);
  return { keyId: record.key.id, textHash, entry: null };
}

/** Stage "key": which key a text says it is of. A text that was not made here costs no I/O. */
import { parseKeyText } from "../core/key-text.ts";
import { refuse } from "../core/refusal.ts";
import type { Exchange, GatewayPorts, Outcome } from "./exchange.ts";

/** Checks form and check tag, then hashes the text. */
export async function identifyKey(exchange: Exchange, ports: GatewayPorts): Promise<Outcome> {
  const { key } = exchange.api;
  const parsed = parseKeyText(key, exchange.keyText);
  if (parsed === null) return refuse("unknown_key", { credentialSent: true });
  const entry = await ports.keyring.findEntry(key.alphabet, parsed.unsigned, parsed.tag);
  if (entry === null) return refuse("unknown_key", { credentialSent: true });
  const textHash = await ports.keyring.hash(entry, exchange.keyText);
  exchange.identity = { keyId: parsed.id, textHash, entry };
  return null;
}

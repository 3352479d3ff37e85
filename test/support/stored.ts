/** What is stored of a key, found by its text: only who has the master key can say where. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { createKeyring, type Keyring } from "../../src/core/keyring.ts";
import { parseMasterKeys } from "../../src/core/master-keys.ts";

/** The keyring of the Worker under test. */
export function keyringOfTests(): Keyring {
  const [first, ...others] = parseMasterKeys(env.MASTER_KEYS, []);
  if (first === undefined) throw new Error("the tests have no master key");
  return createKeyring([first, ...others]);
}

/** The KV entry of a key's record, as soon as it is there. */
export async function entryOf(key: string): Promise<readonly [name: string, value: string]> {
  const keyring = keyringOfTests();
  const name = `k1:${await keyring.hash(keyring.firstId, key)}`;
  const value = await vi.waitFor(async () => {
    const stored = await env.KEYS.get(name);
    if (stored === null) throw new Error("not in KV yet");
    return stored;
  });
  return [name, value];
}

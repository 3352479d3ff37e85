/** Key texts that the product takes for its own though it has issued none of them. */
import { randomBytes } from "node:crypto";
import { drawUnsigned } from "../../src/core/key-text.ts";
import { createKeyring } from "../../src/core/keyring.ts";
import { parseMasterKeys } from "../../src/core/master-keys.ts";
import { KEY_FORMAT, MASTER_KEY } from "./authorizer.ts";

/** Draws texts with the right check tag. */
export async function drawKeyTexts(count: number): Promise<readonly string[]> {
  const [entry] = parseMasterKeys(MASTER_KEY, []);
  if (entry === undefined) throw new Error("the master key cannot be read");
  const keyring = createKeyring([entry]);
  const texts: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const unsigned = drawUnsigned(KEY_FORMAT, "live", (length) => randomBytes(length));
    texts.push(unsigned + (await keyring.tag(entry.id, KEY_FORMAT.alphabet, unsigned)));
  }
  return texts;
}

/**
 * The secret `ASSERTION_KEYS`: the Ed25519 keys that sign identity assertions. Needed where an API has
 * `assertion = true`; never repeated in a mistake.
 */
import type { Api } from "./core/api.ts";
import { parseSecretEntries, type SecretEntry } from "./core/secret-entries.ts";

const CREATE = `echo "a1:$(openssl rand -base64 32)" | npx wrangler secret put ASSERTION_KEYS`;

/** Parses every entry, the one that signs first; none when the secret is neither set nor needed. */
export function parseAssertionKeys(
  found: unknown,
  apis: readonly Api[],
  mistakes: string[],
): readonly SecretEntry[] {
  const tell = (mistake: string): void =>
    void mistakes.push(`ASSERTION_KEYS: ${mistake}. Create it with: ${CREATE}`);
  if (found === undefined || found === "") {
    const needing = apis.find(({ assertion }) => assertion);
    if (needing !== undefined) {
      tell(`is not set, and the API "${needing.name}" has assertion = true`);
    }
    return [];
  }
  if (typeof found === "string") return parseSecretEntries(found, tell);
  tell("must be a text");
  return [];
}

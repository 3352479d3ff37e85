/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a creation that is sent again with the
 * same name and body is not done again; with another body it is a conflict.
 */
import { encodeBase64Url } from "../core/bytes.ts";
import type { Idempotency } from "../core/ports.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";

/** The form of the header's value. */
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/;

/** Reads the header; the digest is over the route and the checked body. `null` when there is none. */
export async function readIdempotency(
  request: Request,
  body: object,
): Promise<Outcome<Idempotency | null>> {
  const name = request.headers.get("idempotency-key");
  if (name === null) return succeed(null);
  if (!IDEMPOTENCY_KEY.test(name)) {
    const message = "must be 1 to 255 visible characters without blanks";
    return declineFields({ field: "Idempotency-Key", message });
  }
  const { pathname } = new URL(request.url);
  const bytes = new TextEncoder().encode(`${pathname}\n${JSON.stringify(sortMembers(body))}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return succeed({ name, digest: encodeBase64Url(digest) });
}

/** The same body in another order of members is the same body. */
function sortMembers(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, member]) => [name, sortMembers(member)]));
}

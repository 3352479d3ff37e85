/**
 * Judge "signature": the place of request signatures in the order of the stages. The configuration
 * accepts only `signing = "off"` so far, with which signatures are removed, not judged; the scheme
 * itself stands in `core/signature.ts` and is not asked by any request yet.
 */
import type { Refusal } from "../core/refusal.ts";

/** Lets every request pass: `signing = "off"`. */
export async function verifySignature(): Promise<Refusal | null> {
  return null;
}

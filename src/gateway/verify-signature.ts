/**
 * Judge "signature": the place of request signatures in the order of the stages. The configuration
 * accepts only `signing = "off"` so far, with which signatures are removed, not judged.
 */
import type { Refusal } from "../core/refusal.ts";

/** Lets every request pass: `signing = "off"`. */
export async function verifySignature(): Promise<Refusal | null> {
  return null;
}

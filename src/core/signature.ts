/**
 * The published page's request signature: hex HMAC-SHA-256 (RFC 2104) with the key's signing secret
 * over the message of `signed-message.ts`, in the headers `x-timestamp` and `x-signature`. Whether a
 * request has to be signed, and whether a signature was used before, is decided elsewhere. MACs are
 * compared by `crypto.subtle.verify` alone, and the imported secret can do nothing else. The page
 * signs neither host nor headers: what keeps environments apart is that each key has its own secret.
 */
import { encodeBase64Url } from "./bytes.ts";
import { refuse, type Reason, type Refusal } from "./refusal.ts";
import { findFormMistake, formatSignedMessage, type SignedParts } from "./signed-message.ts";

/** A timestamp may be this far from the clock, in either direction and inclusive. */
export const SIGNATURE_WINDOW_MS = 300_000;

/** The signature headers of a request; `null` for the one that is missing. */
export type SentSignature =
  | { readonly present: false }
  | {
      readonly present: true;
      readonly timestamp: string | null;
      readonly signature: string | null;
    };

/** A signed request as it was received, and what it is verified with. */
export interface SignedRequest extends Omit<SignedParts, "timestamp"> {
  readonly timestamp: string | null;
  readonly signature: string | null;
  /** From `importSigningSecret`. */
  readonly secret: CryptoKey;
  readonly nowMs: number;
}

/**
 * Whether a signature verifies. `replayId` is the MAC of the message, so it is the same in any
 * spelling of the headers and another one under another secret.
 */
export type SignatureVerdict =
  | { readonly ok: true; readonly replayId: string; readonly timestampMs: number }
  | { readonly ok: false; readonly refusal: Refusal };

/** Reads the signature headers. An empty value is there, and will be refused. */
export function readSignature(headers: Pick<Headers, "get">): SentSignature {
  const timestamp = headers.get("x-timestamp");
  const signature = headers.get("x-signature");
  if (timestamp === null && signature === null) return { present: false };
  return { present: true, timestamp, signature };
}

/** Judges timestamp, form and signature, in this order. Costs one pass and one MAC of the body. */
export async function verifySignature(request: SignedRequest): Promise<SignatureVerdict> {
  const { timestamp, signature, nowMs } = request;
  if (timestamp === null) return fail("missing_signature", "The x-timestamp header is missing.");
  if (signature === null) return fail("missing_signature", "The x-signature header is missing.");
  if (!/^\d{13}$/.test(timestamp)) return fail("timestamp_out_of_range", TIMESTAMP_FORM);
  if (!isCurrent(timestamp, nowMs)) return fail("timestamp_out_of_range", TIMESTAMP_OFF);
  const mac = decodeSignature(signature);
  if (mac === null) return fail("invalid_signature", SIGNATURE_FORM);

  const parts = { ...request, timestamp };
  const message = formatSignedMessage(parts);
  const mistake = findFormMistake(parts, message, (other) => isCurrent(other, nowMs));
  if (mistake !== null) return fail("invalid_request", mistake);

  const verified = await crypto.subtle.verify("HMAC", request.secret, mac, message);
  if (!verified) return { ok: false, refusal: refuse("invalid_signature") };
  return { ok: true, replayId: encodeBase64Url(mac), timestampMs: Number(timestamp) };
}

const TIMESTAMP_FORM = "The x-timestamp header must be one time in milliseconds, of 13 digits.";
const TIMESTAMP_OFF = `The x-timestamp header is more than ${SIGNATURE_WINDOW_MS / 1000} seconds off.`;
const SIGNATURE_FORM = "The x-signature header must be one HMAC-SHA256 of 64 hex digits.";

/** Whether a signature is good once only: for every method that may change something. */
export function needsReplayMemory(method: string): boolean {
  return method !== "GET" && method !== "HEAD" && method !== "OPTIONS";
}

/**
 * Until when a signature must be remembered, epoch milliseconds: while any clock takes its timestamp to be
 * current, and clocks may be as far apart as a timestamp may be from them.
 */
export function replayUntilMs(timestampMs: number): number {
  return timestampMs + 2 * SIGNATURE_WINDOW_MS;
}

/** Draws a signing secret: 32 random bytes as 43 characters of base64url. */
export function drawSigningSecret(drawBytes: (length: number) => Uint8Array): string {
  return encodeBase64Url(drawBytes(SECRET_BYTES));
}

const SECRET_BYTES = 32;

/** Imports a signing secret, the UTF-8 bytes of its text. Throws when it is empty. */
export async function importSigningSecret(text: string): Promise<CryptoKey> {
  if (text === "") throw new Error("a signing secret must not be empty");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder().encode(text);
  return crypto.subtle.importKey("raw", bytes, algorithm, false, ["verify"]);
}

function isCurrent(timestamp: string, nowMs: number): boolean {
  return Math.abs(Number(timestamp) - nowMs) <= SIGNATURE_WINDOW_MS;
}

/** The 32 bytes of a signature: 64 hex digits in either case, else `null`. */
function decodeSignature(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[0-9A-Fa-f]{64}$/.test(text)) return null;
  const pairs = text.match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

function fail(reason: Reason, message: string): SignatureVerdict {
  return { ok: false, refusal: refuse(reason, { message }) };
}

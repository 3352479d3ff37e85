/**
 * The message of a signed request, `METHOD + path + timestamp + body`, which the published page's
 * `signRequest` writes without separators. Nothing is decoded, parsed or written anew; no clock.
 *
 * Why a signature stands for one request only. A method holds no `/` (RFC 9110 section 9.1) and a
 * path begins with one, so the two part at the first `/`. A split is a place further on where 13
 * digits stand with the form of a path before and the form of a body behind them. No split begins
 * or ends inside another's digits, since no body begins with a digit: of two splits the later one
 * has the other's digits in its path, the earlier one in its body. A request is accepted only if
 * its own split is the last one of its message, whatever the other digits say; so no message is
 * ever accepted under two splits, not even when clocks have moved on. That the last split is also
 * refused, when an earlier one is within the clock's window, is the rule for the other side: what
 * was signed could have been the earlier one.
 *
 * What this costs honest clients: only paths in which 13 digits within the window stand before a
 * `{` or `[`. Bodies cost nothing: the path of a parsed URL has no `"` and no blank, and a JSON text
 * (RFC 8259) has no number before its first `"` that a `{`, `[`, `"` or word could follow.
 */
import { encodeHex } from "./bytes.ts";

/** The four parts of a message. */
export interface SignedParts {
  readonly method: string;
  /** `pathname + search` of the parsed URL that the client called, never holding a key. */
  readonly pathWithQuery: string;
  readonly timestamp: string;
  /** The raw bytes received; empty when there is no body, which is signed as the text `null`. */
  readonly body: Uint8Array;
}

/** What was verified here, for a client whose signature does not fit; never for a log. */
export interface SignatureExplanation {
  readonly method: string;
  readonly pathWithQuery: string;
  readonly timestamp: string;
  readonly bodyBytes: number;
  /** SHA-256 of the body as received, in hex. */
  readonly bodySha256: string;
  readonly messageBytes: number;
  /** The exact message, read as UTF-8; of a long one what it begins and ends with, `…` between. */
  readonly message: string;
}

const TIMESTAMP_DIGITS = 13;
const MAX_SHOWN_BYTES = 4096;
const EXCERPT_BYTES = 1024;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

const NO_BODY = encoder.encode("null");
const BODY_WORDS = [NO_BODY, encoder.encode("true"), encoder.encode("false")];
const BODY_OPENERS = encoder.encode('{["');
/** RFC 8259 section 2. */
const BLANKS = encoder.encode(" \t\n\r");
const SLASH = 0x2f;

/** Puts the parts together, byte by byte. */
export function formatSignedMessage(parts: SignedParts): Uint8Array<ArrayBuffer> {
  const head = encoder.encode(parts.method + parts.pathWithQuery + parts.timestamp);
  const body = parts.body.length === 0 ? NO_BODY : parts.body;
  const message = new Uint8Array(head.length + body.length);
  message.set(head);
  message.set(body, head.length);
  return message;
}

/**
 * Judges the form of a message, given as its parts and its bytes: in one sentence what is wrong
 * with it, or `null`. `isCurrent` says whether a timestamp of 13 digits is within the window.
 */
export function findFormMistake(
  parts: SignedParts,
  message: Uint8Array,
  isCurrent: (timestamp: string) => boolean,
): string | null {
  const own = encoder.encode(parts.method + parts.pathWithQuery).length;
  const splits = findSplits(message, parts.method.length);
  if (!splits.includes(own)) {
    return "A signed request must have no body, or a JSON object, array, string, true, false or null.";
  }
  const ambiguous = splits.some(
    (at) => at > own || (at < own && isCurrent(readDigits(message, at))),
  );
  return ambiguous
    ? "The signed text could also be read as another request: its path or body holds a timestamp."
    : null;
}

/** Says what was signed here, so that a client can compare it with what it signed itself. */
export async function explainSignature(parts: SignedParts): Promise<SignatureExplanation> {
  const message = formatSignedMessage(parts);
  const digest = await crypto.subtle.digest("SHA-256", Uint8Array.from(parts.body));
  return {
    method: parts.method,
    pathWithQuery: parts.pathWithQuery,
    timestamp: parts.timestamp,
    bodyBytes: parts.body.length,
    bodySha256: encodeHex(new Uint8Array(digest)),
    messageBytes: message.length,
    message: showMessage(message),
  };
}

function showMessage(message: Uint8Array): string {
  if (message.length <= MAX_SHOWN_BYTES) return decoder.decode(message);
  const start = decoder.decode(message.subarray(0, EXCERPT_BYTES));
  return `${start}…${decoder.decode(message.subarray(-EXCERPT_BYTES))}`;
}

/**
 * All offsets at which the timestamp of a message may begin. Linear: it looks behind a run of
 * digits once, and the first byte that no path has, so the first blank too, ends it.
 */
function findSplits(message: Uint8Array, pathAt: number): readonly number[] {
  const splits: number[] = [];
  if (message[pathAt] !== SLASH) return splits;
  let digits = 0;
  for (let at = pathAt; at < message.length; at += 1) {
    const byte = message[at] ?? 0;
    if (isDigit(byte)) {
      digits += 1;
      continue;
    }
    if (digits >= TIMESTAMP_DIGITS && isBody(message, at)) splits.push(at - TIMESTAMP_DIGITS);
    if (!isPathByte(byte)) break;
    digits = 0;
  }
  return splits;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Bytes that the URL parser leaves in a path or query: visible ASCII without `"`, `#`, `<`, `>`. */
function isPathByte(byte: number): boolean {
  if (byte <= 0x20 || byte >= 0x7f) return false;
  return byte !== 0x22 && byte !== 0x23 && byte !== 0x3c && byte !== 0x3e;
}

/** Whether the bytes from `at` on begin like a JSON object, array or string, or are a word. */
function isBody(message: Uint8Array, at: number): boolean {
  let first = at;
  while (BLANKS.includes(message[first] ?? 0)) first += 1;
  if (BODY_OPENERS.includes(message[first] ?? 0)) return true;
  return BODY_WORDS.some((word) => equalsFrom(message, at, word));
}

function equalsFrom(message: Uint8Array, at: number, word: Uint8Array): boolean {
  if (message.length - at !== word.length) return false;
  return word.every((byte, index) => message[at + index] === byte);
}

function readDigits(message: Uint8Array, at: number): string {
  return decoder.decode(message.subarray(at, at + TIMESTAMP_DIGITS));
}

/**
 * Judge "signature": whether a request is signed where it has to be, and whether the signature verifies
 * with the secret of the text it was made with. That it was not used before is the object's to say.
 */
import { isTestEnvironment } from "../core/api.ts";
import { forwardedPathname } from "../core/credential.ts";
import { DeadlineExceeded, withDeadline } from "../core/deadline.ts";
import { maskKey } from "../core/forward-headers.ts";
import { entryOf } from "../core/entry-needs.ts";
import type { KeyRecord } from "../core/record.ts";
import { refuse, type Refusal } from "../core/refusal.ts";
import {
  needsReplayMemory,
  readSignature,
  replayUntilMs,
  verifySignature,
} from "../core/signature.ts";
import { explainSignature, type SignatureExplanation } from "../core/signed-message.ts";
import { signingContext, strictestSigning } from "../core/signing.ts";
import type { Exchange, GatewayPorts } from "./exchange.ts";
import { readBody } from "./read-body.ts";

const NO_BYTES = new Uint8Array(0);

/** Judges with the secret in a record that may be old; the object asks again with the current one. */
export async function judgeSignature(
  exchange: Exchange,
  record: KeyRecord,
  ports: GatewayPorts,
): Promise<Refusal | null> {
  const mode = strictestSigning(exchange.api.signing, record.key.signing ?? null);
  const sent = readSignature(exchange.headers);
  exchange.signature = { kind: sent.present ? "unverified" : "none" };
  if (mode === "off") return null;
  if (!sent.present) return mode === "required" ? refuse("missing_signature") : null;

  const text = record.key.texts.find(({ hash }) => hash === exchange.identity?.textHash);
  const encrypted = text?.signingSecret;
  if (text === undefined || encrypted === undefined) {
    return refuse("invalid_signature", { message: NO_SECRET });
  }
  const context = signingContext(record.key.id, text.hash);
  const secret = await ports.signingSecrets.load(encrypted, context);
  if (secret === null) return reportUnreadable(exchange, record, encrypted, ports);
  const bodyRefusal = await takeBody(exchange);
  if (bodyRefusal !== null) return bodyRefusal;
  const { url, api, body, request } = exchange;
  const parts = {
    method: request.method,
    pathWithQuery: forwardedPathname(api.credential, url.pathname) + url.search,
    body: body ?? NO_BYTES,
  };
  const { timestamp, signature } = sent;
  const verdict = await verifySignature({
    ...parts,
    timestamp,
    signature,
    secret,
    nowMs: ports.now(),
  });
  if (verdict.ok) {
    const untilMs = replayUntilMs(verdict.timestampMs);
    const replay = needsReplayMemory(request.method) ? { id: verdict.replayId, untilMs } : null;
    exchange.signature = { kind: "verified", replay };
    return null;
  }
  const { refusal } = verdict;
  if (refusal.reason !== "invalid_signature" || !isTestEnvironment(record.key.environment)) {
    return refusal;
  }
  const told = await explainSignature({ ...parts, timestamp: timestamp ?? "" });
  return { ...refusal, signed: mask(told, exchange.keyText) };
}

/** Whatever a client has put into its URL or body: a key text is never told. */
function mask(told: SignatureExplanation, keyText: string): SignatureExplanation {
  const pathWithQuery = maskKey(told.pathWithQuery, keyText);
  return { ...told, pathWithQuery, message: maskKey(told.message, keyText) };
}

const NO_SECRET =
  "This API key has no signing secret yet: rotate it to get one, or send no signature.";

/**
 * Never "unsigned": what cannot be verified is not forwarded. Returned, so that the object is asked
 * whether it has a record with another secret.
 */
function reportUnreadable(
  { requestId }: Exchange,
  { key }: KeyRecord,
  encrypted: string,
  { log }: GatewayPorts,
): Refusal {
  const entry = entryOf(encrypted);
  log("error", "unreadable_signing_secret", { request_id: requestId, key_id: key.id, entry });
  return refuse("unavailable", { retryAfterSeconds: 1 });
}

/** Reads the body, unless a stage before has; it is what was signed and what will be forwarded. */
async function takeBody(exchange: Exchange): Promise<Refusal | null> {
  const { api, request, bodyRefusal } = exchange;
  // A stage has read it and found it too large: there is nothing left to verify.
  if (bodyRefusal !== null && exchange.body === null) return bodyRefusal;
  if (exchange.body === null && request.body !== null) {
    try {
      const read = readBody(request, api.maxSignedBodyBytes);
      exchange.body = await withDeadline(read, api.forwardTimeoutMs);
    } catch (error) {
      return refuse("invalid_request", {
        message:
          error instanceof DeadlineExceeded
            ? "The body did not arrive in time."
            : "The body broke off.",
      });
    }
    if (exchange.body === null) return tooLarge(exchange);
  }
  const size = exchange.body?.length ?? 0;
  return size > api.maxSignedBodyBytes ? tooLarge(exchange) : null;
}

function tooLarge(exchange: Exchange): Refusal {
  const message = `The body of a signed request may have at most ${exchange.api.maxSignedBodyBytes} bytes.`;
  // Its rest is not read again when another record is judged with.
  exchange.bodyRefusal = refuse("body_too_large", { message });
  return exchange.bodyRefusal;
}

/** A receiver of webhooks as Standard Webhooks describes it, written without any code of the sender. */

const TOLERANCE_SECONDS = 300;

/** Whether a message is what the holder of the secret has sent, and not long ago. */
export async function isGenuine(
  headers: Headers,
  body: string,
  secret: string,
  nowSeconds: number,
): Promise<boolean> {
  const id = headers.get("webhook-id");
  const timestamp = headers.get("webhook-timestamp");
  const signatures = headers.get("webhook-signature");
  if (id === null || timestamp === null || signatures === null) return false;
  if (!/^\d+$/.test(timestamp)) return false;
  if (Math.abs(nowSeconds - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const bytes = Uint8Array.from(atob(secret.replace("whsec_", "")), (c) => c.charCodeAt(0));
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes, algorithm, false, ["sign"]);
  const signed = new TextEncoder().encode(`${id}.${timestamp}.${body}`);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", key, signed));
  const expected = `v1,${btoa(String.fromCharCode(...mac))}`;
  return signatures.split(" ").includes(expected);
}

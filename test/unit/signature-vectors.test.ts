import { describe, expect, it, test } from "vitest";
import {
  importSigningSecret,
  verifySignature,
  type SignatureVerdict,
} from "../../src/core/signature.ts";
import { formatSignedMessage } from "../../src/core/signed-message.ts";
import { toBytes } from "../support/sign-request.ts";
import collisions from "../support/vectors/signing-collisions.json";
import legacy from "../support/vectors/signing-legacy.json";

function decode(base64: string | null): Uint8Array {
  return Uint8Array.from(atob(base64 ?? ""), (character) => character.charCodeAt(0));
}

function outcomeOf(verdict: SignatureVerdict): string {
  return verdict.ok ? "accept" : verdict.refusal.reason;
}

describe("signed requests", () => {
  const { vectors } = legacy;
  const accepted = vectors.filter((row) => (row.lenient ?? row.expect) === "accept");
  let ran = 0;

  test.each(vectors)("$id: $note", async (row) => {
    ran += 1;
    const verdict = await verifySignature({
      method: row.method,
      pathWithQuery: row.path,
      timestamp: row.headers["x-timestamp"],
      signature: row.headers["x-signature"],
      body: decode(row.bodyBase64),
      secret: await importSigningSecret(row.secret),
      nowMs: row.now,
    });
    // The path is judged elsewhere: here a vector that only `paths = "strict"` refuses verifies.
    expect(outcomeOf(verdict)).toBe(row.lenient ?? row.reason ?? row.expect);
  });

  test.each(accepted)("$id is signed over these bytes: $note", (row) => {
    ran += 1;
    const message = formatSignedMessage({
      method: row.method,
      pathWithQuery: row.path,
      timestamp: row.headers["x-timestamp"],
      body: decode(row.bodyBase64),
    });
    expect(message).toEqual(decode(row.messageBase64));
  });

  it("all 49 vectors ran, 19 of them accepted", () => {
    expect(vectors).toHaveLength(49);
    expect(accepted).toHaveLength(19);
    expect(ran).toBe(68);
  });
});

describe("requests that share a message", () => {
  const { pairs } = collisions;
  let ran = 0;

  const sides = pairs.flatMap(({ id, note, signed, forged, ...pair }) => [
    { ...pair, id, note, side: "signed by the client", ...signed },
    { ...pair, id, note, side: "forged", ...forged },
  ]);

  test.each(sides)("$id, $side: $outcome, $note", async (row) => {
    ran += 1;
    expect(`${row.method}${row.path}${row.ts}${row.body ?? "null"}`).toBe(row.message);
    const verdict = await verifySignature({
      method: row.method,
      pathWithQuery: row.path,
      timestamp: row.ts,
      signature: row.signature,
      body: toBytes(row.body),
      secret: await importSigningSecret(row.secret),
      nowMs: row.now,
    });
    expect(outcomeOf(verdict)).toBe(row.outcome);
  });

  it("both sides of all 7 pairs ran, and only the body `null` passes for no body", () => {
    expect(ran).toBe(14);
    const forgeries = pairs.filter(({ forged }) => forged.outcome === "accept");
    expect(forgeries.map(({ id }) => id)).toEqual(["C11"]);
  });
});

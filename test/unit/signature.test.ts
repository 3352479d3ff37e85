import { describe, expect, it, test } from "vitest";
import {
  drawSigningSecret,
  importSigningSecret,
  needsReplayMemory,
  readSignature,
  verifySignature,
  type SignatureVerdict,
  type SignedRequest,
} from "../../src/core/signature.ts";
import { signRequest, toBytes } from "../support/sign-request.ts";

const SECRET = "a-signing-secret-of-the-tests";
const NOW = 1_795_190_400_000;

/** A request as a client signs it; `sent` is what is received instead. */
interface Case {
  readonly method?: string;
  readonly path?: string;
  readonly timestamp?: string;
  readonly body?: Uint8Array | string | null;
  readonly sent?: Partial<SignedRequest>;
}

async function verify(given: Case): Promise<SignatureVerdict> {
  const parts = {
    method: given.method ?? "POST",
    pathWithQuery: given.path ?? "/orders",
    timestamp: given.timestamp ?? String(NOW),
  };
  return verifySignature({
    ...parts,
    signature: await signRequest(SECRET, { ...parts, body: given.body ?? null }),
    body: toBytes(given.body ?? null),
    secret: await importSigningSecret(SECRET),
    nowMs: NOW,
    ...given.sent,
  });
}

async function outcome(given: Case): Promise<string> {
  const verdict = await verify(given);
  return verdict.ok ? "accepted" : verdict.refusal.reason;
}

async function message(given: Case): Promise<string> {
  const verdict = await verify(given);
  return verdict.ok ? "accepted" : verdict.refusal.message;
}

async function replayId(given: Case): Promise<string> {
  const verdict = await verify(given);
  return verdict.ok ? verdict.replayId : `refused: ${verdict.refusal.reason}`;
}

describe("the signature headers", () => {
  it("are not there when neither was sent", () => {
    expect(readSignature(new Headers({ "x-api-key": "k" }))).toEqual({ present: false });
  });

  it("are read by name in any case", () => {
    const headers = new Headers({ "X-Timestamp": "1795190400000", "X-SIGNATURE": "ab" });
    expect(readSignature(headers)).toEqual({
      present: true,
      timestamp: "1795190400000",
      signature: "ab",
    });
  });

  it("are there when one was sent, even an empty one", () => {
    expect(readSignature(new Headers({ "x-signature": "" }))).toEqual({
      present: true,
      timestamp: null,
      signature: "",
    });
    expect(readSignature(new Headers({ "x-timestamp": "1" }))).toEqual({
      present: true,
      timestamp: "1",
      signature: null,
    });
  });

  it("are refused as missing when only one was sent, which is named", async () => {
    expect(await outcome({ sent: { timestamp: null } })).toBe("missing_signature");
    expect(await message({ sent: { timestamp: null } })).toContain("x-timestamp");
    expect(await outcome({ sent: { signature: null } })).toBe("missing_signature");
    expect(await message({ sent: { signature: null } })).toContain("x-signature");
  });

  it("that were sent twice are neither one timestamp nor one signature", async () => {
    const timestamps = new Headers([
      ["x-timestamp", String(NOW)],
      ["x-timestamp", String(NOW)],
    ]);
    const timestamp = timestamps.get("x-timestamp");
    expect(await outcome({ sent: { timestamp } })).toBe("timestamp_out_of_range");
    const hex = "ab".repeat(32);
    expect(await outcome({ sent: { signature: `${hex}, ${hex}` } })).toBe("invalid_signature");
  });
});

test.each([
  ["300 s ago", "1795190100000", "accepted"],
  ["300.001 s ago", "1795190099999", "timestamp_out_of_range"],
  ["300 s ahead", "1795190700000", "accepted"],
  ["300.001 s ahead", "1795190700001", "timestamp_out_of_range"],
  ["in seconds", "1795190400", "timestamp_out_of_range"],
  ["with a leading zero", "01795190400000", "timestamp_out_of_range"],
  ["with a sign", "+1795190400000", "timestamp_out_of_range"],
  ["with an exponent", "1.79519040e12", "timestamp_out_of_range"],
  ["with a line feed", "1795190400000\n", "timestamp_out_of_range"],
  ["in digits outside ASCII", "\uff11795190400000", "timestamp_out_of_range"],
])("a timestamp %s, %j: %s", async (_, timestamp, expected) => {
  expect(await outcome({ timestamp })).toBe(expected);
});

it("a timestamp of 12 digits is refused even at the time that it tells", async () => {
  expect(await outcome({ timestamp: "999999999999", sent: { nowMs: 999_999_999_999 } })).toBe(
    "timestamp_out_of_range",
  );
});

test.each([
  ["in upper case", (hex: string) => hex.toUpperCase(), "accepted"],
  ["with 63 digits", (hex: string) => hex.slice(1), "invalid_signature"],
  ["with 65 digits", (hex: string) => `${hex}0`, "invalid_signature"],
  ["with a letter that is no digit", (hex: string) => `g${hex.slice(1)}`, "invalid_signature"],
  ["with a line feed", (hex: string) => `${hex}\n`, "invalid_signature"],
  ["of nothing", () => "", "invalid_signature"],
  ["of zeros", () => "0".repeat(64), "invalid_signature"],
])("a signature %s", async (_, change, expected) => {
  const parts = { method: "POST", pathWithQuery: "/orders", timestamp: String(NOW) };
  const signature = change(await signRequest(SECRET, parts));
  expect(await outcome({ sent: { signature } })).toBe(expected);
});

describe("a message that two requests share", () => {
  const anHourAgo = NOW - 3_600_000;
  const honest = {
    path: `/s?since=${NOW}{x}`,
    timestamp: String(anHourAgo),
    body: '{"a":1}',
  };
  const forged = { path: "/s?since=", timestamp: String(NOW), body: `{x}${anHourAgo}{"a":1}` };

  it("is refused as no request of the page's form", async () => {
    const sent = { nowMs: NOW - 300_000, timestamp: String(NOW - 300_000) };
    expect(await outcome({ ...honest, sent })).toBe("invalid_request");
    expect(await message({ ...honest, sent })).toContain("read as another request");
  });

  it("is accepted for one of them alone, however far apart their timestamps are", async () => {
    expect(await outcome({ ...honest, sent: { nowMs: anHourAgo } })).toBe("accepted");
    expect(await outcome({ ...forged, sent: { nowMs: NOW } })).toBe("invalid_request");
  });
});

it("a body of no JSON is refused before the signature is looked at", async () => {
  expect(await outcome({ body: "a=1" })).toBe("invalid_request");
  expect(await outcome({ body: "a=1", sent: { signature: "0".repeat(64) } })).toBe(
    "invalid_request",
  );
});

describe("the replay id", () => {
  it("is the same in either case of the hex", async () => {
    const signature = (
      await signRequest(SECRET, {
        method: "POST",
        pathWithQuery: "/orders",
        timestamp: String(NOW),
      })
    ).toUpperCase();
    const id = await replayId({});
    expect(id).toMatch(/^[\w-]{43}$/);
    expect(await replayId({ sent: { signature } })).toBe(id);
  });

  it("is the same for no body and the body null, which are signed alike", async () => {
    expect(await replayId({ body: "null" })).toBe(await replayId({ body: null }));
  });

  it("is another one for another message", async () => {
    const ids = [
      await replayId({}),
      await replayId({ method: "PUT" }),
      await replayId({ path: "/orders?x" }),
      await replayId({ timestamp: "1795190400001" }),
      await replayId({ body: "{}" }),
    ];
    expect(new Set(ids).size).toBe(5);
  });

  it.each([
    ["GET", false],
    ["HEAD", false],
    ["OPTIONS", false],
    ["POST", true],
    ["PUT", true],
    ["PATCH", true],
    ["DELETE", true],
  ])("of %s is remembered: %s", (method, expected) => {
    expect(needsReplayMemory(method)).toBe(expected);
  });
});

describe("a signing secret", () => {
  it("is 32 random bytes in base64url", () => {
    const drawn: number[] = [];
    const secret = drawSigningSecret((length) => {
      drawn.push(length);
      return new Uint8Array(length).fill(255);
    });
    expect(drawn).toEqual([32]);
    expect(secret).toBe("__________________________________________8");
  });

  it("can only verify, and cannot be read back", async () => {
    const key = await importSigningSecret(SECRET);
    expect(key.usages).toEqual(["verify"]);
    expect(key.extractable).toBe(false);
  });

  it("must not be empty", async () => {
    await expect(importSigningSecret("")).rejects.toThrow("must not be empty");
  });

  it("of another key does not verify", async () => {
    const secret = await importSigningSecret(`${SECRET}2`);
    expect(await outcome({ sent: { secret } })).toBe("invalid_signature");
  });
});

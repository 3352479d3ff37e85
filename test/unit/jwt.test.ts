import { exportJWK, generateKeyPair, SignJWT, type JWTHeaderParameters } from "jose";
import { expect, it, test, vi } from "vitest";
import { createMemberTokens } from "../../src/adapters/jwt.ts";
import type { MemberTokenRules } from "../../src/core/member-token-rules.ts";
import { Unavailable } from "../../src/core/ports.ts";
import { findMember } from "../../src/management/self-service/member.ts";
import { makeAccount } from "../support/records.ts";
import vectors from "../support/vectors/jwt.json";

const CLAIMS = { issuer: "https://id.example", audience: "authz-dashboard" };
const SECRET = vectors.hs256Secret;
const JWKS: MemberTokenRules = { kind: "jwks", url: "https://id.example/jwks", ...CLAIMS };
/** Epoch seconds. */
const NOW = 1_795_190_400;
const ANY = { issuer: null, audience: null };

/** One account of the API `deframe`. */
const ACCOUNTS = {
  load: async (id: string) =>
    id === "user_123" ? { account: makeAccount({ id }), pending: 0 } : null,
};

async function refuseFetch(): Promise<Response> {
  throw new Error("nothing may be fetched");
}

/** Signs claims for `user_123` with the secret. */
function sign(
  claims: Readonly<Record<string, unknown>>,
  header: Partial<JWTHeaderParameters> = {},
): Promise<string> {
  return new SignJWT({ sub: "user_123", exp: NOW + 60, ...claims })
    .setProtectedHeader({ alg: "HS256", ...header })
    .sign(new TextEncoder().encode(SECRET));
}

function verifyWithSecret(token: string, rules: typeof ANY | typeof CLAIMS = ANY) {
  const memberTokens = createMemberTokens(
    { kind: "secret", secret: SECRET, ...rules },
    refuseFetch,
    () => NOW * 1000,
  );
  return memberTokens.verify(token);
}

let tokensRan = 0;

test.each(vectors.cases)(
  "$id ($config) $note: $expect",
  async ({ config, token, now, expect: to }) => {
    tokensRan += 1;
    const fetchJwks = vi.fn(async (_url: string) => Response.json(vectors.rs256Jwks));
    const rules: MemberTokenRules =
      config === "HS256" ? { kind: "secret", secret: SECRET, ...CLAIMS } : JWKS;
    const memberTokens = createMemberTokens(rules, fetchJwks, () => now * 1000);
    const member = await findMember(
      { accounts: ACCOUNTS, memberTokens },
      { name: "deframe" },
      token,
    );
    if (member.ok) expect(member.value.id).toBe("user_123");
    else expect(member.refusal.reason).toBe("invalid_token");
    expect(member.ok).toBe(to === "accept");
    for (const [url] of fetchJwks.mock.calls) expect(url).toBe("https://id.example/jwks");
  },
);

it("all 33 tokens ran", () => {
  expect(tokensRan).toBe(33);
});

test.each<[string, Readonly<Record<string, unknown>>, Partial<JWTHeaderParameters>]>([
  ["a kid", {}, { kid: "x' UNION SELECT 'a" }],
  ["the URL of a key set", {}, { jku: "https://evil.example/jwks" }],
  ["the URL of a certificate", {}, { x5u: "https://evil.example/cert" }],
  ["a key", {}, { jwk: { kty: "EC", crv: "P-256", x: "AA", y: "AA" } }],
  ["no type", {}, {}],
  ["an nbf that has come", { nbf: NOW }, {}],
  ["an exp of parts of a second", { exp: NOW + 0.5 }, {}],
])(
  "a token with %s is verified by the secret alone, and nothing is fetched",
  async (_, claims, header) => {
    expect(await verifyWithSecret(await sign(claims, header))).toBe("user_123");
  },
);

test.each([
  ["ends now", { exp: NOW }],
  ["begins in a second", { nbf: NOW + 1 }],
  ["has an exp that is a text", { exp: String(NOW + 60) }],
  ["has no exp", { exp: undefined }],
  ["has an empty sub", { sub: "" }],
  ["has a sub that is a number", { sub: 123 }],
  ["has a sub that is a list", { sub: ["user_123"] }],
])("a token that %s is refused", async (_, claims) => {
  expect(await verifyWithSecret(await sign(claims))).toBeNull();
});

it("an extension that is not known is refused, whatever it is", async () => {
  const known = await new SignJWT({ sub: "user_123", exp: NOW + 60 })
    .setProtectedHeader({ alg: "HS256", crit: ["x"], x: 1 })
    .sign(new TextEncoder().encode(SECRET), { crit: { x: true } });
  expect(await verifyWithSecret(known)).toBeNull();
});

it("any of several audiences will do, and an issuer must be the one", async () => {
  const iss = CLAIMS.issuer;
  const both = await sign({ iss, aud: ["other", "authz-dashboard"] });
  expect(await verifyWithSecret(both, CLAIMS)).toBe("user_123");
  const other = await sign({ iss: `${iss}/`, aud: "authz-dashboard" });
  expect(await verifyWithSecret(other, CLAIMS)).toBeNull();
});

it("a token over 8 KiB is refused, one of 8 KiB is not", async () => {
  const bare = await sign({ x: "" });
  const room = Math.floor(((8192 - bare.length) * 3) / 4);
  expect(await verifyWithSecret(await sign({ x: "x".repeat(room - 2) }))).toBe("user_123");
  expect(await verifyWithSecret(await sign({ x: "x".repeat(room + 4) }))).toBeNull();
});

test.each(["=", "\n", " ", ".", ".x"])("a token with %j at its end is refused", async (end) => {
  expect(await verifyWithSecret((await sign({})) + end)).toBeNull();
});

test.each(["RS256", "ES256", "EdDSA"])("%s verifies with the keys of the URL", async (alg) => {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const keys = [{ ...(await exportJWK(publicKey)), kid: "a", alg }];
  const memberTokens = createMemberTokens({ ...JWKS, ...ANY }, async () => Response.json({ keys }));
  const token = await new SignJWT({ sub: "user_123" })
    .setProtectedHeader({ alg, kid: "a" })
    .setExpirationTime("1 minute")
    .sign(privateKey);
  expect(await memberTokens.verify(token)).toBe("user_123");
});

test.each<[string, () => Promise<Response>]>([
  ["cannot be reached", refuseFetch],
  [
    "redirects",
    async () => new Response(null, { status: 302, headers: { location: "https://x" } }),
  ],
  ["is not JSON", async () => new Response("<html>")],
  ["is no key set", async () => Response.json({})],
  ["is too large", async () => new Response(new Uint8Array(10_000_000))],
])("while the key set %s no token verifies: 503, fetched once", async (_, fetchJwks) => {
  const fetched = vi.fn(fetchJwks);
  const memberTokens = createMemberTokens(JWKS, fetched, () => NOW * 1000);
  for (let tokens = 0; tokens < 3; tokens += 1) {
    await expect(memberTokens.verify(tokenOf("J057"))).rejects.toBeInstanceOf(Unavailable);
  }
  expect(fetched).toHaveBeenCalledTimes(1);
});

it("a hundred first tokens at once share one fetch", async () => {
  const fetched = vi.fn(async () => {
    await scheduler.wait(60);
    return Response.json(vectors.rs256Jwks);
  });
  const memberTokens = createMemberTokens(JWKS, fetched, () => NOW * 1000);
  const verified = Array.from({ length: 100 }, () => memberTokens.verify(tokenOf("J057")));
  expect(new Set(await Promise.all(verified))).toEqual(new Set(["user_123"]));
  expect(fetched).toHaveBeenCalledTimes(1);
});

it("unknown key ids make the set be fetched once in 30 s; known keys go on verifying", async () => {
  vi.useFakeTimers({ now: NOW * 1000, toFake: ["Date"] });
  let down = false;
  const fetched = vi.fn(async () => (down ? refuseFetch() : Response.json(vectors.rs256Jwks)));
  const memberTokens = createMemberTokens(JWKS, fetched, () => NOW * 1000);
  const unknown = tokenOf("J061");
  expect(await memberTokens.verify(unknown)).toBeNull();
  for (let tokens = 0; tokens < 100; tokens += 1) await memberTokens.verify(unknown);
  expect(fetched).toHaveBeenCalledTimes(1);

  down = true;
  vi.setSystemTime((NOW + 31) * 1000);
  for (let tokens = 0; tokens < 100; tokens += 1) {
    await expect(memberTokens.verify(unknown)).rejects.toBeInstanceOf(Unavailable);
  }
  expect(fetched).toHaveBeenCalledTimes(2);
  expect(await memberTokens.verify(tokenOf("J057"))).toBe("user_123");

  vi.setSystemTime((NOW + 601) * 1000);
  await expect(memberTokens.verify(tokenOf("J057"))).rejects.toBeInstanceOf(Unavailable);
  down = false;
  vi.setSystemTime((NOW + 607) * 1000);
  expect(await memberTokens.verify(tokenOf("J057"))).toBe("user_123");
  vi.useRealTimers();
});

it("A103 a thousand tokens of unknown keys make the set be fetched twice at most", async () => {
  vi.useFakeTimers({ now: NOW * 1000, toFake: ["Date"] });
  const fetched = vi.fn(async () => Response.json(vectors.rs256Jwks));
  const memberTokens = createMemberTokens(JWKS, fetched, () => NOW * 1000);
  const { privateKey } = await generateKeyPair("RS256");
  const token = await new SignJWT({ sub: "user_123", exp: NOW + 60 })
    .setProtectedHeader({ alg: "RS256", kid: "x" })
    .sign(privateKey);
  const [, ...rest] = token.split(".");
  for (let kid = 0; kid < 1000; kid += 1) {
    // One clock for all: the set is old enough to be fetched anew after half of them.
    if (kid === 500) vi.setSystemTime((NOW + 31) * 1000);
    const header = btoa(JSON.stringify({ alg: "RS256", kid: `made-up-${kid}` }));
    const made = [header.replaceAll("=", ""), ...rest].join(".");
    expect(await memberTokens.verify(made)).toBeNull();
  }
  expect(fetched).toHaveBeenCalledTimes(2);
  vi.useRealTimers();
});

it("A103 a key that is taken out of the set verifies until the set is fetched anew, no longer", async () => {
  vi.useFakeTimers({ now: NOW * 1000, toFake: ["Date"] });
  const [gone, kept] = await Promise.all([generateKeyPair("ES256"), generateKeyPair("ES256")]);
  const publish = async ({ publicKey }: typeof gone, kid: string): Promise<object> => ({
    ...(await exportJWK(publicKey)),
    kid,
    alg: "ES256",
  });
  const before = { keys: [await publish(gone, "gone"), await publish(kept, "kept")] };
  const after = { keys: [await publish(kept, "kept")] };
  let published = before;
  const memberTokens = createMemberTokens(
    { ...JWKS, ...ANY },
    async () => Response.json(published),
    () => NOW * 1000,
  );
  const token = await new SignJWT({ sub: "user_123", exp: NOW + 3600 })
    .setProtectedHeader({ alg: "ES256", kid: "gone" })
    .sign(gone.privateKey);
  expect(await memberTokens.verify(token)).toBe("user_123");
  published = after;
  vi.setSystemTime((NOW + 599) * 1000);
  expect(await memberTokens.verify(token)).toBe("user_123");
  vi.setSystemTime((NOW + 601) * 1000);
  expect(await memberTokens.verify(token)).toBeNull();
  vi.useRealTimers();
});

test.concurrent.each(["answer", "body"])(
  "A103 a key set whose %s is too slow is given up after 3 s: 503 for all who wait, fetched once",
  async (slow) => {
    const fetched = vi.fn(async (_url: string, { signal }: RequestInit) => {
      const aborted = new Promise<never>((_, reject) => {
        signal?.addEventListener("abort", () => reject(new Error("aborted")));
      });
      if (slow === "answer") return aborted;
      const drip = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await Promise.race([scheduler.wait(500), aborted]);
          controller.enqueue(new Uint8Array([0x20]));
        },
      });
      return new Response(drip);
    });
    const memberTokens = createMemberTokens(JWKS, fetched, () => NOW * 1000);
    const startedAtMs = Date.now();
    const asked = Array.from({ length: 3 }, () => memberTokens.verify(tokenOf("J057")));
    const settled = await Promise.allSettled(asked);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    expect(Date.now() - startedAtMs).toBeLessThan(4500);
    expect(fetched).toHaveBeenCalledTimes(1);
  },
);

function tokenOf(id: string): string {
  return vectors.cases.find((each) => each.id === id)?.token ?? "";
}

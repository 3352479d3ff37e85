import { expect, it, test } from "vitest";
import { createAssertions } from "../../src/adapters/assertions.ts";
import {
  formatClaims,
  formatSigningInput,
  type AssertedRequest,
} from "../../src/core/assertion.ts";
import { decodeBase64 } from "../../src/core/bytes.ts";

const REQUEST: AssertedRequest = {
  principal: {
    keyId: "key_1",
    account: "acc_1",
    api: "shop",
    environment: "live",
    permissions: ["read", "write"],
  },
  issuer: "https://api.example.com",
  origin: { kind: "url", url: "https://origin.example.com:8443/base" },
  method: "GET",
  target: new URL("https://origin.example.com:8443/base/x?y=1"),
  requestId: "req_1",
};

it("the claims name the caller, the request and the half minute they are good for", async () => {
  // 2026-11-20T12:00:00.999Z
  expect(await formatClaims(REQUEST, 1_795_176_000_999, "jti_1")).toEqual({
    iss: "https://api.example.com",
    aud: "https://origin.example.com:8443",
    sub: "key_1",
    iat: 1_795_176_000,
    exp: 1_795_176_030,
    jti: "jti_1",
    account: "acc_1",
    environment: "live",
    permissions: ["read", "write"],
    api: "shop",
    method: "GET",
    path_hash: "dNruJgXTrP3NZREhAYpOrytga-2-10p5qjNdY8RmVIs",
    request_id: "req_1",
  });
});

test.each([
  ["https://origin.example.com/x", "s9HbMYZxoCSn5LQzOJ-IINbKRm4s9wCvwp837WTy-g0"],
  ["https://origin.example.com/x?", "2J0mNZbC1vBOdgpho33tpGUgc6Q52rhfRTwzbQe3Wt8"],
  ["https://origin.example.com/x#part", "s9HbMYZxoCSn5LQzOJ-IINbKRm4s9wCvwp837WTy-g0"],
  ["https://origin.example.com//evil.example/x", "tJ6ZHo9R-UOXQaqgF6k7mYL8JYhhNqk9-4dOGkWRgWE"],
])("of %s path and query are hashed as they are sent", async (url, hash) => {
  const { path_hash } = await formatClaims({ ...REQUEST, target: new URL(url) }, 0, "jti_1");
  expect(path_hash).toBe(hash);
});

it("a service binding is named as the configuration names it", async () => {
  const origin = { kind: "binding", name: "SHOP" } as const;
  expect((await formatClaims({ ...REQUEST, origin }, 0, "jti_1")).aud).toBe("binding:SHOP");
});

it("header and claims are written in base64url without padding", async () => {
  const input = formatSigningInput("a1", await formatClaims(REQUEST, 0, "ä?>"));
  expect(input).toMatch(/^eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCIsImtpZCI6ImExIn0\.[\w-]+$/);
  const claims = new TextDecoder().decode(decodeBase64(input.split(".")[1] ?? "") ?? undefined);
  expect(JSON.parse(claims)).toMatchObject({ iat: 0, exp: 30, jti: "ä?>" });
});

it("without a key nothing is signed", async () => {
  await expect(createAssertions([]).sign(REQUEST)).rejects.toThrow("no entry in ASSERTION_KEYS");
});

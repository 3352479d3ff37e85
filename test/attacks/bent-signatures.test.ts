/** Signed requests that were bent on the way. The ids are the rows of `docs/attacks.md`. */
import { abortAllDurableObjects } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, test, vi } from "vitest";
import { makeKey, manage } from "../support/gateway.ts";
import { spyOnOrigin } from "../support/origin-spy.ts";
import { signRequest } from "../support/sign-request.ts";

const APIS = env.APIS as readonly Record<string, unknown>[];
const DEFRAME = APIS.filter(({ name }) => name === "deframe");

afterEach(() => {
  vi.restoreAllMocks();
});

function bytes(...parts: readonly (string | number)[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) =>
      typeof part === "number" ? [part] : Array.from(new TextEncoder().encode(part)),
    ),
  );
}

describe("bent requests of a key that must sign", () => {
  const { send, received } = spyOnOrigin(DEFRAME);
  let made: { readonly id: string; readonly key: string; readonly secret: string };

  beforeAll(async () => {
    made = await makeKey({ signing: "required" });
  });

  async function post(
    body: Uint8Array<ArrayBuffer>,
    changes: Readonly<Record<string, string>> = {},
    sent: Uint8Array<ArrayBuffer> = body,
  ): Promise<number> {
    const timestamp = String(Date.now());
    const parts = { method: "POST", pathWithQuery: "/orders", timestamp, body };
    const headers = {
      "x-api-key": made.key,
      "x-timestamp": timestamp,
      "x-signature": await signRequest(made.secret, parts),
      ...changes,
    };
    return (await send("/orders", { method: "POST", headers, body: sent })).status;
  }

  test.each([
    ["0xFF for 0xFE", bytes('{"a":"', 0xfe, '"}'), bytes('{"a":"', 0xff, '"}')],
    ["a byte order mark before it", bytes('{"a":1}'), bytes(0xef, 0xbb, 0xbf, '{"a":1}')],
    ["a member twice", bytes('{"a":1}'), bytes('{"a":1,"a":1}')],
    ["a line break after it", bytes('{"a":1}'), bytes('{"a":1}\n')],
  ])("A067: %s is another request", async (_, body, sent) => {
    const before = received.length;
    expect([401, 400]).toContain(await post(body, {}, sent));
    expect(received.length).toBe(before);
  });

  it("A068: the content type is no part of what is signed, and is forwarded as it came", async () => {
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await post(bytes('{"a":2}'), form)).toBe(200);
    expect(await post(bytes("a=2"), form)).toBe(400);
  });

  it("A069: a compressed body is signed as its bytes, which are no JSON value", async () => {
    const before = received.length;
    expect(await post(bytes(0x1f, 0x8b, 8, 0, "x"), { "content-encoding": "gzip" })).toBe(400);
    expect(received.length).toBe(before);
  });

  it("A059: a header that comes twice is no signature", async () => {
    const twice = new Headers({ "x-api-key": made.key });
    twice.append("x-timestamp", String(Date.now()));
    twice.append("x-timestamp", String(Date.now()));
    twice.append("x-signature", "00".repeat(32));
    const before = received.length;
    expect((await send("/orders", { headers: twice })).status).toBe(401);
    expect(received.length).toBe(before);
  });

  it("A066: a signature of another environment's key is not forwarded", async () => {
    const staging = await makeKey({ environment: "staging" });
    const timestamp = String(Date.now());
    const parts = { method: "GET", pathWithQuery: "/orders", timestamp };
    const headers = {
      "x-api-key": made.key,
      "x-timestamp": timestamp,
      "x-signature": await signRequest(staging.secret, parts),
    };
    const before = received.length;
    expect((await send("/orders", { headers })).status).toBe(401);
    expect(received.length).toBe(before);
  });

  it("A070: what is above the limit is refused before it is hashed", async () => {
    const verify = vi.spyOn(crypto.subtle, "verify");
    expect(await post(bytes('"', "a".repeat(1024 * 1024), '"'))).toBe(413);
    expect(verify).not.toHaveBeenCalled();
  });

  it("A063: a copy is refused after the object was made anew", async () => {
    const timestamp = String(Date.now());
    const body = '{"n":63}';
    const parts = { method: "POST", pathWithQuery: "/orders", timestamp, body };
    const headers = {
      "x-api-key": made.key,
      "x-timestamp": timestamp,
      "x-signature": await signRequest(made.secret, parts),
    };
    expect((await send("/orders", { method: "POST", headers, body })).status).toBe(200);
    await abortAllDurableObjects();
    const before = received.length;
    expect((await send("/orders", { method: "POST", headers, body })).status).toBe(401);
    expect(received.length).toBe(before);
  });
});

describe("A065: a signed request that was over the limit", () => {
  it("is served unchanged when it is sent again as it was told", async () => {
    const { send, received } = spyOnOrigin(DEFRAME);
    const { key, secret, id } = await makeKey({ limits: { second: 1 } });
    await send("/orders", { headers: { "x-api-key": key } });
    const timestamp = String(Date.now());
    const body = '{"n":65}';
    const parts = { method: "POST", pathWithQuery: "/orders", timestamp, body };
    const signature = await signRequest(secret, parts);
    const headers = { "x-api-key": key, "x-timestamp": timestamp, "x-signature": signature };
    const first = await send("/orders", { method: "POST", headers, body });
    const waitSeconds = Number(first.headers.get("retry-after"));
    await new Promise((resolve) => setTimeout(resolve, waitSeconds * 1000));
    const second = await send("/orders", { method: "POST", headers, body });
    expect([first.status, second.status, received.length]).toEqual([429, 200, 2]);
    const { body: shown } = await manage("GET", `/api-keys/${id}`);
    expect(shown.data?.["request_count"]).toBe(2);
  });
});

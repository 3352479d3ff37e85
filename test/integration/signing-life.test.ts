/** Who has to sign, where secrets come from, and what a failed signature is told. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { call, keyStateOf, makeKey, manage, OPERATOR } from "../support/gateway.ts";
import { codeOf, signed } from "../support/signing-key.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

const required = workerWith(deframeWith({ signing: "required" }));
const off = workerWith(deframeWith({ signing: "off" }));

function unsigned(key: string): readonly [string, RequestInit] {
  return ["/echo", { headers: { "x-api-key": key } }];
}

describe("signing", () => {
  it("that an API requires refuses what is not signed, from the first request on", async () => {
    const key = await makeKey();
    const request = unsigned(key.key);
    expect((await required(...request)).status).toBe(401);
    expect((await required(...request)).status).toBe(401);
    expect((await required(...(await signed(key, {})))).status).toBe(200);
  });

  it("that a key requires refuses what is not signed, on the next request", async () => {
    const key = await makeKey();
    expect((await call(...unsigned(key.key))).status).toBe(200);
    const { body } = await manage("PATCH", `/api-keys/${key.id}`, { signing: "required" });
    expect(body.data).toMatchObject({ signing: "required" });
    const response = await call(...unsigned(key.key));
    expect(await codeOf(response)).toBe("MISSING_SIGNATURE");
  });

  it("that is off removes the headers of a signature and judges nothing", async () => {
    const key = await makeKey();
    const [path, init] = await signed({ ...key, secret: "another secret" }, {});
    const response = await off(path, init);
    expect(response.status).toBe(200);
    const { headers } = await response.json<{ headers: Record<string, string> }>();
    expect(headers["x-signature"]).toBeUndefined();
  });

  it("cannot be less for a key than for its API", async () => {
    const { account } = await makeKey();
    const { status, body } = await manage("POST", `/accounts/${account}/api-keys`, {
      name: "K",
      signing: "off",
    });
    expect(status).toBe(400);
    expect(body.error?.details).toEqual([
      { field: "signing", message: "must be optional or required: the API asks for no less" },
    ]);
  });

  it("of a cold key that is signed takes two calls of its object and one reading of KV", async () => {
    const key = await makeKey();
    const gets = vi.spyOn(env.KEYS, "get");
    const calls = vi.spyOn(env.KEY_STATE, "getByName");
    try {
      const fresh = workerWith(deframeWith({}));
      expect((await fresh(...(await signed(key, {})))).status).toBe(200);
      expect([gets.mock.calls.length, calls.mock.calls.length]).toEqual([1, 2]);
      expect((await fresh(...(await signed(key, {})))).status).toBe(200);
      expect([gets.mock.calls.length, calls.mock.calls.length]).toEqual([1, 3]);
    } finally {
      vi.restoreAllMocks();
    }
  });
});

describe("a rotation", () => {
  it("gives the new text a secret of its own and leaves the old text with its own", async () => {
    const key = await makeKey();
    const { body } = await manage("POST", `/api-keys/${key.id}/rotate`, {});
    const fresh = {
      id: key.id,
      key: String(body.data?.key),
      secret: String(body.data?.["signing_secret"]),
    };
    const mixed = await call(...(await signed({ ...fresh, secret: key.secret }, {})));
    expect(await codeOf(mixed)).toBe("INVALID_SIGNATURE");
    expect((await call(...(await signed(fresh, {})))).status).toBe(200);
    expect((await call(...(await signed(key, {})))).status).toBe(200);
  });
});

async function makeUnsigned(): Promise<{ readonly id: string; readonly key: string }> {
  const { account } = await makeKey();
  const response = await off(`/manage/v1/accounts/${account}/api-keys`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body: '{"name":"K"}',
  });
  const { data } = await response.json<{ data: Record<string, string> }>();
  expect(data).not.toHaveProperty("signing_secret");
  return { id: data["id"] ?? "", key: data["key"] ?? "" };
}

describe("a key without a signing secret", () => {
  it("is told so when it sends a signature", async () => {
    const key = await makeUnsigned();
    const response = await call(...(await signed({ ...key, secret: "none" }, {})));
    expect(response.status).toBe(401);
    expect(await response.text()).toContain("has no signing secret");
  });

  it("gets one when it is asked to sign, and is shown it once", async () => {
    const key = await makeUnsigned();
    const first = await manage("PATCH", `/api-keys/${key.id}`, { signing: "required" });
    const again = await manage("PATCH", `/api-keys/${key.id}`, { signing: "required" });
    expect(again.body.data).not.toHaveProperty("signing_secret");
    const secret = String(first.body.data?.["signing_secret"]);
    expect((await call(...(await signed({ ...key, secret }, {})))).status).toBe(200);
  });

  it("shows only one of two changes at once a secret", async () => {
    const key = await makeUnsigned();
    const both = await Promise.all(
      [1, 2].map(() => manage("PATCH", `/api-keys/${key.id}`, { signing: "required" })),
    );
    const shown = both.flatMap(({ body }) => body.data?.["signing_secret"] ?? []) as string[];
    const [secret = ""] = shown;
    expect(shown).toHaveLength(1);
    expect((await call(...(await signed({ ...key, secret }, {})))).status).toBe(200);
  });
});

describe("a failed signature of a test environment's key", () => {
  it("is told what was signed here", async () => {
    const key = await makeKey({ environment: "development" });
    const [path, init] = await signed(key, {
      method: "POST",
      path: "/echo?q=1",
      body: '{"a":1}',
      timestamp: Date.now(),
    });
    const stamp = new Headers(init.headers).get("x-timestamp") ?? "";
    const response = await call(path, { ...init, body: '{"a":2}' });
    const { error } = await response.json<{ error: { details: { signed: object } } }>();
    expect(error.details.signed).toEqual({
      method: "POST",
      path: "/echo?q=1",
      timestamp: stamp,
      body_bytes: 7,
      body_sha256: "7e8059f495589fcd981232cc11d00b00da3802c01d688fa1cf1f6bed6e5bb33c",
      message_bytes: 4 + 9 + 13 + 7,
      message: `POST/echo?q=1${stamp}{"a":2}`,
    });
  });

  it("never shows the key, wherever the client has put it", async () => {
    const key = await makeKey({ environment: "development" });
    const [path, init] = await signed(key, { method: "POST", body: `{"k":"${key.key}"}` });
    const response = await call(`${path}?k=${key.key}`, init);
    const text = await response.text();
    expect(response.status).toBe(401);
    expect(text).toContain("***");
    expect(text).not.toContain(key.key);
  });

  it("is not told of a live key's", async () => {
    const key = await makeKey();
    const [path, init] = await signed(key, { method: "POST", body: '{"a":1}' });
    const response = await call(path, { ...init, body: '{"a":2}' });
    expect(await response.json()).toEqual({
      error: {
        code: "INVALID_SIGNATURE",
        message: "The request signature does not verify.",
        httpStatus: 401,
      },
    });
  });
});

describe("a signing secret that cannot be read", () => {
  it("closes the key's signed requests with 503 and never lets them pass unsigned", async () => {
    const key = await makeKey({ signing: "required" });
    await runInDurableObject(keyStateOf(key.id), (_, { storage }) => {
      const { body } = storage.sql.exec<{ body: string }>("SELECT body FROM record").one();
      const record = JSON.parse(body) as { key: { texts: { signingSecret: string }[] } };
      for (const text of record.key.texts) {
        // Not its last character, of which some bits say nothing.
        text.signingSecret = text.signingSecret.replace(/\.[^.](?=[^.]*$)/, (first) =>
          first === ".A" ? ".B" : ".A",
        );
      }
      storage.sql.exec("UPDATE record SET body = ?", JSON.stringify(record));
    });
    await evictDurableObject(keyStateOf(key.id));
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const response = await workerWith(deframeWith({}))(...(await signed(key, {})));
    expect(response.status).toBe(503);
    expect(logged.mock.calls.flat().join("\n")).toContain("unreadable_signing_secret");
    logged.mockRestore();
  });
});

/** Signed requests through the whole Worker: real secrets, real objects, the page's own scheme. */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, it, test, vi } from "vitest";
import { call, keyStateOf, makeKey } from "../support/gateway.ts";
import { codeOf, signed } from "../support/signing-key.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

describe("a signed request", () => {
  it("is forwarded without its signature", async () => {
    const key = await makeKey();
    const response = await call(...(await signed(key, { path: "/echo?a=1&b=%20" })));
    expect(response.status).toBe(200);
    const { headers } = await response.json<{ headers: Record<string, string> }>();
    expect(headers["x-signature"] ?? headers["x-timestamp"]).toBeUndefined();
  });

  it("brings its body to the origin byte for byte", async () => {
    const key = await makeKey();
    const body = '{"a": 1.0, "a": 2}';
    const response = await call(...(await signed(key, { method: "POST", body })));
    expect(await response.json()).toMatchObject({ body });
  });

  it("is refused when its body is another one", async () => {
    const key = await makeKey();
    const [path, init] = await signed(key, { method: "POST", body: '{"a":1}' });
    const response = await call(path, { ...init, body: '{"a":1.0}' });
    expect(response.status).toBe(401);
    expect(await codeOf(response)).toBe("INVALID_SIGNATURE");
  });

  it("is refused with another key's secret", async () => {
    const [key, other] = [await makeKey(), await makeKey()];
    const response = await call(...(await signed({ ...key, secret: other.secret }, {})));
    expect(await codeOf(response)).toBe("INVALID_SIGNATURE");
  });

  it("that is refused costs its key nothing", async () => {
    const key = await makeKey();
    const [path, init] = await signed({ ...key, secret: "another secret" }, {});
    await call(path, init);
    const admitted = await call("/echo", { headers: { "x-api-key": key.key } });
    expect(admitted.headers.get("x-ratelimit-remaining")).toBe("99");
  });

  test.each([
    ["x-timestamp", "MISSING_SIGNATURE"],
    ["x-signature", "MISSING_SIGNATURE"],
  ])("without %s is refused as incomplete", async (name, code) => {
    const key = await makeKey();
    const [path, init] = await signed(key, {});
    const headers = new Headers(init.headers);
    headers.delete(name);
    const response = await call(path, { ...init, headers });
    expect(await codeOf(response)).toBe(code);
  });

  it("is refused when its timestamp is 301 seconds old", async () => {
    const key = await makeKey();
    const response = await call(...(await signed(key, { timestamp: Date.now() - 301_000 })));
    expect(await codeOf(response)).toBe("TIMESTAMP_OUT_OF_RANGE");
  });

  it("is refused when its body is no JSON value that the scheme takes", async () => {
    const key = await makeKey();
    const response = await call(...(await signed(key, { method: "POST", body: "a=1" })));
    expect(response.status).toBe(400);
  });

  it("is refused when its body is above the API's limit", async () => {
    const limited = workerWith(deframeWith({ max_signed_body_bytes: 10 }));
    const key = await makeKey();
    const fits = await limited(...(await signed(key, { method: "POST", body: '"12345678"' })));
    const tooLarge = await limited(...(await signed(key, { method: "POST", body: '"123456789"' })));
    expect([fits.status, tooLarge.status]).toEqual([200, 413]);
  });
});

describe("a signature of a request that may change something", () => {
  const post = { method: "POST", body: '{"a":1}' };

  it("is good once", async () => {
    const key = await makeKey();
    const request = await signed(key, post);
    expect((await call(...request)).status).toBe(200);
    const again = await call(...request);
    expect(again.status).toBe(401);
    expect(await codeOf(again)).toBe("REPLAYED_SIGNATURE");
  });

  it("is good once in whatever spelling", async () => {
    const key = await makeKey();
    const [path, init] = await signed(key, post);
    await call(path, init);
    const headers = new Headers(init.headers);
    headers.set("x-signature", (headers.get("x-signature") ?? "").toUpperCase());
    headers.set("x-unsigned", "1");
    expect(await codeOf(await call(path, { ...init, headers }))).toBe("REPLAYED_SIGNATURE");
  });

  it("is remembered by an object that was evicted", async () => {
    const key = await makeKey();
    const request = await signed(key, post);
    await call(...request);
    await evictDurableObject(keyStateOf(key.id));
    expect(await codeOf(await call(...request))).toBe("REPLAYED_SIGNATURE");
  });

  it("is not used up by a refusal for the limits", async () => {
    const key = await makeKey({ limits: { second: 1 } });
    await call("/echo", { headers: { "x-api-key": key.key } });
    const request = await signed(key, post);
    expect((await call(...request)).status).toBe(429);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await call(...request)).status).toBe(200);
  });

  it("is forgotten, at the sixteenth after it, once no clock takes its timestamp for current", async () => {
    const key = await makeKey();
    await call(...(await signed(key, post)));
    const future = Date.now() + 3_600_000;
    vi.useFakeTimers({ toFake: ["Date"], now: future });
    try {
      for (let n = 0; n < 16; n += 1) {
        await call(...(await signed(key, { ...post, body: `{"n":${n}}`, timestamp: future })));
      }
      const rows = await runInDurableObject(keyStateOf(key.id), (_, { storage }) =>
        storage.sql.exec("SELECT DISTINCT until_ms FROM replay").toArray(),
      );
      expect(rows).toEqual([{ until_ms: future + 600_000 }]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("of a reading request may be sent again", async () => {
    const key = await makeKey();
    const request = await signed(key, {});
    await call(...request);
    expect((await call(...request)).status).toBe(200);
  });
});

describe("copies of signed requests that arrive at once", () => {
  it(
    "are forwarded once for each of 100 messages, whatever restarts",
    { timeout: 30_000 },
    async () => {
      const key = await makeKey({ limits: { minute: 10_000 } });
      let forwarded = 0;
      for (let round = 0; round < 10; round += 1) {
        const requests = await Promise.all(
          Array.from({ length: 10 }, (_, index) =>
            signed(key, { method: "POST", body: `{"n":${round * 10 + index}}` }),
          ),
        );
        const copies = requests.flatMap((request) => Array.from({ length: 20 }, () => request));
        const answers = Promise.all(
          copies.map(async ([path, init]) => (await call(path, init)).status),
        );
        if (round % 3 === 0) await evictDurableObject(keyStateOf(key.id));
        forwarded += (await answers).filter((status) => status === 200).length;
      }
      expect(forwarded).toBe(100);
    },
  );
});

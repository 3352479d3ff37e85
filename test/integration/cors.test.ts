/** CORS as the configuration's `cors` says: what a browser's page may call and read. */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { makeKey } from "../support/gateway.ts";
import { apiWith, deframeWith, workerWith } from "../support/worker-with.ts";

const APP = "https://app.example";
const ORIGIN = "https://origin.example.com";

const listed = workerWith(
  deframeWith({ cors: { origins: [APP, "http://localhost:3000"] }, origin: ORIGIN }),
);
const open = workerWith(deframeWith({ cors: { origins: ["*"] }, origin: ORIGIN }));
const closed = workerWith(deframeWith({ origin: ORIGIN }));

afterEach(() => {
  vi.restoreAllMocks();
});

/** Answers for the URL origin with these headers, and counts how often it was called. */
function spyOrigin(headers: Record<string, string> = {}): { readonly calls: () => number } {
  const spy = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation(async () => new Response("ok", { headers }));
  return { calls: () => spy.mock.calls.length };
}

function preflight(
  worker: typeof listed,
  origin: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  return worker("/strategies", {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "GET", ...headers },
  });
}

/** The names of the CORS headers that an answer has. */
function corsHeadersOf({ headers }: Response): readonly string[] {
  return [...headers.keys()].filter((name) => name.startsWith("access-control-"));
}

test.each([APP, "http://localhost:3000"])("a preflight from %s is allowed", async (origin) => {
  const response = await preflight(listed, origin, {
    "access-control-request-headers": "x-api-key,content-type",
  });
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBe(origin);
  expect(response.headers.get("access-control-allow-methods")).toBe(
    "GET, HEAD, POST, PUT, PATCH, DELETE",
  );
  expect(response.headers.get("access-control-allow-headers")).toBe("x-api-key,content-type");
  expect(response.headers.get("access-control-max-age")).toBe("600");
  expect(response.headers.get("vary")).toBe("Origin");
});

it("a preflight costs no KV read, no object call and no call of the origin", async () => {
  const { key } = await makeKey();
  const kv = vi.spyOn(env.KEYS, "get");
  const objects = [env.KEY_STATE, env.ACCOUNT, env.DIRECTORY].map((namespace) =>
    vi.spyOn(namespace, "getByName"),
  );
  const origin = spyOrigin();
  const response = await preflight(listed, APP, { "x-api-key": key });
  expect(response.status).toBe(204);
  expect(response.headers.has("x-ratelimit-remaining")).toBe(false);
  expect(kv).not.toHaveBeenCalled();
  expect(objects.map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
  expect(origin.calls()).toBe(0);
});

it("preflights are not counted", async () => {
  const { key } = await makeKey();
  spyOrigin();
  await preflight(listed, APP, { "x-api-key": key });
  const response = await listed("/strategies", { headers: { "x-api-key": key } });
  expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
});

test.each([
  "https://other.example",
  "null",
  "https://app.example.evil",
  "https://evil-app.example",
  "https://app.example:8443",
  "https://app.example/",
  "https://APP.example",
  "http://app.example",
  "https://sub.app.example",
  "*",
  "",
])("a preflight from %j gets 204 without an allow header", async (origin) => {
  const response = await preflight(listed, origin);
  expect(response.status).toBe(204);
  expect(corsHeadersOf(response)).toEqual([]);
});

it("without a configuration a preflight gets 204 without an allow header", async () => {
  const response = await preflight(closed, APP);
  expect(response.status).toBe(204);
  expect(corsHeadersOf(response)).toEqual([]);
});

test.each<[string, Record<string, string>]>([
  ["no Origin", { "access-control-request-method": "GET" }],
  ["no Access-Control-Request-Method", { origin: APP }],
])("OPTIONS with %s is no preflight and needs a key", async (_, headers) => {
  const origin = spyOrigin();
  const response = await listed("/strategies", { method: "OPTIONS", headers });
  expect(response.status).toBe(401);
  expect(origin.calls()).toBe(0);
});

it("every origin is allowed with * and never with credentials", async () => {
  const response = await preflight(open, "https://anyone.example");
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  expect(response.headers.has("vary")).toBe(false);
});

it("1 MB of Access-Control-Request-Headers is answered fast and not reflected", async () => {
  const startMs = Date.now();
  const response = await preflight(listed, APP, {
    "access-control-request-headers": "x-a, ".repeat(200_000) + "!",
  });
  await scheduler.wait(1);
  expect(Date.now() - startMs).toBeLessThan(200);
  expect(response.headers.has("access-control-allow-headers")).toBe(false);
});

test.each([
  ["a long list that ends in no name", `${"a,".repeat(500)}(`],
  ["markup", "x-a, <script>"],
  ["another separator", "x-a;x-b"],
  ["an empty name", "x-a,,x-b"],
  ["nothing but a comma", ","],
  ["1025 characters", "a".repeat(1025)],
])("requested headers with %s are not reflected", async (_, requested) => {
  const response = await preflight(listed, APP, { "access-control-request-headers": requested });
  expect(response.status).toBe(204);
  expect(response.headers.has("access-control-allow-headers")).toBe(false);
});

it("an allowed page may read a refusal and the limits that it tells", async () => {
  const response = await listed("/strategies", { headers: { origin: APP } });
  expect(response.status).toBe(401);
  expect(response.headers.get("access-control-allow-origin")).toBe(APP);
  expect(response.headers.get("access-control-expose-headers")).toBe(
    "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id",
  );
  expect(response.headers.get("vary")).toBe("Origin");
});

it("an allowed page may read that it is over its limit", async () => {
  const { key } = await makeKey({ limits: { minute: 1 } });
  spyOrigin();
  const headers = { origin: APP, "x-api-key": key };
  await listed("/strategies", { headers });
  const response = await listed("/strategies", { headers });
  expect(response.status).toBe(429);
  expect(response.headers.get("access-control-allow-origin")).toBe(APP);
});

it("a foreign page may read no refusal", async () => {
  const response = await listed("/strategies", { headers: { origin: "https://other.example" } });
  expect(response.status).toBe(401);
  expect(corsHeadersOf(response)).toEqual([]);
});

it("the origin's own CORS headers are replaced by ours", async () => {
  const { key } = await makeKey();
  spyOrigin({
    "access-control-allow-origin": "*",
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-internal",
    vary: "Accept-Encoding",
  });
  const response = await listed("/strategies", { headers: { origin: APP, "x-api-key": key } });
  expect(response.headers.get("access-control-allow-origin")).toBe(APP);
  expect(response.headers.has("access-control-allow-credentials")).toBe(false);
  expect(response.headers.get("access-control-expose-headers")).toContain("X-RateLimit-Remaining");
  expect(response.headers.get("vary")).toBe("Accept-Encoding, Origin");
});

it("the origin's own CORS headers allow nothing to a foreign page", async () => {
  const { key } = await makeKey();
  spyOrigin({
    "access-control-allow-origin": "https://other.example",
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "*",
    "access-control-allow-headers": "*",
    "access-control-expose-headers": "*",
  });
  const headers = { origin: "https://other.example", "x-api-key": key };
  expect(corsHeadersOf(await listed("/strategies", { headers }))).toEqual([]);
});

it("the origin's own CORS headers are unchanged where none are configured", async () => {
  const { key } = await makeKey();
  spyOrigin({
    "access-control-allow-origin": APP,
    "access-control-allow-credentials": "true",
    "access-control-expose-headers": "x-internal",
    vary: "Origin",
  });
  const { headers } = await closed("/strategies", { headers: { origin: APP, "x-api-key": key } });
  expect(headers.get("access-control-allow-origin")).toBe(APP);
  expect(headers.get("access-control-allow-credentials")).toBe("true");
  expect(headers.get("access-control-expose-headers")).toBe("x-internal");
  expect(headers.get("vary")).toBe("Origin");
});

it("the answer to a call without an Origin header varies by it all the same", async () => {
  const { key } = await makeKey();
  spyOrigin();
  const response = await listed("/strategies", { headers: { "x-api-key": key } });
  expect(response.headers.get("vary")).toBe("Origin");
  expect(corsHeadersOf(response)).toEqual([]);
});

it("a preflight of a path that holds a key is answered without the key", async () => {
  const worker = workerWith(apiWith("subfrost", { cors: { origins: [APP] } }));
  const response = await worker("/v4/00000000000000000000000000000000", {
    method: "OPTIONS",
    headers: { origin: APP, "access-control-request-method": "POST" },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBe(APP);
});

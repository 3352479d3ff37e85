import { afterEach, expect, it, test, vi } from "vitest";
import { call, echo, makeKey } from "../support/gateway.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

const ORIGIN = "https://origin.example.com";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Answers what goes out to a URL origin, and remembers it. */
function spyOrigin(answer: (request: Request) => Response | Promise<Response>): Request[] {
  const seen: Request[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    seen.push(request);
    return answer(request);
  });
  return seen;
}

interface Echo {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

it("the origin gets method, path, query and body unchanged", async () => {
  const { key } = await makeKey();
  const response = await call("/echo/a%20b?x=1&x=2&y=%2F", {
    method: "POST",
    headers: { "x-api-key": key, "content-type": "text/plain" },
    body: "hello",
  });
  const seen = await response.json<Echo>();
  expect(seen.method).toBe("POST");
  expect(new URL(seen.url).pathname + new URL(seen.url).search).toBe("/echo/a%20b?x=1&x=2&y=%2F");
  expect(seen.body).toBe("hello");
});

it("the origin learns who calls from headers that only the authorizer sets", async () => {
  const { id, key, account } = await makeKey({ permissions: ["read", "write"] });
  const response = await echo(key, {
    headers: {
      "X-Authz-Key-Id": "forged",
      X_Authz_Account_Id: "forged",
      "X.Authz.Permissions": "forged",
      "cf-connecting-ip": "203.0.113.7",
      "x-forwarded-for": "10.0.0.1",
      x_forwarded_for: "10.0.0.1",
      "x-real-ip": "10.0.0.1",
    },
  });
  const { headers } = await response.json<Echo>();
  expect(headers).toMatchObject({
    "x-authz-key-id": id,
    "x-authz-account-id": account,
    "x-authz-environment": "production",
    "x-authz-permissions": "read write",
    "x-authz-api": "deframe",
    "x-forwarded-for": "203.0.113.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "api.example.com",
  });
  expect(JSON.stringify(headers)).not.toContain("forged");
  expect(JSON.stringify(headers)).not.toContain("10.0.0.1");
});

it("the key reaches the origin in no header, no path and no query", async () => {
  const { key } = await makeKey();
  const response = await call(`/echo/${key}/x?copy=${key}`, {
    headers: { "x-api-key": key, cookie: `k=${key}`, referer: `https://a.example/?k=${key}` },
  });
  expect(response.status).toBe(200);
  expect(await response.text()).not.toContain(key);
});

test.each([
  ["connection", "close, x-authz-key-id"],
  ["proxy-authorization", "Basic eA=="],
  ["te", "trailers"],
  ["expect", "100-continue"],
  ["x-http-method-override", "DELETE"],
  ["x-original-url", "/admin"],
  ["forwarded", "for=10.0.0.1"],
  ["true-client-ip", "10.0.0.1"],
])("the header %s does not reach the origin", async (name, value) => {
  const { id, key } = await makeKey();
  const response = await echo(key, { headers: { [name]: value } });
  const { headers } = await response.json<Echo>();
  expect(headers[name]).toBeUndefined();
  expect(headers["x-authz-key-id"]).toBe(id);
});

it("a header that Connection names is the client's own and is dropped", async () => {
  const { key } = await makeKey();
  const response = await echo(key, {
    headers: { connection: "x-private", "x-private": "1", "x-public": "2" },
  });
  const { headers } = await response.json<Echo>();
  expect([headers["x-private"], headers["x-public"]]).toEqual([undefined, "2"]);
});

it("a URL origin gets the path below its own, and its host whatever the path is", async () => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ origin: `${ORIGIN}/base/`, paths: "lenient" }));
  const seen = spyOrigin(() => new Response("ok"));
  await ask("/a/b?c", { headers: { "x-api-key": key } });
  await ask("https://api.example.com//evil.test/x", { headers: { "x-api-key": key } });
  expect(seen.map(({ url }) => url)).toEqual([
    `${ORIGIN}/base/a/b?c`,
    `${ORIGIN}/base//evil.test/x`,
  ]);
});

test.each([
  "//evil.test/x",
  "/.//evil.test/",
  "/..//evil.test",
  "/a;b",
  "/a%2fb",
  "/a%00",
  "/%c0%ae",
])("the ambiguous path %s is refused and not forwarded", async (path) => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ origin: ORIGIN }));
  const seen = spyOrigin(() => new Response("ok"));
  const response = await ask(`https://api.example.com${path}`, { headers: { "x-api-key": key } });
  expect(response.status).toBe(400);
  expect(seen).toEqual([]);
});

it("a redirect is passed on and not followed", async () => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ origin: ORIGIN }));
  const seen = spyOrigin(
    () => new Response(null, { status: 302, headers: { location: "https://evil.test/" } }),
  );
  const response = await ask("/x", { headers: { "x-api-key": key } });
  expect([response.status, response.headers.get("location")]).toEqual([302, "https://evil.test/"]);
  expect(seen[0]?.redirect).toBe("manual");
});

it("the limits' headers of the authorizer win over the origin's", async () => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ origin: ORIGIN }));
  spyOrigin(() => new Response("ok", { headers: { "x-ratelimit-remaining": "7", a: "b" } }));
  const response = await ask("/x", { headers: { "x-api-key": key } });
  expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
  expect(response.headers.get("a")).toBe("b");
});

it("the origin's request id is kept and one is made where it sets none", async () => {
  const { key } = await makeKey();
  const ask = workerWith(deframeWith({ origin: ORIGIN }));
  const answers = [
    new Response("ok", { headers: { "x-request-id": "theirs" } }),
    new Response("ok"),
  ];
  const seen = spyOrigin(() => answers.shift() ?? new Response());
  const kept = await ask("/x", { headers: { "x-api-key": key } });
  const made = await ask("/x", { headers: { "x-api-key": key, "x-request-id": "client" } });
  expect(kept.headers.get("x-request-id")).toBe("theirs");
  expect(made.headers.get("x-request-id")).toBe(seen[1]?.headers.get("x-request-id"));
  expect(made.headers.get("x-request-id")).not.toBe("client");
});

it("keys of a test environment go to the test origin", async () => {
  const live = await makeKey();
  const development = await makeKey({ environment: "development" });
  const ask = workerWith(deframeWith({ origin: ORIGIN, test_origin: "https://test.example.com" }));
  const seen = spyOrigin(() => new Response("ok"));
  await ask("/x", { headers: { "x-api-key": live.key } });
  await ask("/x", { headers: { "x-api-key": development.key } });
  expect(seen.map(({ url }) => url)).toEqual([`${ORIGIN}/x`, "https://test.example.com/x"]);
});

test.each(["TRACE", "PURGE", "QUERY"])(
  "the method %s is refused with those allowed",
  async (method) => {
    const { key } = await makeKey();
    const response = await echo(key, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  },
);

it("a preflight is answered without a key and without allow headers", async () => {
  const response = await call("/echo", {
    method: "OPTIONS",
    headers: { origin: "https://app.example", "access-control-request-method": "GET" },
  });
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
});

it("OPTIONS that is no preflight needs a key", async () => {
  expect((await call("/echo", { method: "OPTIONS" })).status).toBe(401);
});

test.each(["X-Forwarded", "Forwarded-For", "X-Original-Forwarded-For", "X-Host", "X-Remote-Addr"])(
  "the forwarding header %s of a client does not reach the origin",
  async (name) => {
    const { key } = await makeKey();
    const response = await echo(key, { headers: { [name]: "6.6.6.6" } });
    expect(await response.text()).not.toContain("6.6.6.6");
  },
);

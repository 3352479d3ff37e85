/** Attacks by headers to and from the origin: rows A039 to A052 of docs/attacks.md. */
import { afterEach, expect, it, test, vi } from "vitest";
import {
  attack,
  attackedApis,
  makeKeyOf,
  pathOf,
  someKeyOf,
  TARGETS,
  use,
  watch,
  withEachTarget,
  withKey,
  type Target,
} from "../support/attacked.ts";
import { workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const [SUBFROST] = TARGETS as [Target];

/** The headers that reached the origin with the last request, and nothing but one request. */
function headersAt(reached: readonly Request[]): Headers {
  const [request, ...more] = reached;
  if (request === undefined || more.length > 0) throw new Error(`${reached.length} requests`);
  return request.headers;
}

/** Whether any value that reached the origin holds a text. */
function holds(headers: Headers, text: string): boolean {
  return [...headers].some(([name, value]) => `${name}: ${value}`.includes(text));
}

test.each(TARGETS)("A039 $dialect: who calls is told by the authorizer alone", async (target) => {
  const { id, account, key } = await makeKeyOf(target);
  const watched = watch();
  await use(target, key, {
    headers: {
      "X-Authz-Key-Id": "forged",
      "x-authz-account-id": "forged",
      X_Authz_Key_Id: "forged",
      x_authz_account_id: "forged",
      "X.Authz.Permissions": "forged",
      "X-Authz_Environment": "forged",
      "x-authz-anything": "forged",
      "X-AUTHZ-ASSERTION": "forged",
      "x-authz-": "forged",
    },
  });
  const headers = headersAt(watched.reached);
  expect(holds(headers, "forged")).toBe(false);
  expect(headers.get("x-authz-key-id")).toBe(id);
  expect(headers.get("x-authz-account-id")).toBe(account);
  expect(headers.get("x-authz-api")).toBe(target.api);
});

const NAMED = [
  "x-authz-key-id",
  "x-authz-account-id",
  "x-api-key",
  "authorization",
  "x-forwarded-for",
  "x-request-id",
  "content-length",
  "cf-connecting-ip",
];

test.each(withEachTarget(NAMED))(
  "A041 %s: Connection cannot take %s from what the origin is told",
  async (_, name, target) => {
    const { id, account, key } = await someKeyOf(target);
    const watched = watch();
    const response = await use(target, key, {
      method: "POST",
      body: '{"jsonrpc":"2.0","id":1,"method":"m"}',
      headers: { connection: `close, ${name}`, "cf-connecting-ip": "203.0.113.7" },
    });
    expect(response.status).toBe(200);
    const headers = headersAt(watched.reached);
    expect(headers.has("connection")).toBe(false);
    expect([headers.get("x-authz-key-id"), headers.get("x-authz-account-id")]).toEqual([
      id,
      account,
    ]);
    expect(headers.get("x-forwarded-for")).toBe("203.0.113.7");
    expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
    expect(holds(headers, key)).toBe(false);
    expect(await watched.reached[0]?.text()).toBe('{"jsonrpc":"2.0","id":1,"method":"m"}');
  },
);

test.each(
  withEachTarget([
    "Proxy-Authorization",
    "Proxy-Authenticate",
    "Proxy-Connection",
    "TE",
    "Trailer",
    "Keep-Alive",
    "HTTP2-Settings",
    "Expect",
    "Upgrade",
  ]),
)("A042 %s: %s stays on its own connection", async (_, name, target) => {
  const { key } = await someKeyOf(target);
  const watched = watch();
  expect((await use(target, key, { headers: { [name]: "canary" } })).status).toBe(200);
  expect(holds(headersAt(watched.reached), "canary")).toBe(false);
});

const FORWARDING = [
  "X-Forwarded-For",
  "X-Forwarded-Host",
  "X-Forwarded-Proto",
  "X-Forwarded-Port",
  "X-Forwarded-Server",
  "X-Forwarded-Uri",
  "X-Forwarded-Prefix",
  "Forwarded",
  "Via",
  "X-Real-IP",
  "True-Client-IP",
  "X-Client-IP",
  "X-Cluster-Client-IP",
  "X-Original-URL",
  "X-Original-Host",
  "X-Rewrite-URL",
  "X-Host",
  "X-Envoy-External-Address",
];

test.each(TARGETS)("A043 $dialect: no forwarding header of a client's passes", async (target) => {
  const { key } = await someKeyOf(target);
  const forged = Object.fromEntries(FORWARDING.map((name) => [name, "6.6.6.6"]));
  const watched = watch();
  await use(target, key, { headers: { ...forged, "cf-connecting-ip": "203.0.113.7" } });
  const headers = headersAt(watched.reached);
  expect(holds(headers, "6.6.6.6")).toBe(false);
  expect(headers.get("x-forwarded-for")).toBe("203.0.113.7");
  expect(headers.get("x-forwarded-host")).toBe("api.example.com");
  expect(headers.get("x-forwarded-proto")).toBe("https");
});

test.each(TARGETS)("A044 $dialect: nor do they under other names for the same", async (target) => {
  const { key } = await someKeyOf(target);
  const spellings = FORWARDING.flatMap((name) => [
    name.replaceAll("-", "_"),
    name.replaceAll("-", "."),
    name.replace("-", "_").toUpperCase(),
  ]);
  const forged = Object.fromEntries(
    spellings.filter((name) => /[_.]/.test(name)).map((name) => [name, "6.6.6.6"]),
  );
  const watched = watch();
  await use(target, key, { headers: forged });
  expect(holds(headersAt(watched.reached), "6.6.6.6")).toBe(false);
});

test.each(TARGETS)("A045 $dialect: the edge's own headers cannot be pretended", async (target) => {
  const { key } = await someKeyOf(target);
  const watched = watch();
  await use(target, key, {
    headers: {
      "CF-Connecting-IP": "203.0.113.7",
      "CF-Connecting-IPv6": "2001:db8::6",
      "CF-Worker": "evil.example",
      "CF-Ray": "6",
      "CF-IPCountry": "XX",
      "CDN-Loop": "evil",
      CF_Connecting_IP: "6.6.6.6",
    },
  });
  const names = [...headersAt(watched.reached).keys()];
  expect(names.filter((name) => /^(?:cf|cdn)[-_]/.test(name))).toEqual([]);
  expect(headersAt(watched.reached).get("x-forwarded-for")).toBe("203.0.113.7");
});

test.each(TARGETS)("A045 $dialect: without an address none is made up", async (target) => {
  const { key } = await someKeyOf(target);
  const watched = watch();
  await use(target, key, { headers: { "x-forwarded-for": "6.6.6.6" } });
  expect(headersAt(watched.reached).has("x-forwarded-for")).toBe(false);
});

test.each(TARGETS)("A049 $dialect: the origin cannot tell other limits", async (target) => {
  const { key } = await makeKeyOf(target);
  watch(
    () =>
      new Response("ok", {
        headers: [
          ["x-ratelimit-limit", "1"],
          ["x-ratelimit-remaining", "0"],
          ["x-ratelimit-reset", "1"],
          ["ratelimit", '"minute";r=0;t=1'],
          ["ratelimit-policy", '"minute";q=1;w=1'],
          ["connection", "x-secret"],
          ["x-secret", "s"],
          ["keep-alive", "timeout=5"],
          ["set-cookie", "session=1"],
        ],
      }),
  );
  const { headers } = await use(target, key);
  expect(headers.get("x-ratelimit-limit")).toBe("100");
  expect(headers.get("x-ratelimit-remaining")).toBe("99");
  expect(Number(headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1000);
  expect(headers.get("ratelimit")).toBe('"minute";r=99;t=60, "hour";r=999;t=3600');
  expect(headers.get("ratelimit-policy")).toBe('"minute";q=100;w=60, "hour";q=1000;w=3600');
  expect(["connection", "x-secret", "keep-alive"].filter((name) => headers.has(name))).toEqual([]);
  expect(headers.getSetCookie()).toEqual(["session=1"]);
});

test.each(withEachTarget(["https://evil.test/x", "//evil.test/x", "http://internal:8080/"]))(
  "A050 %s: a redirect to %s is passed on, not followed",
  async (_, location, target) => {
    const { key } = await someKeyOf(target);
    const watched = watch(() => new Response(null, { status: 302, headers: { location } }));
    const response = await use(target, key);
    expect([response.status, response.headers.get("location")]).toEqual([302, location]);
    expect(watched.reached.map(({ redirect }) => redirect)).toEqual(["manual"]);
  },
);

it("A051 a key in the path does not come back in a header of the origin's", async () => {
  const { key } = await makeKeyOf(SUBFROST);
  const at = `https://api.example.com/v4/${key}`;
  watch(
    () =>
      new Response(null, {
        status: 302,
        headers: [
          ["location", `${at}?again`],
          ["link", `<${at}>; rel=next`],
          ["set-cookie", `at=${key}`],
          ["set-cookie", "b=2"],
          ["content-location", at],
        ],
      }),
  );
  const { headers } = await attack(`/v4/${key}`);
  expect(headers.get("location")).toBe("https://api.example.com/v4/***?again");
  expect(headers.getSetCookie()).toEqual(["at=***", "b=2"]);
  expect(holds(headers, key)).toBe(false);
});

test.each(TARGETS)(
  "A052 $dialect: an error page that shows its request shows no key",
  async (target) => {
    const { key } = await someKeyOf(target);
    watch(({ url, headers }) => {
      const body = JSON.stringify({ url, headers: [...headers] });
      return new Response(body, { status: 500 });
    });
    const response = await attack(`${pathOf(target)}?k=${key}`, {
      headers: withKey(target, key, { cookie: `k=${key}`, referer: `https://a.example/${key}` }),
    });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).toContain("x-authz-key-id");
    expect(text).not.toContain(key);
  },
);

it("A033 an origin cannot have its own CORS headers told beside ours", async () => {
  const target = TARGETS[4] ?? SUBFROST;
  const { key } = await someKeyOf(target);
  const ask = workerWith(attackedApis({ cors: { origins: ["*"] } }));
  watch(() => new Response("ok", { headers: { "access-control-allow-credentials": "true" } }));
  const { headers } = await ask(pathOf(target), {
    headers: withKey(target, key, { origin: "https://a.example" }),
  });
  expect(headers.get("access-control-allow-origin")).toBe("*");
  expect(headers.has("access-control-allow-credentials")).toBe(false);
});

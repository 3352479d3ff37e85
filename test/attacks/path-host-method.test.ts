/** Attacks by path, host and method: rows A019 to A037 of docs/attacks.md that need no raw socket. */
import { afterEach, expect, it, test, vi } from "vitest";
import {
  attack,
  attackedApis,
  casesWithEachTarget,
  makeKeyOf,
  OPERATOR_TOKEN,
  pathOf,
  someKeyOf,
  TARGETS,
  use,
  watch,
  withEachTarget,
  withKey,
  type Target,
} from "../support/attacked.ts";
import { expectAnswerOfAuthorizer, expectRefused } from "../support/expect-refused.ts";
import vectors from "../support/vectors/path-normalisation.json";
import { workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const HOST = "https://api.example.com";
const [SUBFROST, , EXAMPLE] = TARGETS as [Target, Target, Target];

/** The target's own path, and a key that may use nothing below its base but `…/items/*`. */
async function makeItemsKey(target: Target): Promise<string> {
  const { key } = await someKeyOf(target, {
    restrictions: { endpoints: [`GET ${target.base}/items/*`] },
  });
  return key;
}

const RULES: Readonly<Record<string, readonly string[]>> = vectors.rules;

test.each(vectors.cases)(
  "A019 $id: the target is judged as it is forwarded: $note",
  async (row) => {
    const target = TARGETS.find(({ api }) => api === row.api);
    if (target === undefined) throw new Error(`no target ${row.api}`);
    const { key } = await someKeyOf(target, { restrictions: { endpoints: RULES[row.api] ?? [] } });
    const watched = watch();
    const response = await attack(HOST + row.rawTarget, { headers: withKey(target, key) });
    switch (row.action) {
      case "allow":
        expect(
          watched.reached.map(({ url }) => url.replace("https://origin.example.com", "")),
        ).toEqual([row.rawTarget.endsWith("?") ? `${row.workerdUrl}?` : row.workerdUrl]);
        break;
      case "deny":
        await expectRefused(response, target, "endpoint_not_allowed", watched, [key]);
        break;
      case "reject":
        await expectRefused(response, target, "invalid_request", watched, [key]);
        break;
      default:
        expect(response.status).toBeLessThan(500);
    }
  },
);

const OTHER_HOSTS = [
  "//evil.test/x",
  "/\\evil.test/x",
  "/.//evil.test/",
  "/..//evil.test",
  "/%2f/evil.test",
];

test.each(withEachTarget(OTHER_HOSTS))(
  "A020 %s: %s leads to no other host",
  async (_, path, target) => {
    const { key } = await someKeyOf(target);
    const watched = watch();
    const url = `${HOST}${target.base}/x${path}`;
    const response = await attack(url, { headers: withKey(target, key) });
    await expectRefused(response, target, "invalid_request", watched, [key]);
    expect(watched.io()).toEqual([0, 0]);
  },
);

test.each(OTHER_HOSTS)("A020 the target %s leads to no other host", async (path) => {
  const watched = watch();
  const response = await attack(HOST + path, { headers: { "x-api-key": "k" } });
  expect(response.status).toBe(400);
  expect([watched.reached, watched.io()]).toEqual([[], [0, 0]]);
});

/** Ways out of a directory that the URL parser resolves. */
const WAYS_OUT = ["/../admin", "/%2e%2e/admin", "/..\\admin", "/.%2e/admin", "/%2E./admin"];

test.each(withEachTarget(WAYS_OUT))(
  "A021 %s: %s does not lead out of what a key may use",
  async (_, way, target) => {
    const key = await makeItemsKey(target);
    const watched = watch();
    const url = `${HOST}${target.base}/items${way}`;
    const response = await attack(url, { headers: withKey(target, key) });
    // Where keys stand in the path, the last segment is a second key.
    const reason = target === SUBFROST ? "malformed_credential" : "endpoint_not_allowed";
    await expectRefused(response, target, reason, watched, [key]);
  },
);

/** What some origin reads as another path than the one that is compared. */
const AMBIGUOUS = [
  "/..%2fadmin",
  "/..%5cadmin",
  "/%252e%252e/admin",
  "/..;/admin",
  "/7;x=1",
  "/7%00",
  "/7%0d%0a",
  "/%c0%ae%c0%ae/admin",
  "/%u002e%u002e/admin",
  "//7",
];

test.each(withEachTarget(AMBIGUOUS))(
  "A022 %s: %s is refused before the key is looked at",
  async (_, path, target) => {
    const { key } = await someKeyOf(target);
    const watched = watch();
    const url = `${HOST}${target.base}/items${path}`;
    const response = await attack(url, { headers: withKey(target, key) });
    await expectRefused(response, target, "invalid_request", watched, [key]);
    expect(watched.io()).toEqual([0, 0]);
  },
);

test.each([
  ["/v1/api%2dkeys", 403],
  ["/v1/api-keys/", 403],
  ["/%761/api-keys", 403],
  ["/v1/./api-keys", 403],
])("A023 %s is the self-service route, with its permissions", async (path, status) => {
  const { key } = await someKeyOf(EXAMPLE, { permissions: [] });
  const watched = watch();
  const response = await attack(HOST + path, { headers: withKey(EXAMPLE, key) });
  expect([response.status, watched.reached]).toEqual([status, []]);
});

test.each(["/V1/API-KEYS", "/V1/api-keys"])("A023 %s is a path of no such API", async (path) => {
  const { key } = await someKeyOf(EXAMPLE);
  const watched = watch();
  const response = await attack(HOST + path, { headers: withKey(EXAMPLE, key) });
  expect([response.status, watched.reached, watched.io()]).toEqual([401, [], [0, 0]]);
});

test.each(["/v1/api-keys%20", "/v1/API-KEYS", "/v1/%61pi-keys%20"])(
  "A023 %s is another path, which the origin gets and nobody here serves",
  async (path) => {
    const { key } = await someKeyOf(EXAMPLE);
    const watched = watch();
    const response = await attack(HOST + path, { headers: withKey(EXAMPLE, key) });
    expect([await response.text(), watched.reached.length]).toEqual(["ok", 1]);
  },
);

test.each([
  "/%6danage/v1/accounts",
  "/manage/v1/%61ccounts",
  "/manage%2fv1/accounts",
  "/MANAGE/v1",
])("A023 %s neither manages nor is forwarded without a key", async (path) => {
  const watched = watch();
  const response = await attack(HOST + path);
  expect([400, 401, 404]).toContain(response.status);
  expect([watched.reached, watched.io()]).toEqual([[], [0, 0]]);
});

const NO_HOSTS = ["a, evil.test", "api.example.com/evil", "user@evil.test", "a?x=", "*", ""];

test.each(withEachTarget(NO_HOSTS))(
  "A024 %s: the Host header %j is refused before the key is looked at",
  async (_, host, target) => {
    const { key } = await someKeyOf(target);
    const watched = watch();
    const response = await use(target, key, { headers: { host } });
    const text = await response.text();
    expect([response.status, watched.reached, watched.io()]).toEqual([400, [], [0, 0]]);
    expectAnswerOfAuthorizer(response, text, [key]);
  },
);

it("A024 a Host header that names no host manages nothing either", async () => {
  const watched = watch();
  const headers = { authorization: `Bearer ${OPERATOR_TOKEN}`, host: "api.example.com/manage" };
  expect((await attack("/manage/v1/accounts", { headers })).status).toBe(400);
  expect(watched.io()).toEqual([0, 0]);
});

it("A025 a host that no API has is answered 404 and reaches no origin", async () => {
  const { key } = await someKeyOf(EXAMPLE);
  const { APIS } = attackedApis({ match: ["api.example.com/*"] });
  const ask = workerWith({ APIS: APIS.slice(2, 3) });
  const watched = watch();
  const url = "https://other.example/v1/items/7";
  const response = await ask(url, { headers: withKey(EXAMPLE, key) });
  expect(await response.json()).toMatchObject({ reason: "not_found", status: 404 });
  expect([watched.reached, watched.io()]).toEqual([[], [0, 0]]);
});

test.each(withEachTarget(["TRACE", "PURGE", "QUERY"]))(
  "A026 %s: the method %s is refused with those there are",
  async (_, method, target) => {
    const { key } = await someKeyOf(target);
    const watched = watch();
    const response = await use(target, key, { method });
    expect(response.headers.get("allow")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    await expectRefused(response, target, "method_not_allowed", watched, [key]);
    expect(watched.io()).toEqual([0, 0]);
  },
);

const CALL = JSON.stringify({ jsonrpc: "2.0", id: 7, method: "m" });

test.each(TARGETS)("A027 $dialect: no header turns one method into another", async (target) => {
  const { key } = await someKeyOf(target, {
    restrictions: { endpoints: [`POST ${pathOf(target)}`] },
  });
  const names = [
    "X-HTTP-Method-Override",
    "X-HTTP-Method",
    "X-Method-Override",
    "X_HTTP_METHOD_OVERRIDE",
    "X.Method.Override",
  ];
  const headers = Object.fromEntries(names.map((name) => [name, "DELETE"]));
  const watched = watch();
  const response = await use(target, key, { method: "POST", body: CALL, headers });
  expect(response.status).toBe(200);
  const [request] = watched.reached;
  expect(request?.method).toBe("POST");
  expect(JSON.stringify([...(request?.headers ?? [])])).not.toContain("DELETE");
  const disguised = { method: "GET", headers: { "X-HTTP-Method-Override": "POST" } };
  vi.restoreAllMocks();
  await expectRefused(await use(target, key, disguised), target, "endpoint_not_allowed", watch());
});

test.each(TARGETS)(
  "A028 $dialect: HEAD is a GET that is counted and has no body",
  async (target) => {
    const { key } = await makeKeyOf(target, {
      restrictions: { endpoints: [`GET ${pathOf(target)}`] },
    });
    const watched = watch(() => new Response(null, { headers: { "x-origin": "1" } }));
    const response = await use(target, key, { method: "HEAD" });
    expect([response.status, await response.text()]).toEqual([200, ""]);
    expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
    expect(watched.reached.map(({ method }) => method)).toEqual(["HEAD"]);
  },
);

test.each(TARGETS)("A028 $dialect: a refused HEAD has no body either", async (target) => {
  const watched = watch();
  const response = await use(target, "made-up", { method: "HEAD" });
  expect([response.ok, await response.text(), watched.reached]).toEqual([false, "", []]);
});

test.each(TARGETS)("A029 $dialect: DELETE with a body passes the same checks", async (target) => {
  const key = await makeItemsKey(target);
  const watched = watch();
  const response = await use(target, key, { method: "DELETE", body: CALL });
  await expectRefused(response, target, "endpoint_not_allowed", watched, [key]);
});

/** What makes OPTIONS no preflight. */
const NO_PREFLIGHTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "neither header": {},
  "Origin alone": { origin: "https://app.example" },
  "Access-Control-Request-Method alone": { "access-control-request-method": "GET" },
};

test.each(casesWithEachTarget(NO_PREFLIGHTS))(
  "A030 %s: OPTIONS with %s needs a key",
  async (_dialect, _name, target, headers) => {
    const watched = watch();
    const response = await attack(pathOf(target), { method: "OPTIONS", headers });
    await expectRefused(response, target, "missing_credential", watched);
    expect(watched.io()).toEqual([0, 0]);
  },
);

test.each(TARGETS)(
  "A031 $dialect: a preflight is answered here and allows nothing",
  async (target) => {
    const watched = watch();
    const response = await attack(pathOf(target), {
      method: "OPTIONS",
      headers: { origin: "https://a.example", "access-control-request-method": "POST" },
    });
    expect([response.status, await response.text()]).toEqual([204, ""]);
    const allowed = [...response.headers.keys()].filter((name) => name.startsWith("access-"));
    expect([allowed, watched.reached, watched.io()]).toEqual([[], [], [0, 0]]);
  },
);

test.each(TARGETS)("A035 $dialect: a WebSocket needs a key", async (target) => {
  const upgrade = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13" };
  const watched = watch();
  const response = await attack(pathOf(target), { headers: upgrade });
  await expectRefused(response, target, "missing_credential", watched);
  expect(watched.io()).toEqual([0, 0]);
});

test.each(withEachTarget(["?", "??x=1", "?x=1?y", "#f", "?#f"]))(
  "A037 %s: the end %s changes no decision",
  async (_, end, target) => {
    const { key } = await someKeyOf(target, {
      restrictions: { endpoints: [`GET ${pathOf(target)}`] },
    });
    const watched = watch();
    const url = HOST + pathOf(target) + end;
    expect((await attack(url, { headers: withKey(target, key) })).status).toBe(200);
    expect(watched.reached).toHaveLength(1);
    vi.restoreAllMocks();
    const { key: shut } = await someKeyOf(target, { restrictions: { endpoints: ["GET /none"] } });
    const refused = await attack(url, { headers: withKey(target, shut) });
    await expectRefused(refused, target, "endpoint_not_allowed", watch());
  },
);

test.each(TARGETS)("A037 $dialect: a slash at the end is no way round a rule", async (target) => {
  const { key } = await someKeyOf(target, {
    restrictions: { endpoints: [`GET ${pathOf(target)}`] },
  });
  const watched = watch();
  const url = `${HOST}${pathOf(target)}/`;
  const response = await attack(url, { headers: withKey(target, key) });
  await expectRefused(response, target, "endpoint_not_allowed", watched, [key]);
});

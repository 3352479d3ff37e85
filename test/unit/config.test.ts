import { expect, it, test } from "vitest";
import { parseConfig } from "../../src/config.ts";

const MASTER_KEYS = "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OPERATOR_TOKEN = "operator-token-of-32-characters-x";
const API = { name: "shop", origin: "https://origin.example.com" };

function mistakesOf(changes: object): readonly string[] {
  const parsed = parseConfig({ APIS: [API], MASTER_KEYS, OPERATOR_TOKEN, ...changes });
  return parsed.ok ? [] : parsed.mistakes;
}

it("fills in every default of an API that names only its name and origin", () => {
  const parsed = parseConfig({ APIS: [API], MASTER_KEYS, OPERATOR_TOKEN });
  expect(parsed).toMatchObject({
    ok: true,
    config: {
      operatorTokens: [OPERATOR_TOKEN],
      managementHost: null,
      webhooksToLoopback: false,
      apis: [
        {
          name: "shop",
          match: [{ host: null, path: null }],
          origin: { kind: "url", url: "https://origin.example.com" },
          testOrigin: { kind: "url", url: "https://origin.example.com" },
          credential: [{ in: "bearer" }],
          key: { environments: { live: "" }, alphabet: "base62", length: 40 },
          dialect: "problem",
          limits: { minute: 100, hour: 1000 },
          environments: ["live"],
          paths: "strict",
          forwardTimeoutMs: 30_000,
          location: null,
        },
      ],
    },
  });
});

test.each([
  [{ name: "My Shop" }, 'APIS[0].name: must be 1 to 64 of a-z, 0-9 and -, found "My Shop"'],
  [
    { origin: "http://origin.example.com" },
    'APIS[0].origin: must be an https:// URL (http:// only for a loopback address) or "binding:NAME", found "http://origin.example.com"',
  ],
  [{ limits: { minute: 0 } }, "APIS[0].limits.minute: must be at least 1, found 0"],
  [{ limits: { minute: 1.5 } }, "APIS[0].limits.minute: must be a whole number, found 1.5"],
  [
    { limits: {} },
    "APIS[0].limits: must name at least one of second, minute, hour, day, month, found {}",
  ],
  [{ limits: { week: 5 } }, "APIS[0].limits.week: is not a setting that exists"],
  [
    { dialect: "xml" },
    'APIS[0].dialect: must be one of problem, nested-error, detail, json-rpc, success-flag, found "xml"',
  ],
  [{ key: { length: 8 } }, 'APIS[0].key: must have a length of 32 to 128, found {"length":8}'],
  [
    { key: { environments: { live: "k_", test: "k_" } } },
    'APIS[0].key.environments: must give each environment a prefix of its own, found {"live":"k_","test":"k_"}',
  ],
  [
    { environments: ["staging"] },
    'APIS[0].environments: must list only environments that `key.environments` names, found ["staging"]',
  ],
  [{ paths: "loose" }, 'APIS[0].paths: must be "strict" or "lenient", found "loose"'],
  [
    { match: ["shop.example.com/**/x"] },
    'APIS[0].match.0: must be a host and/or a path, such as "api.example.com/*" or "/v2/*", found "shop.example.com/**/x"',
  ],
  [
    { signing: "sometimes" },
    'APIS[0].signing: must be one of off, optional, required, found "sometimes"',
  ],
  [
    { max_signed_body_bytes: 20_000_000 },
    "APIS[0].max_signed_body_bytes: must be at most 16777216, found 20000000",
  ],
  [
    { permissions: { "/v1/%75sers": "users:read" } },
    'APIS[0].permissions./v1/%75sers: must be named by an endpoint with a plain path, such as "POST /v1/users" or "/v1/users/*", found "/v1/%75sers"',
  ],
  [
    { costs: { "GET /v1/../x": 2 } },
    'APIS[0].costs.GET /v1/../x: must be named by an endpoint with a plain path, such as "POST /v1/users" or "/v1/users/*", found "GET /v1/../x"',
  ],
  [
    { paths: "lenient", permissions: { "/v1/x": "a" } },
    'APIS[0].permissions: needs paths = "strict": an origin could read a lenient path as another endpoint, found {"/v1/x":"a"}',
  ],
  [
    { cors: { origins: ["https://app.example/path"] } },
    'APIS[0].cors.origins.0: must be a web origin, such as "https://app.example.com", or "*", found "https://app.example/path"',
  ],
  [{ orgin: "https://x.example" }, "APIS[0].orgin: is not a setting that exists"],
])("a mistake in %j is named with what was found and what is allowed", (fields, mistake) => {
  expect(mistakesOf({ APIS: [{ ...API, ...fields }] })).toEqual([mistake]);
});

it("a required field that is missing is named", () => {
  expect(mistakesOf({ APIS: [{ name: "shop" }] })).toEqual(["APIS[0].origin: is required"]);
});

it("tells all mistakes of a configuration together", () => {
  const mistakes = mistakesOf({
    APIS: [
      { ...API, dialect: "xml" },
      { name: "other", origin: "ftp://x" },
    ],
    MASTER_KEYS: undefined,
    MANAGEMENT_HOST: "https://x/",
    WEBHOOKS_TO_LOOPBACK: "true",
  });
  expect(mistakes.map((mistake) => mistake.split(":", 1)[0])).toEqual([
    "APIS[0].dialect",
    "APIS[1].origin",
    "MASTER_KEYS",
    "MANAGEMENT_HOST",
    "WEBHOOKS_TO_LOOPBACK",
  ]);
});

it("a missing secret is named with the command that creates it", () => {
  expect(mistakesOf({ MASTER_KEYS: undefined })[0]).toContain(
    "npx wrangler secret put MASTER_KEYS",
  );
});

test.each(["k1:short", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "k 1:AAAA", "k1:%%%"])(
  "a master key that cannot be read is told by its place, not its value: %s",
  (entry) => {
    const mistakes = mistakesOf({ MASTER_KEYS: `${MASTER_KEYS},${entry}` });
    expect(mistakes).toEqual(["MASTER_KEYS: entry 2 must be id:base64-of-32-bytes"]);
  },
);

it("two master keys of one id are refused", () => {
  const mistakes = mistakesOf({ MASTER_KEYS: `${MASTER_KEYS},${MASTER_KEYS}` });
  expect(mistakes).toEqual(["MASTER_KEYS: two entries have the same id"]);
});

it("a user and password in an origin are refused and not repeated", () => {
  const [mistake] = mistakesOf({ APIS: [{ ...API, origin: "https://bob:hunter2@x.example" }] });
  expect(mistake).toContain("APIS[0].origin");
  expect(mistake).not.toContain("hunter2");
});

it("two APIs with one name or one pattern are refused", () => {
  expect(mistakesOf({ APIS: [API, API] })).toEqual([
    'APIS: the name "shop" is used twice',
    'APIS: "shop" and "shop" both match "/*"',
  ]);
});

test.each([undefined, "", "short", "undefined"])(
  "an operator token %j is no token: management stays shut",
  (token) => {
    const parsed = parseConfig({ APIS: [API], MASTER_KEYS, OPERATOR_TOKEN: token });
    expect(parsed).toMatchObject({ ok: true, config: { operatorTokens: [] } });
  },
);

it("two operator tokens are accepted while one takes the place of the other", () => {
  const two = `${OPERATOR_TOKEN},${OPERATOR_TOKEN}2`;
  const parsed = parseConfig({ APIS: [API], MASTER_KEYS, OPERATOR_TOKEN: two });
  expect(parsed).toMatchObject({ config: { operatorTokens: two.split(",") } });
});

const JWT_SECRET = "jwt-secret-of-32-characters-or-more";
const JWT_JWKS_URL = "https://id.example.com/.well-known/jwks.json";

test.each([
  [{}, null],
  [{ JWT_SECRET: "", JWT_JWKS_URL: "", JWT_ISSUER: "x" }, null],
  [{ JWT_SECRET }, { kind: "secret", secret: JWT_SECRET, issuer: null, audience: null }],
  [
    { JWT_JWKS_URL, JWT_ISSUER: "https://id.example.com/", JWT_AUDIENCE: "shop" },
    { kind: "jwks", url: JWT_JWKS_URL, issuer: "https://id.example.com/", audience: "shop" },
  ],
])("the settings %j of members' tokens become one set of rules", (settings, memberTokens) => {
  const parsed = parseConfig({ APIS: [API], MASTER_KEYS, OPERATOR_TOKEN, ...settings });
  expect(parsed).toMatchObject({ ok: true, config: { memberTokens } });
});

test.each([
  [
    { JWT_SECRET, JWT_JWKS_URL },
    "JWT_SECRET: must not be set beside JWT_JWKS_URL: tokens are verified by one of them",
  ],
  [
    { JWT_SECRET: "too-short" },
    "JWT_SECRET: must have at least 32 characters. Create it with: openssl rand -hex 32 | npx wrangler secret put JWT_SECRET",
  ],
  [
    { JWT_JWKS_URL: "http://id.example.com/jwks" },
    "JWT_JWKS_URL: must be an https:// URL (http:// only for a loopback address)",
  ],
  [{ JWT_AUDIENCE: ["shop"] }, "JWT_AUDIENCE: must be a text"],
])("a mistake in the settings %j of members' tokens is named", (settings, mistake) => {
  expect(mistakesOf(settings)).toEqual([mistake]);
});

it("an API whose members are to be shown their key needs a way to know them", () => {
  const APIS = [{ ...API, management: ["account"] }];
  const [mistake] = mistakesOf({ APIS });
  expect(mistake).toContain('JWT_SECRET: is not set, and the API "shop"');
  expect(mistake).toContain("npx wrangler secret put JWT_SECRET");
  expect(mistakesOf({ APIS, JWT_SECRET })).toEqual([]);
  expect(mistakesOf({ APIS, JWT_JWKS_URL })).toEqual([]);
});

it("self-service by JSON-RPC is for APIs that speak it", () => {
  const management = ["json-rpc"];
  expect(mistakesOf({ APIS: [{ ...API, management }] })).toEqual([
    'APIS[0].management: must have "json-rpc" only with dialect = "json-rpc", found ["json-rpc"]',
  ]);
  expect(mistakesOf({ APIS: [{ ...API, management, dialect: "json-rpc" }] })).toEqual([]);
});

const ASSERTION_KEYS = "a1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const CREATE_ASSERTION_KEYS =
  'Create it with: echo "a1:$(openssl rand -base64 32)" | npx wrangler secret put ASSERTION_KEYS';

test.each([
  [undefined, 'is not set, and the API "shop" has assertion = true'],
  ["", 'is not set, and the API "shop" has assertion = true'],
  [`${ASSERTION_KEYS},a2:short`, "entry 2 must be id:base64-of-32-bytes"],
  [`${ASSERTION_KEYS},${ASSERTION_KEYS}`, "two entries have the same id"],
  [17, "must be a text"],
])("a mistake in the secret that signs assertions is named: %j", (secret, mistake) => {
  const APIS = [{ ...API, assertion: true }];
  expect(mistakesOf({ APIS, ASSERTION_KEYS: secret })).toEqual([
    `ASSERTION_KEYS: ${mistake}. ${CREATE_ASSERTION_KEYS}`,
  ]);
});

it("the keys that sign assertions are read in their order", () => {
  const two = `${ASSERTION_KEYS}, a0:${ASSERTION_KEYS.slice(3)}`;
  const APIS = [{ ...API, assertion: true }];
  const parsed = parseConfig({ APIS, MASTER_KEYS, OPERATOR_TOKEN, ASSERTION_KEYS: two });
  expect(parsed).toMatchObject({ config: { assertionKeys: [{ id: "a1" }, { id: "a0" }] } });
});

it("an API that asks for no assertions needs no key for them", () => {
  const parsed = parseConfig({ APIS: [API], MASTER_KEYS, OPERATOR_TOKEN });
  expect(parsed).toMatchObject({ config: { assertionKeys: [], apis: [{ assertion: false }] } });
});

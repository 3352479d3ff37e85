/**
 * A grammar of requests as attackers and broken clients send them: every place of a key, every spelling
 * of a path, forged headers, bodies of every kind, in every mixture. What a request may lead to is known
 * from how it was made, never from the code under test.
 */
import type { Random } from "./random.ts";

/** A key that the grammar may put into requests. */
export interface GrammarKey {
  readonly id: string;
  readonly text: string;
  readonly api: string;
  /** Whether an unsigned request with it may ever reach the origin. */
  readonly good: boolean;
}

/** A request and the keys whose text it holds. */
export interface MadeRequest {
  readonly path: string;
  readonly init: RequestInit;
  readonly keys: readonly GrammarKey[];
}

const METHODS = ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
const ODD_METHODS = ["PURGE", "TRACE", "SEARCH", "get", "PROPFIND"];

const BASES: Readonly<Record<string, string>> = {
  subfrost: "/v4/jsonrpc",
  dataframer: "/api/dataframer/datasets/",
  example: "/v1/users/usr_123",
  deframe: "/strategies",
};

const SEGMENTS = [
  "",
  ".",
  "..",
  "%2e%2e",
  ".%2e",
  "..%2f",
  "%252e%252e",
  "..;",
  ";x=1",
  "%00",
  "%0a",
  "%c0%ae",
  "%ff",
  "%u002e",
  "%5c",
  "\\",
  "a%20b",
  "%61dmin",
  "admin",
  "api-keys",
  "manage",
  "%6danage",
  "v1",
  "x".repeat(300),
  "é",
  "\u202e",
  "users:write",
  "{id}",
  "(a+)+$",
  "*",
  "__proto__",
  "constructor",
  "evil.test",
  "@evil.test",
];
const WHOLE_PATHS = [
  "//evil.test/x",
  "/\\evil.test/x",
  "/.//evil.test/",
  "/..//evil.test",
  "/manage",
  "/manage/v1/accounts",
  "/manage/v1/keyring",
  "/Manage/v1/accounts",
  "/%6Danage/v1/accounts",
  "/manage/v1/../../v1/users",
  "/v4/",
  "/v4",
  "/v1/api-keys",
  "/v1/api%2dkeys",
  "/V1/API-KEYS",
  "/v1/api-keys/",
  "/v1/api-keys/key_000000000000",
  "/v1/api-keys/../users",
  "/api/users/me/",
  "/api/users/api-key/",
  "/api/users/api-key",
  "/favicon.ico",
];
const QUERIES = [
  "",
  "",
  "",
  "?",
  "?a=1",
  "?a=%20&a=2",
  "?api_key=KEY",
  "?x=1795190400000{x}",
  "??",
  "?%ff",
];

const HEADERS: readonly (readonly [string, string])[] = [
  ["x-authz-key-id", "key_forged"],
  ["X_Authz_Key_Id", "key_forged"],
  ["X.Authz.Account.Id", "acc_forged"],
  ["x-authz-anything", "forged"],
  ["connection", "close, x-authz-key-id"],
  ["connection", "x-api-key"],
  ["proxy-authorization", "Basic eA=="],
  ["te", "trailers"],
  ["trailer", "x"],
  ["keep-alive", "1"],
  ["x-forwarded-for", "10.0.0.1"],
  ["x-forwarded-host", "evil.test"],
  ["forwarded", "for=1.1.1.1"],
  ["x-real-ip", "10.0.0.1"],
  ["true-client-ip", "10.0.0.1"],
  ["x-original-url", "/admin"],
  ["x-rewrite-url", "/admin"],
  ["x-http-method-override", "DELETE"],
  ["cf-connecting-ip", "203.0.113.7"],
  ["cf-connecting-ip", "not an address"],
  ["cf-connecting-ip", "::ffff:203.0.113.7"],
  ["cf-worker", "x"],
  ["origin", "https://app.example"],
  ["origin", "null"],
  ["referer", "https://app.example/a?k=KEY"],
  ["referer", "no url at all"],
  ["access-control-request-method", "POST"],
  ["access-control-request-headers", "a,".repeat(200)],
  ["upgrade", "h2c"],
  ["http2-settings", "AAMA"],
  ["cookie", "k=KEY; __Host-authz_session=x"],
  ["range", "bytes=0-1"],
  ["if-none-match", "*"],
  ["x-ratelimit-remaining", "999"],
  ["content-type", "application/json"],
  ["content-type", "text/plain"],
  ["content-encoding", "gzip"],
  ["x-timestamp", "1795190400000"],
  ["x-timestamp", "NaN"],
  ["x-signature", "00".repeat(32)],
  ["x-signature", "zz"],
  ["x-signature", ""],
  ["accept", "*/*"],
  ["idempotency-key", "a b"],
  ["x-csrf-token", "x"],
  ["user-agent", '"}\\u001b[31m'],
  ["expect", "100-continue"],
];

const BODIES = [
  "",
  "null",
  "{}",
  "[]",
  "[[]]",
  '{"jsonrpc":"2.0","method":"btc_getblockcount","id":1}',
  '[{"jsonrpc":"2.0","method":"a","id":1},{"jsonrpc":"2.0","method":"admin_listApiKeys","id":2}]',
  '[1,{"id":{}},{"method":1}]',
  '{"jsonrpc":"2.0","method":"admin_createApiKey","params":[],"id":null}',
  '{"jsonrpc":"2.0","method":"admin_revokeApiKey","params":{"id":"key_00000000"},"id":1}',
  "{",
  '"a',
  "a=1",
  '{"name":"x","__proto__":{"a":1}}',
  '{"name":"x","name":"y"}',
  '{"name":"K","limits":{"minute":1e400}}',
  `{"a":${"[".repeat(1500)}${"]".repeat(1500)}}`,
  "x".repeat(70_000),
  '{"k":"KEY"}',
  "\u0000\u0001",
];

/** Makes requests with some of these keys. */
export function createGrammar(random: Random, keys: readonly GrammarKey[]): () => MadeRequest {
  return () => {
    const owner = random.pick(keys);
    const used = new Set<GrammarKey>();
    const text = (): string => presentKey(random, keys, owner, used);
    const headers = new Headers();
    const add = (name: string, value: string): void => {
      const filled = value.includes("KEY") ? value.replaceAll("KEY", text()) : value;
      if (!isUnsendable(filled)) headers.append(name, filled);
    };
    for (const [name, value] of placesOf(random, owner, text)) add(name, value);
    for (const [name, value] of random.some(HEADERS, 5)) add(name, value);
    const method = random.oneIn(20) ? random.pick(ODD_METHODS) : random.pick(METHODS);
    const path = pathOf(random, owner, text);
    const body = bodyOf(random, method, text);
    return { path, init: { method, headers, ...body }, keys: [...used] };
  };
}

/** A key's text, or something like it; what is a key's text after all is noted. */
function presentKey(
  random: Random,
  keys: readonly GrammarKey[],
  owner: GrammarKey,
  used: Set<GrammarKey>,
): string {
  const presented = bendKey(random, random.oneIn(8) ? random.pick(keys) : owner);
  const key = keys.find(({ text }) => text === presented);
  if (key !== undefined) used.add(key);
  return presented;
}

function bendKey(random: Random, key: GrammarKey): string {
  const at = random.below(key.text.length);
  switch (random.below(40)) {
    case 0:
      return key.text.slice(0, at) + flip(key.text[at] ?? "a") + key.text.slice(at + 1);
    case 1:
      return key.text.slice(0, -1);
    case 2:
      return `${key.text}0`;
    case 3:
      return key.text.replace("live", "test").replace("prod", "dev");
    case 4:
      return random.pick(["", "..", "__proto__", "x".repeat(513), "a.b.c", key.text.slice(8)]);
    default:
      return key.text;
  }
}

function flip(character: string): string {
  return character === "0" ? "1" : "0";
}

/** Where a key's API has it, mostly; or in a wrong place, in two, in a wrong form. */
function placesOf(
  random: Random,
  { api }: GrammarKey,
  text: () => string,
): readonly (readonly [string, string])[] {
  const right: Readonly<Record<string, readonly [string, string]>> = {
    subfrost: ["x-subfrost-api-key", "KEY"],
    dataframer: ["authorization", "Bearer KEY"],
    example: ["authorization", "Bearer KEY"],
    deframe: ["x-api-key", "KEY"],
  };
  const wrong: readonly (readonly [string, string])[] = [
    ["authorization", "KEY"],
    ["authorization", "Token KEY"],
    ["authorization", "Bearer  KEY extra"],
    ["authorization", "bearer KEY"],
    ["x-api-key", "Bearer KEY"],
    ["x-api-key", "KEY, KEY"],
    ["x_api_key", "KEY"],
    ["x-subfrost-api-key", "KEY"],
    ["x-api-key", "KEY"],
    ["authorization", "Basic S0VZ"],
  ];
  const places: (readonly [string, string])[] = [];
  if (!random.oneIn(10)) places.push(right[api] ?? ["x-api-key", "KEY"]);
  if (random.oneIn(8)) places.push(random.pick(wrong));
  return places.map(([name, value]) => [name, value.replaceAll("KEY", () => text())] as const);
}

function pathOf(random: Random, { api }: GrammarKey, text: () => string): string {
  const query = random.pick(QUERIES).replace("KEY", () => text());
  if (random.oneIn(6)) return random.pick(WHOLE_PATHS) + query;
  if (api === "subfrost" && random.oneIn(2)) return `/v4/${text()}${query}`;
  const tail = random.some(SEGMENTS, 3).map((segment) => `/${segment}`);
  const base = random.oneIn(10) ? `/${text()}` : (BASES[api] ?? "/");
  return base + (random.oneIn(2) ? tail.join("") : "") + query;
}

function bodyOf(random: Random, method: string, text: () => string): { body?: string } {
  const none = /^(?:get|head)$/i.test(method);
  if (none || random.oneIn(3)) return {};
  return { body: random.pick(BODIES).replace("KEY", () => text()) };
}

/** Characters that no HTTP client can put into a header's value. */
function isUnsendable(value: string): boolean {
  return /[^\t\x20-\x7e]/.test(value);
}

/**
 * The schema of one `[[vars.APIS]]` table: every field, what is allowed and its default, so that a
 * table becomes a complete `Api`. No default lives anywhere else.
 */
import * as v from "valibot";
import {
  DIALECT_NAMES,
  LOCATIONS,
  parseMatchPattern,
  SELF_SERVICE_NAMES,
  type Api,
  type MatchPattern,
  type Origin,
} from "./core/api.ts";
import {
  parseEndpointPattern,
  withoutTrailingSlash,
  type EndpointPattern,
} from "./core/endpoint.ts";
import { parseRange, type Range } from "./core/ip.ts";
import { ALPHABETS } from "./core/key-text.ts";
import { PERMISSION_NAME } from "./core/principal.ts";
import { foldEscapes } from "./core/path.ts";
import { parseRulePath } from "./core/rule-path.ts";
import { SIGNING_MODES } from "./core/signing.ts";
import { WINDOW_SECONDS } from "./core/window.ts";

const apiName = v.pipe(
  v.string("must be a text"),
  v.regex(/^[a-z0-9-]{1,64}$/, "must be 1 to 64 of a-z, 0-9 and -"),
);

const matchPattern = v.pipe(
  v.string("must be a text"),
  v.rawTransform(({ dataset, addIssue, NEVER }): MatchPattern => {
    const pattern = parseMatchPattern(dataset.value);
    if (pattern !== null) return pattern;
    addIssue({ message: 'must be a host and/or a path, such as "api.example.com/*" or "/v2/*"' });
    return NEVER;
  }),
);

const origin = v.pipe(
  v.string("must be a text"),
  v.rawTransform(({ dataset, addIssue, NEVER }): Origin => {
    const parsed = parseOrigin(dataset.value);
    if (parsed !== null) return parsed;
    addIssue({
      message: 'must be an https:// URL (http:// only for a loopback address) or "binding:NAME"',
    });
    return NEVER;
  }),
);

const headerName = v.pipe(
  v.string("must be a text"),
  v.toLowerCase(),
  v.regex(/^[a-z0-9-]{1,64}$/, "must be a header name of a-z, 0-9 and -"),
);

const pathname = (rule: RegExp, message: string) =>
  v.pipe(v.string("must be a text"), v.regex(rule, message));

const credentialPlace = v.variant(
  "in",
  [
    v.strictObject({ in: v.literal("header"), name: headerName }),
    v.strictObject({ in: v.literal("bearer") }),
    v.strictObject({
      in: v.literal("path"),
      pattern: pathname(/^(?:\/[\w.~-]+)*\/:key$/, 'must be a path that ends in "/:key"'),
      forward: pathname(/^(?:\/[\w.~-]+)+$/, "must be a plain path"),
    }),
  ],
  'must be { in = "header", name = … }, { in = "bearer" } or { in = "path", pattern = …, forward = … }',
);

const key = v.pipe(
  v.strictObject(
    {
      environments: v.optional(
        v.pipe(
          v.record(
            v.pipe(v.string(), v.regex(/^[a-z0-9-]{1,32}$/, "must be named with a-z, 0-9 and -")),
            v.pipe(
              v.string("must be a text"),
              v.regex(/^\w{0,32}$/, "must be 0 to 32 of A-Z a-z 0-9 _"),
            ),
          ),
          v.check((map) => Object.keys(map).length > 0, "must name at least one environment"),
          v.check(
            (map) => new Set(Object.values(map)).size === Object.keys(map).length,
            "must give each environment a prefix of its own",
          ),
        ),
        { live: "" },
      ),
      alphabet: v.optional(v.picklist(["base62", "hex"], 'must be "base62" or "hex"'), "base62"),
      recoverable: v.optional(v.boolean("must be true or false"), false),
      accept_imported: v.optional(v.boolean("must be true or false"), false),
      length: v.optional(v.pipe(v.number("must be a number"), v.integer("must be a whole number"))),
    },
    "must be a table",
  ),
  v.transform((format) => ({
    ...format,
    length: format.length ?? ALPHABETS[format.alphabet].defaultLength,
  })),
  v.check(
    ({ alphabet, length }) => length >= ALPHABETS[alphabet].minLength && length <= 128,
    "must have a length of 32 to 128",
  ),
);

const count = v.pipe(
  v.number("must be a number"),
  v.safeInteger("must be a whole number"),
  v.minValue(1, "must be at least 1"),
);

const windowNames = Object.keys(WINDOW_SECONDS).join(", ");

const limits = v.pipe(
  v.strictObject(
    {
      second: v.optional(count),
      minute: v.optional(count),
      hour: v.optional(count),
      day: v.optional(count),
      month: v.optional(count),
    },
    `must be a table of ${windowNames}`,
  ),
  v.check((given) => Object.keys(given).length > 0, `must name at least one of ${windowNames}`),
);

const listOf = <S extends v.GenericSchema>(item: S) =>
  v.pipe(v.array(item, "must be a list"), v.minLength(1, "must not be empty"));

const endpoint = v.pipe(
  v.string(),
  v.check(
    (value) => isPlainEndpoint(value),
    'must be named by an endpoint with a plain path, such as "POST /v1/users" or "/v1/users/*"',
  ),
);

const range = v.pipe(
  v.string("must be a text"),
  v.rawTransform(({ dataset, addIssue, NEVER }): Range => {
    const parsed = parseRange(dataset.value);
    if (parsed !== null) return parsed;
    addIssue({ message: 'must be an IP address or a CIDR range, such as "203.0.113.0/24"' });
    return NEVER;
  }),
);

const permission = v.pipe(
  v.string("must be a text"),
  v.regex(PERMISSION_NAME, "must be 1 to 64 of a-z, 0-9 and : _ . * -"),
);

const webOrigin = v.pipe(
  v.string("must be a text"),
  v.check(
    (value) => value === "*" || URL.parse(value)?.origin === value,
    'must be a web origin, such as "https://app.example.com", or "*"',
  ),
);

/** A body that is read whole stays in the memory of its isolate, which has 128 MB for all of them. */
const MAX_SIGNED_BODY = 16 * 1024 * 1024;

/** One table of `[[vars.APIS]]`, with every default. */
export const apiTable = v.pipe(
  v.strictObject(
    {
      name: apiName,
      match: v.optional(listOf(matchPattern), ["/*"]),
      origin,
      test_origin: v.optional(origin),
      credential: v.optional(listOf(credentialPlace), [{ in: "bearer" }]),
      key: v.optional(key, {}),
      dialect: v.optional(
        v.picklist(DIALECT_NAMES, `must be one of ${DIALECT_NAMES.join(", ")}`),
        "problem",
      ),
      limits: v.optional(limits, { minute: 100, hour: 1000 }),
      signing: v.optional(
        v.picklist(SIGNING_MODES, `must be one of ${SIGNING_MODES.join(", ")}`),
        "optional",
      ),
      max_signed_body_bytes: v.optional(
        v.pipe(count, v.maxValue(MAX_SIGNED_BODY, `must be at most ${MAX_SIGNED_BODY}`)),
        1024 * 1024,
      ),
      environments: v.optional(listOf(v.string("must be a text"))),
      paths: v.optional(
        v.picklist(["strict", "lenient"], 'must be "strict" or "lenient"'),
        "strict",
      ),
      forward_timeout_ms: v.optional(
        v.pipe(count, v.maxValue(600_000, "must be at most 600000")),
        30_000,
      ),
      blocked_ips: v.optional(v.array(range, "must be a list"), []),
      permissions: v.optional(v.record(endpoint, permission, "must be a table"), {}),
      costs: v.optional(v.record(endpoint, count, "must be a table"), {}),
      management: v.optional(
        listOf(v.picklist(SELF_SERVICE_NAMES, `must be one of ${SELF_SERVICE_NAMES.join(", ")}`)),
      ),
      cors: v.optional(v.strictObject({ origins: listOf(webOrigin) }, "must be a table")),
      assertion: v.optional(v.boolean("must be true or false"), false),
      location: v.optional(v.picklist(LOCATIONS, `must be one of ${LOCATIONS.join(", ")}`)),
    },
    "must be a table",
  ),
  v.forward(
    v.partialCheck(
      [["key"], ["environments"]],
      (table) =>
        (table.environments ?? []).every((name) => Object.hasOwn(table.key.environments, name)),
      "must list only environments that `key.environments` names",
    ),
    ["environments"],
  ),
  v.forward(
    v.partialCheck(
      [["paths"], ["permissions"]],
      ({ paths, permissions }) => paths === "strict" || Object.keys(permissions).length === 0,
      'needs paths = "strict": an origin could read a lenient path as another endpoint',
    ),
    ["permissions"],
  ),
  v.forward(
    v.partialCheck(
      [["dialect"], ["management"]],
      ({ dialect, management }) =>
        dialect === "json-rpc" || management?.includes("json-rpc") !== true,
      'must have "json-rpc" only with dialect = "json-rpc"',
    ),
    ["management"],
  ),
  v.transform((table): Api => ({
    name: table.name,
    match: table.match,
    origin: table.origin,
    testOrigin: table.test_origin ?? table.origin,
    credential: table.credential,
    key: {
      environments: table.key.environments,
      alphabet: table.key.alphabet,
      length: table.key.length,
    },
    recoverable: table.key.recoverable,
    acceptImported: table.key.accept_imported,
    dialect: table.dialect,
    limits: definedOf(table.limits),
    signing: table.signing,
    maxSignedBodyBytes: table.max_signed_body_bytes,
    environments: table.environments ?? Object.keys(table.key.environments),
    paths: table.paths,
    blockedIps: table.blocked_ips,
    permissions: patternsOf(table.permissions).map(([pattern, name]) => ({ pattern, name })),
    costs: patternsOf(table.costs).map(([pattern, cost]) => ({ pattern, cost })),
    selfService: table.management ?? [],
    corsOrigins: table.cors?.origins ?? null,
    assertion: table.assertion,
    forwardTimeoutMs: table.forward_timeout_ms,
    location: table.location ?? null,
  })),
);

function definedOf(given: v.InferOutput<typeof limits>): Api["limits"] {
  return Object.fromEntries(Object.entries(given).filter(([, limit]) => limit !== undefined));
}

/** A pattern that no request's path could ever equal would be a rule that silently means nothing. */
function isPlainEndpoint(text: string): boolean {
  const pattern = parseEndpointPattern(text);
  return pattern !== null && parseRulePath(pattern.path) === pattern.path;
}

function patternsOf<T>(
  table: Readonly<Record<string, T>>,
): readonly (readonly [EndpointPattern, T])[] {
  return Object.entries(table).flatMap(([text, value]) => {
    const pattern = parseEndpointPattern(text);
    if (pattern === null) return [];
    const folded = foldEscapes(pattern.path);
    const path = pattern.open ? folded : withoutTrailingSlash(folded);
    return [[{ ...pattern, path }, value] as const];
  });
}

/** Reads `https://…`, `http://` of a loopback address, or `binding:NAME`. */
function parseOrigin(text: string): Origin | null {
  const binding = /^binding:([A-Za-z_$][\w$]*)$/.exec(text)?.[1];
  if (binding !== undefined) return { kind: "binding", name: binding };
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return null;
  if (url.search !== "" || url.hash !== "") return null;
  const loopback = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && loopback)) return null;
  return { kind: "url", url: url.origin + url.pathname.replace(/\/$/, "") };
}

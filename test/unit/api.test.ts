import { describe, expect, it, test } from "vitest";
import {
  defaultEnvironment,
  findApi,
  isOwnHost,
  parseMatchPattern,
  type Api,
} from "../../src/core/api.ts";

/** An API of which only the name, the patterns and the environments matter here. */
function apiOf(name: string, match: readonly string[], environments = ["live"]): Api {
  return {
    name,
    match: match.map((text) => {
      const pattern = parseMatchPattern(text);
      if (pattern === null) throw new Error(`no match pattern: ${text}`);
      return pattern;
    }),
    origin: { kind: "binding", name: "ORIGIN" },
    testOrigin: { kind: "binding", name: "ORIGIN" },
    credential: [{ in: "bearer" }],
    key: {
      environments: Object.fromEntries(environments.map((each) => [each, `${each}_`])),
      alphabet: "base62",
      length: 40,
    },
    dialect: "problem",
    limits: { minute: 100 },
    environments,
    paths: "strict",
    forwardTimeoutMs: 30_000,
    recoverable: false,
    acceptImported: false,
    selfService: [],
    signing: "optional",
    maxSignedBodyBytes: 1024,
    blockedIps: [],
    permissions: [],
    costs: [],
    corsOrigins: null,
    assertion: false,
    location: null,
  };
}

/** The name of the API that a URL belongs to, among APIs that are named by their only pattern. */
function matchOf(patterns: readonly string[], url: string): string | null {
  const apis = patterns.map((pattern) => apiOf(pattern, [pattern]));
  return findApi(apis, new URL(url))?.name ?? null;
}

describe("the most specific match wins", () => {
  test.each([
    ["a longer path", ["/*", "/v1/*", "/v1/users/*"], "https://a.test/v1/users/7", "/v1/users/*"],
    ["any path over none", ["/*", "/v1/*"], "https://a.test/v1/x", "/v1/*"],
    ["an exact path over a wildcard", ["/v1/*", "/v1/x"], "https://a.test/v1/x", "/v1/x"],
    ["an exact path that ends in a slash", ["/v1/*", "/v1/"], "https://a.test/v1/", "/v1/"],
    ["an exact root over everything", ["/*", "/"], "https://a.test/", "/"],
    ["a host over a path", ["/v1/users/7", "a.test/*"], "https://a.test/v1/users/7", "a.test/*"],
    ["a wildcard host over a path", ["/v1/x", "*.a.test"], "https://b.a.test/v1/x", "*.a.test"],
    ["an exact host over a wildcard", ["*.a.test/x", "b.a.test"], "https://b.a.test/x", "b.a.test"],
    ["the longer wildcard", ["*.a.test", "*.b.a.test"], "https://c.b.a.test/", "*.b.a.test"],
    [
      "a host with a path over it alone",
      ["a.test", "a.test/v1/*"],
      "https://a.test/v1/x",
      "a.test/v1/*",
    ],
    [
      "a host with its port",
      ["localhost", "localhost:8787"],
      "http://localhost:8787/",
      "localhost:8787",
    ],
  ])("%s", (_, patterns, url, expected) => {
    expect(matchOf(patterns, url)).toBe(expected);
    expect(matchOf(patterns.toReversed(), url)).toBe(expected);
  });

  it("whichever of the patterns of an API it is", () => {
    const apis = [apiOf("all", ["/*", "/v1/*"]), apiOf("users", ["/v2/*", "/v1/users/*"])];
    expect(findApi(apis, new URL("https://a.test/v1/users/7"))?.name).toBe("users");
    expect(findApi(apis, new URL("https://a.test/v1/x"))?.name).toBe("all");
  });

  it("and the first API of two that are alike", () => {
    const apis = [apiOf("first", ["/v1/*"]), apiOf("second", ["/v1/*"])];
    expect(findApi(apis, new URL("https://a.test/v1/x"))?.name).toBe("first");
  });
});

describe("no API matches", () => {
  test.each([
    ["another host", "a.test/*", "https://b.test/"],
    ["the apex of a wildcard", "*.a.test", "https://a.test/"],
    ["a host that only ends alike", "*.a.test", "https://ba.test/"],
    ["another port", "localhost:8787", "http://localhost:8788/"],
    ["another port of a wildcard", "*.a.test:8787", "http://b.a.test:8788/"],
    ["a path that only begins alike", "/v1/*", "https://a.test/v10/x"],
    ["the path without its slash", "/v1/*", "https://a.test/v1"],
    ["a longer path than an exact one", "/v1/x", "https://a.test/v1/x/y"],
    ["another case", "/v1/*", "https://a.test/V1/x"],
  ])("%s", (_, pattern, url) => {
    expect(matchOf([pattern], url)).toBeNull();
  });

  it("when there is none", () => {
    expect(findApi([], new URL("https://a.test/"))).toBeNull();
  });
});

describe("a pattern matches", () => {
  test.each([
    ["every port when it names none", "a.test", "http://a.test:8080/x"],
    ["a subdomain on any port when it names none", "*.a.test", "http://b.a.test:8080/"],
    ["the host in any case", "a.test", "https://A.TEST/x"],
    ["a subdomain on its port", "*.a.test:8787", "http://b.a.test:8787/"],
    ["the empty rest of a path", "/v1/*", "https://a.test/v1/"],
    ["the root", "/*", "https://a.test/"],
    ["the path behind dot segments", "/v1/*", "https://a.test/x/../v1/y"],
    ["the path whatever its query", "/v1/x", "https://a.test/v1/x?y=/z"],
    ["a path with escapes that an origin decodes", "/v1/*", "https://a.test/%76%31/x"],
  ])("%s", (_, pattern, url) => {
    expect(matchOf([pattern], url)).toBe(pattern);
  });
});

test.each([
  ["api.deframe.io/*", { host: "api.deframe.io", path: null }],
  ["api.deframe.io", { host: "api.deframe.io", path: null }],
  ["*.deframe.io/v1/*", { host: "*.deframe.io", path: "/v1/*" }],
  ["localhost:8787/x", { host: "localhost:8787", path: "/x" }],
  ["127.0.0.1", { host: "127.0.0.1", path: null }],
  ["/v4/*", { host: null, path: "/v4/*" }],
  ["/v4", { host: null, path: "/v4" }],
  ["/*", { host: null, path: null }],
  ["/", { host: null, path: "/" }],
])("%s is a match pattern", (text, pattern) => {
  expect(parseMatchPattern(text)).toEqual(pattern);
});

test.each([
  [""],
  ["*"],
  ["**.a.test"],
  ["a.*.test"],
  ["API.deframe.io"],
  ["https://a.test/"],
  ["a.test:port"],
  [".a.test"],
  ["a..test"],
  ["/v4*"],
  ["/v4/*/x"],
  ["/v4/**"],
  ["/v4?x"],
  ["/v4#x"],
  ["/v 4"],
])("%j is no match pattern", (text) => {
  expect(parseMatchPattern(text)).toBeNull();
});

test.each([
  ["production", ["development", "staging", "production"]],
  ["live", ["test", "live"]],
  ["sandbox", ["sandbox", "test"]],
  ["live", []],
])("a key that names no environment is one of %s among %j", (expected, environments) => {
  expect(defaultEnvironment(apiOf("a", ["/*"], environments))).toBe(expected);
});

it("a deployment's own hosts are those of its APIs and of the origins behind them", () => {
  const behind = { kind: "url", url: "https://origin.example.net:8443/base" } as const;
  const apis = [
    { ...apiOf("a", ["api.example.com/*", "*.tenants.example.com/*"]), testOrigin: behind },
    apiOf("all", ["/*"]),
  ];
  const hosts = [
    "api.example.com",
    "x.tenants.example.com",
    "origin.example.net",
    "hooks.example.com",
  ];
  expect(hosts.map((host) => isOwnHost(apis, host))).toEqual([true, true, true, false]);
});

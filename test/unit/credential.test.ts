import { describe, expect, it, test } from "vitest";
import {
  findCredential,
  forwardedPathname,
  type Credential,
  type CredentialPlace,
} from "../../src/core/credential.ts";
import { DEMO_APIS } from "../support/demo-apis.ts";

// Texts in the form of each API's keys; whether their tags fit is not asked here.
const HEX_KEY = "a1b2c3d4e5f67890a1b2c3d4e5f67890";
const HEX_OTHER = "00000000000000000000000000000000";
const LIVE_KEY = "sk_live_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
const LIVE_OTHER = "sk_live_9999999999ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
const PROD_KEY = "prod_key_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
const PROD_OTHER = "prod_key_9999999999ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";

function find(
  api: keyof typeof DEMO_APIS,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): Credential {
  const { places, format } = DEMO_APIS[api];
  const url = new URL(`https://api.example.test${target}`);
  return findCredential(places, format, url, new Headers(headers));
}

/** The message of a refusal, after the check that it is one of `kind`. */
function messageOf(credential: Credential, kind: "missing" | "malformed"): string {
  if (credential.kind !== kind) throw new Error(`expected ${kind}, found ${credential.kind}`);
  return credential.message;
}

describe("a key in the path", () => {
  it("is found in the last segment", () => {
    expect(find("subfrost", `/v4/${HEX_KEY}`)).toEqual({ kind: "found", text: HEX_KEY });
  });

  it("is found whatever the query holds", () => {
    expect(find("subfrost", `/v4/${HEX_KEY}?x=1`)).toEqual({ kind: "found", text: HEX_KEY });
  });

  test.each([`/v4/${HEX_KEY}/more`, `/v4/${HEX_KEY}/`, `/v4/${HEX_KEY}/a/b`, "/v4/x/y"])(
    "makes a longer path one that does not exist: %s",
    (target) => {
      expect(find("subfrost", target)).toEqual({ kind: "no_such_path" });
    },
  );

  it("makes a longer path one that does not exist even when a header holds a key", () => {
    const headers = { "x-subfrost-api-key": HEX_KEY };
    expect(find("subfrost", `/v4/${HEX_KEY}/more`, headers)).toEqual({ kind: "no_such_path" });
  });

  it("is missing when its segment is empty", () => {
    expect(find("subfrost", "/v4/").kind).toBe("missing");
  });

  it("never stands in the forward path", () => {
    expect(find("subfrost", "/v4/jsonrpc").kind).toBe("missing");
  });

  it("leaves the forward path to a key in the header", () => {
    const headers = { "x-subfrost-api-key": HEX_KEY };
    expect(find("subfrost", "/v4/jsonrpc", headers)).toEqual({ kind: "found", text: HEX_KEY });
  });

  it("belongs to no path below the forward path", () => {
    expect(find("subfrost", "/v4/jsonrpc/more").kind).toBe("missing");
  });

  test.each([`/%764/${HEX_KEY}`, `/v%34/${HEX_KEY}`, `/%76%34/`])(
    "makes another spelling of its path one that does not exist: %s",
    (target) => {
      expect(find("subfrost", target)).toEqual({ kind: "no_such_path" });
    },
  );

  it("stands behind a base of any length", () => {
    const places = [{ in: "path", pattern: "/rpc/of/:key", forward: "/rpc/jsonrpc" }] as const;
    const url = new URL(`https://api.example.test/rpc/of/${HEX_KEY}`);
    expect(findCredential(places, DEMO_APIS.subfrost.format, url, new Headers())).toEqual({
      kind: "found",
      text: HEX_KEY,
    });
  });

  it("is any single segment, so that what is no key is an unknown one", () => {
    expect(find("subfrost", "/v4/not-a-key")).toEqual({ kind: "found", text: "not-a-key" });
  });

  it("is replaced by the forward path on the way to the origin", () => {
    expect(forwardedPathname(DEMO_APIS.subfrost.places, `/v4/${HEX_KEY}`)).toBe("/v4/jsonrpc");
  });

  test.each(["/v4/jsonrpc", "/v4/", "/other"])("leaves the path %s as it is", (pathname) => {
    expect(forwardedPathname(DEMO_APIS.subfrost.places, pathname)).toBe(pathname);
  });
});

describe("two places of one API", () => {
  it("may both hold the same key", () => {
    const headers = { "x-subfrost-api-key": HEX_KEY };
    const found = { kind: "found", text: HEX_KEY };
    expect(find("subfrost", `/v4/${HEX_KEY}`, headers)).toEqual(found);
  });

  it("must not hold two different keys", () => {
    const headers = { "x-subfrost-api-key": HEX_OTHER };
    expect(find("subfrost", `/v4/${HEX_KEY}`, headers).kind).toBe("malformed");
  });

  it("are each refused when malformed, even when the other one holds a key", () => {
    const headers = { "x-subfrost-api-key": `${HEX_KEY} ${HEX_KEY}` };
    expect(find("subfrost", `/v4/${HEX_KEY}`, headers).kind).toBe("malformed");
  });
});

describe("a second key in a place that the API does not read", () => {
  test.each([
    ["a header", "/strategies", { "x-api-key": PROD_KEY, authorization: `Bearer ${PROD_OTHER}` }],
    ["the query", `/strategies?api_key=${PROD_OTHER}`, { "x-api-key": PROD_KEY }],
    [
      "the query, behind the first one again",
      `/strategies?key=${PROD_KEY}&api_key=${PROD_OTHER}`,
      { "x-api-key": PROD_KEY },
    ],
    [
      "the query, behind the first one under the same name",
      `/strategies?key=${PROD_KEY}&key=${PROD_OTHER}`,
      { "x-api-key": PROD_KEY },
    ],
    [
      "a header, behind another header with the first one again",
      "/strategies",
      { "x-api-key": PROD_KEY, authorization: PROD_KEY, "api-key": PROD_OTHER },
    ],
    [
      "a header that is sent twice",
      "/strategies",
      { "x-api-key": PROD_KEY, authorization: `Bearer ${PROD_KEY}, Bearer ${PROD_OTHER}` },
    ],
  ])("is refused in %s", (_, target, headers) => {
    expect(messageOf(find("deframe", target, headers), "malformed")).toBe(
      "The request carries two different API keys. Send exactly one.",
    );
  });

  it("is refused on a bearer API as well", () => {
    const headers = { authorization: `Bearer ${LIVE_KEY}`, "x-api-key": LIVE_OTHER };
    expect(find("example", "/v1/users", headers).kind).toBe("malformed");
  });

  it("is no matter when it is the same key", () => {
    const headers = { "x-api-key": PROD_KEY, authorization: `Bearer ${PROD_KEY}` };
    expect(find("deframe", "/strategies", headers)).toEqual({ kind: "found", text: PROD_KEY });
  });

  it("is no matter when it does not have the form of this API's keys", () => {
    const headers = { "x-api-key": PROD_KEY, authorization: "Basic YWxhZGRpbjpvcGVuc2VzYW1l" };
    expect(find("deframe", "/strategies", headers)).toEqual({ kind: "found", text: PROD_KEY });
  });
});

describe("a missing credential", () => {
  it("says where the key belongs", () => {
    expect(messageOf(find("subfrost", "/v4/jsonrpc"), "missing")).toBe(
      "No API key was provided. Send it in the URL path (/v4/:key) or in the " +
        "x-subfrost-api-key header.",
    );
  });

  test.each([
    ["in the authorization header", "/strategies", { authorization: PROD_KEY }],
    ["in the authorization header", "/strategies", { authorization: `Bearer ${PROD_KEY}` }],
    ["in the authorization header", "/strategies", { authorization: `token  ${PROD_KEY}` }],
    ["in the api-key header", "/strategies", { "api-key": PROD_KEY }],
    ["in the x-auth-token header", "/strategies", { "x-auth-token": PROD_KEY }],
    ["in the query parameter `api_key`", `/strategies?api_key=${PROD_KEY}`, {}],
    ["in the query parameter `apikey`", `/strategies?apikey=${PROD_KEY}`, {}],
    ["in the query parameter `api-key`", `/strategies?api-key=${PROD_KEY}`, {}],
    ["in the query parameter `key`", `/strategies?key=${PROD_KEY}`, {}],
    ["in the query parameter `token`", `/strategies?token=${PROD_KEY}`, {}],
    ["in the query parameter `access_token`", `/strategies?access_token=${PROD_KEY}`, {}],
    ["in the query parameter `key`", `/strategies?key=&page=2&key=${PROD_KEY}`, {}],
    ["in the query parameter `api_key`", `/strategies?a=b&%61pi%5fkey=${PROD_KEY}`, {}],
  ])("names a key found %s", (where, target, headers) => {
    expect(messageOf(find("deframe", target, headers), "missing")).toContain(
      ` One was found ${where}, which is not read here.`,
    );
  });

  it("says how a bearer API wants the key", () => {
    expect(messageOf(find("example", "/v1/users"), "missing")).toBe(
      "No API key was provided. Send it as `Authorization: Bearer YOUR_API_KEY`.",
    );
  });

  test.each(["dataframer", "deframe", "subfrost"] as const)(
    "of %s is missing when its header is empty",
    (api) => {
      const headers = { authorization: "", "x-api-key": "", "x-subfrost-api-key": "" };
      expect(find(api, "/v4/", headers).kind).toBe("missing");
    },
  );

  it("does not take a scheme's name out of the middle of a text", () => {
    const authorization = PROD_KEY.replace("0123", "0123bearer ");
    const message = messageOf(find("deframe", "/strategies", { authorization }), "missing");
    expect(message).not.toContain("One was found");
  });

  it("names the x-api-key header on a bearer API", () => {
    const message = messageOf(find("example", "/v1/users", { "x-api-key": LIVE_KEY }), "missing");
    expect(message).toContain("found in the x-api-key header");
  });

  it("never repeats the key that it names", () => {
    const message = messageOf(find("example", "/v1/users", { "x-api-key": LIVE_KEY }), "missing");
    expect(message).not.toContain("0123456789");
  });
});

describe("a malformed credential", () => {
  it("is told about the Bearer prefix in a header of its own", () => {
    const credential = find("deframe", "/strategies", { "x-api-key": `Bearer ${PROD_KEY}` });
    expect(messageOf(credential, "malformed")).toBe(
      'Send the API key alone in the x-api-key header, without a "Bearer" prefix.',
    );
  });

  test.each([
    ["the key without a scheme", LIVE_KEY],
    ["the Token scheme", `Token ${LIVE_KEY}`],
    ["the Basic scheme", "Basic YWxhZGRpbjpvcGVuc2VzYW1l"],
    ["two keys", `Bearer ${LIVE_KEY} ${LIVE_KEY}`],
    ["a list", `Bearer ${LIVE_KEY}, Bearer ${LIVE_OTHER}`],
    ["a tab after the scheme", `Bearer\t${LIVE_KEY}`],
    ["the scheme alone", "Bearer"],
  ])("is told how a bearer API wants it: %s", (_, authorization) => {
    expect(messageOf(find("example", "/v1/users", { authorization }), "malformed")).toBe(
      "Send the API key as `Authorization: Bearer YOUR_API_KEY`.",
    );
  });

  it("is told that a header of its own holds one key, whatever words stand in it", () => {
    const credential = find("deframe", "/strategies", { "x-api-key": `${PROD_KEY} token x` });
    expect(messageOf(credential, "malformed")).toBe(
      "The x-api-key header must hold exactly one API key.",
    );
  });

  test.each([
    ["a blank", "prod_key_01234 56789"],
    ["a tab", "prod_key_01234\t56789"],
    ["a comma", `${PROD_KEY},${PROD_KEY}`],
  ])("is a header value with %s inside", (_, value) => {
    expect(find("deframe", "/strategies", { "x-api-key": value }).kind).toBe("malformed");
  });
});

describe("one token in the right place", () => {
  test.each(["*", "undefined", "__proto__", "..", "x".repeat(513), "$env://KEY", "Bearer"])(
    "is found whatever its shape: %s",
    (text) => {
      expect(find("deframe", "/strategies", { "x-api-key": text })).toEqual({
        kind: "found",
        text,
      });
    },
  );

  it("is found after any number of blanks behind the scheme", () => {
    const headers = { authorization: `Bearer   ${LIVE_KEY}` };
    expect(find("example", "/v1/users", headers)).toEqual({ kind: "found", text: LIVE_KEY });
  });

  it("is found without the white space around a header's value", () => {
    const headers = { "x-api-key": ` \t${PROD_KEY}\t ` };
    expect(find("deframe", "/strategies", headers)).toEqual({ kind: "found", text: PROD_KEY });
  });
});

it("the places are looked at in the order in which they are configured", () => {
  const places: readonly CredentialPlace[] = [
    { in: "bearer" },
    { in: "path", pattern: "/v4/:key", forward: "/v4/jsonrpc" },
  ];
  const { format } = DEMO_APIS.subfrost;
  const url = new URL("https://api.example.test/v4/a/b");
  const headers = new Headers({ authorization: "Token x" });
  expect(findCredential(places, format, url, headers).kind).toBe("malformed");
  expect(findCredential(places.toReversed(), format, url, headers).kind).toBe("no_such_path");
});

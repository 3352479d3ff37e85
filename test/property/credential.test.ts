import * as fc from "fast-check";
import { expect, it } from "vitest";
import { findCredential, forwardedPathname } from "../../src/core/credential.ts";
import { checkProperty } from "../support/check-property.ts";
import { demoApi } from "../support/demo-apis.ts";

const HEX_KEY = "a1b2c3d4e5f67890a1b2c3d4e5f67890";
const PROD_KEY = "prod_key_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
const KINDS = ["found", "missing", "malformed", "no_such_path"];

const apiName = fc.constantFrom("subfrost", "dataframer", "example", "deframe");
const telling = fc.constantFrom(HEX_KEY, PROD_KEY, "Bearer ", "bearer", "Token ", "jsonrpc", ", ");
const ascii = fc.string({ unit: "binary-ascii", maxLength: 12 });
const anything = fc.string({ unit: "binary", maxLength: 4 });
const text = textOf(fc.oneof(telling, fc.constantFrom("%61", "%", ";", "/"), ascii, anything));
/** workerd warns of each header value outside ASCII, so none is among them. */
const pair = fc.tuple(headerName(), textOf(fc.oneof(telling, ascii)));
const target = fc.record({ path: text, query: text, name: fc.constantFrom("key", "token", "q") });

function textOf(piece: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(""));
}

function headerName(): fc.Arbitrary<string> {
  return fc.constantFrom(
    "authorization",
    "x-api-key",
    "x-subfrost-api-key",
    "api-key",
    "x-auth-token",
    "cookie",
  );
}

/** Header values of arbitrary text; those that no client can send are left out. */
function headersOf(pairs: readonly (readonly [string, string])[]): Headers {
  const headers = new Headers();
  for (const [name, value] of pairs) {
    try {
      headers.append(name, value);
    } catch {
      continue;
    }
  }
  return headers;
}

function urlOf({ path, query, name }: { path: string; query: string; name: string }): URL {
  const url = new URL("https://api.example.test/");
  url.pathname = `/v4/${path}`;
  url.search = `?${name}=${query}`;
  return url;
}

it("findCredential has an answer for any headers, path and query", () => {
  checkProperty(
    fc.property(apiName, target, fc.array(pair), (name, where, pairs) => {
      const { places, format } = demoApi(name);
      const credential = findCredential(places, format, urlOf(where), headersOf(pairs));
      expect(KINDS).toContain(credential.kind);
    }),
    1000,
  );
});

it("no message ever holds a key of the request", () => {
  checkProperty(
    fc.property(apiName, target, fc.array(pair), (name, where, pairs) => {
      const { places, format } = demoApi(name);
      const credential = findCredential(places, format, urlOf(where), headersOf(pairs));
      const message = "message" in credential ? credential.message : "";
      expect(message).not.toContain(HEX_KEY.slice(0, 8));
      expect(message).not.toContain("0123456789");
    }),
    1000,
  );
});

it("the key that was found in a path is never in the forwarded path", () => {
  checkProperty(
    fc.property(target, (where) => {
      const { places, format } = demoApi("subfrost");
      const { pathname } = urlOf(where);
      const credential = findCredential(places, format, urlOf(where), new Headers());
      if (credential.kind !== "found") return;
      expect(forwardedPathname(places, pathname)).toBe("/v4/jsonrpc");
    }),
    1000,
  );
});

import { describe, expect, it, test } from "vitest";
import type { CredentialPlace } from "../../src/core/credential.ts";
import {
  cleanAnswerHeaders,
  formatForwardHeaders,
  maskKey,
  type TrustedFacts,
} from "../../src/core/forward-headers.ts";

const KEY = "prod_key_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcd";
const PRINCIPAL = {
  keyId: "key_0123456789AB",
  account: "acc_1",
  api: "deframe",
  environment: "production",
  permissions: ["users:read", "users:write"],
};
const FACTS: TrustedFacts = {
  requestId: "req_1",
  clientIp: "203.0.113.7",
  protocol: "https",
  host: "api.example.com",
  assertion: null,
};
const PLACES: readonly CredentialPlace[] = [{ in: "header", name: "x-api-key" }];

function forward(
  client: Readonly<Record<string, string>>,
  places = PLACES,
  facts: Partial<TrustedFacts> = {},
): Headers {
  const sent = new Headers(client);
  const headers = formatForwardHeaders(sent, places, KEY, PRINCIPAL, { ...FACTS, ...facts });
  return new Headers(headers);
}

function clean(origin: Headers): Headers {
  const headers = new Headers(origin);
  cleanAnswerHeaders(headers, KEY);
  return headers;
}

describe("the dashboard's session", () => {
  const SESSION = `__Host-authz_session=operator.${"A".repeat(43)}`;

  test.each([
    [`theme=dark; ${SESSION}; lang=en`, "theme=dark; lang=en"],
    [`${SESSION}; lang=en`, "lang=en"],
    [`a=1, ${SESSION}`, "a=1"],
    [`a=1;${SESSION};  ${SESSION}`, "a=1"],
    ["a=1;b=2, c", "a=1;b=2, c"],
    ["x__Host-authz_session=1", "x__Host-authz_session=1"],
  ])("is taken out of the cookies %j", (cookie, kept) => {
    expect(forward({ cookie }).get("cookie")).toBe(kept);
  });

  it("leaves no header behind that had nothing else", () => {
    expect(forward({ cookie: SESSION }).has("cookie")).toBe(false);
  });
});

describe("what the origin is told", () => {
  it("is who calls, from where and for which host, and nothing else when nothing was sent", () => {
    expect(Object.fromEntries(forward({}))).toEqual({
      "x-authz-key-id": "key_0123456789AB",
      "x-authz-account-id": "acc_1",
      "x-authz-environment": "production",
      "x-authz-permissions": "users:read users:write",
      "x-authz-api": "deframe",
      "x-request-id": "req_1",
      "x-forwarded-for": "203.0.113.7",
      "x-forwarded-proto": "https",
      "x-forwarded-host": "api.example.com",
    });
  });

  it("has no address where the platform gave none, whatever the client says", () => {
    const headers = forward({ "x-forwarded-for": "6.6.6.6" }, PLACES, { clientIp: null });
    expect(headers.has("x-forwarded-for")).toBe(false);
  });

  it("has the authorizer's request id and not the client's", () => {
    expect(forward({ "x-request-id": "theirs" }).get("x-request-id")).toBe("req_1");
  });
});

describe("a header of the client", () => {
  test.each([
    "accept",
    "content-type",
    "cookie",
    "range",
    "user-agent",
    "x-authorization",
    "x-cf-a",
  ])("is passed on unchanged: %s", (name) => {
    expect(forward({ [name]: "a, B;c=1" }).get(name)).toBe("a, B;c=1");
  });

  test.each([
    "connection",
    "expect",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
  ])("that concerns one connection only is removed: %s", (name) => {
    expect(forward({ [name]: "x" }).has(name)).toBe(false);
  });

  test.each([
    "cdn-loop",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "forwarded-for",
    "front-end-https",
    "true-client-ip",
    "via",
    "wl-proxy-client-ip",
    "x-azure-clientip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-forwarded",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-originating-ip",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-rewrite-url",
    "x-scheme",
    "x-url-scheme",
    "cf-connecting-ip",
    "x-authz-role",
    "x-envoy-original-path",
    "x-forwarded-port",
    "x-original-url",
  ])("by which it could pretend to be another request is removed: %s", (name) => {
    expect(forward({ [name]: "forged" }).has(name)).toBe(false);
  });

  test.each(["x-signature", "x-timestamp"])("of its signature is removed: %s", (name) => {
    expect(forward({ [name]: "1" }).has(name)).toBe(false);
  });

  test.each(["X_Real_IP", "x.real.ip", "X_Authz.Key_Id", "x_signature", "Proxy_Authorization"])(
    "is removed in a spelling that an origin may read alike: %s",
    (name) => {
      expect(forward({ [name]: "forged" }).has(name)).toBe(false);
    },
  );

  it("that Connection names is removed, in any case and between any blanks", () => {
    const headers = forward({
      connection: "close,  X-Private ",
      "x-private": "1",
      "x-public": "2",
    });
    expect([headers.get("x-private"), headers.get("x-public")]).toEqual([null, "2"]);
  });

  it("that Connection names takes no trusted one along", () => {
    const headers = forward({ connection: "x-authz-key-id, x-request-id" });
    expect(headers.get("x-authz-key-id")).toBe("key_0123456789AB");
    expect(headers.get("x-request-id")).toBe("req_1");
  });

  it("that holds the key elsewhere is passed on with a mask, as often as it stands there", () => {
    const headers = forward({ cookie: `a=${KEY}; b=${KEY}` });
    expect(headers.get("cookie")).toBe("a=***; b=***");
  });
});

describe("the credential", () => {
  it("of a header place is removed", () => {
    expect(forward({ "x-api-key": "another" }).has("x-api-key")).toBe(false);
  });

  it("of a bearer place is removed", () => {
    expect(forward({ authorization: "Bearer x" }, [{ in: "bearer" }]).has("authorization")).toBe(
      false,
    );
  });

  it("is removed from every place of the API", () => {
    const places = [...PLACES, { in: "bearer" } as const];
    const headers = forward({ authorization: "Bearer x", "x-api-key": "x" }, places);
    expect([headers.has("authorization"), headers.has("x-api-key")]).toEqual([false, false]);
  });

  it("of a path place leaves every header alone", () => {
    const places = [{ in: "path", pattern: "/v4/:key", forward: "/v4/jsonrpc" } as const];
    expect(
      forward({ authorization: "Basic x", "x-api-key": "x" }, places).get("authorization"),
    ).toBe("Basic x");
  });
});

describe("an upgrade", () => {
  test.each(["websocket", "WebSocket"])("to %s is passed on", (value) => {
    const headers = forward({ upgrade: value, connection: "Upgrade" });
    expect([headers.get("upgrade"), headers.get("connection")]).toEqual([value, null]);
  });

  test.each(["h2c", "websocket, h2c"])("to %s is not", (value) => {
    expect(forward({ upgrade: value }).has("upgrade")).toBe(false);
  });

  it("is a header of that name only", () => {
    expect(forward({ "x-real-ip": "websocket" }).has("x-real-ip")).toBe(false);
  });
});

describe("the origin's answer", () => {
  it("keeps its headers but those of the connection to the origin", () => {
    const origin = new Headers({
      "content-type": "text/plain",
      connection: "x-private",
      "x-private": "1",
      "keep-alive": "timeout=5",
    });
    expect(Object.fromEntries(clean(origin))).toEqual({
      "content-type": "text/plain",
    });
  });

  it("never shows the key", () => {
    const origin = new Headers({ location: `/a?key=${KEY}`, "x-other": "1" });
    expect(Object.fromEntries(clean(origin))).toEqual({
      location: "/a?key=***",
      "x-other": "1",
    });
  });

  it("keeps each cookie a line of its own, without the key", () => {
    const origin = new Headers([
      ["set-cookie", "a=1; Expires=Fri, 20 Nov 2026 00:00:00 GMT"],
      ["set-cookie", `b=${KEY}`],
    ]);
    expect(clean(origin).getSetCookie()).toEqual([
      "a=1; Expires=Fri, 20 Nov 2026 00:00:00 GMT",
      "b=***",
    ]);
  });

  it("keeps its cookies even when Connection names them", () => {
    const origin = new Headers({ connection: "set-cookie", "set-cookie": "a=1" });
    expect(clean(origin).getSetCookie()).toEqual(["a=1"]);
  });
});

it("a text is masked wherever the key stands in it", () => {
  expect(maskKey(`${KEY}a${KEY}`, KEY)).toBe("***a***");
});

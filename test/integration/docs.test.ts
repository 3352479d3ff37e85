import { expect, it, test } from "vitest";
import type { OpenApiDocument } from "../../src/management/openapi/document-types.ts";
import { call, makeAccount, makeKey, OPERATOR } from "../support/gateway.ts";
import { findMismatches } from "../support/json-schema.ts";

async function readDocument(): Promise<OpenApiDocument> {
  return (await call("/manage/openapi.json")).json();
}

/** Asks as the operator, and checks the answer against what the document says of it. */
async function expectDocumented(
  method: string,
  documented: string,
  path: string,
  init: { readonly body?: object; readonly headers?: Readonly<Record<string, string>> } = {},
): Promise<{ readonly status: number; readonly body: Readonly<Record<string, unknown>> }> {
  const { paths, components } = await readDocument();
  const response = await call(path, {
    method,
    headers: { ...OPERATOR, "content-type": "application/json", ...init.headers },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
  });
  const body: Readonly<Record<string, unknown>> = await response.json();
  const described = paths[documented]?.[method.toLowerCase()]?.responses[String(response.status)];
  if (described === undefined) throw new Error(`${response.status} is not in the document`);
  const name = "$ref" in described ? described.$ref.replace("#/components/responses/", "") : "";
  const answer = "$ref" in described ? components.responses[name] : described;
  const schema = answer?.content[response.headers.get("content-type") ?? ""]?.schema;
  if (answer === undefined || schema === undefined)
    throw new Error("the media type is not documented");
  expect(findMismatches(schema, body, components.schemas)).toEqual([]);
  const required = Object.keys(answer.headers).filter((header) => header !== "Idempotent-Replayed");
  expect(required.filter((header) => !response.headers.has(header))).toEqual([]);
  return { status: response.status, body };
}

test.each([
  ["/manage/openapi.json", "application/json"],
  ["/manage/docs", "text/html; charset=utf-8"],
])("%s is served without a token, and is not to be stored", async (path, contentType) => {
  const response = await call(path);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe(contentType);
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-content-type-options")).toBe("nosniff");
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect((await call(path, { method: "HEAD" })).status).toBe(200);
  expect((await call(path, { method: "POST" })).headers.get("allow")).toBe("GET, HEAD");
});

it("the document is OpenAPI 3.1 and asks for the operator token or a session", async () => {
  const document = await readDocument();
  expect(document.openapi).toBe("3.1.1");
  expect(document.security).toEqual([{ operatorToken: [] }, { session: [] }]);
  expect(document.components.securitySchemes["operatorToken"]).toMatchObject({
    type: "http",
    scheme: "bearer",
  });
});

it("the page has no script and loads nothing", async () => {
  const page = await (await call("/manage/docs")).text();
  expect(page).not.toMatch(/<script|<link|<img|<iframe|<object|<embed|<form/i);
  expect(page).not.toMatch(/\s(?:src|srcset|style|on\w+)=/i);
  expect(page).not.toMatch(/@import|url\(/i);
  const links = [...page.matchAll(/href="([^"]*)"/g)].map(([, href = ""]) => href);
  expect(links.filter((href) => !/^#[\w-]+$|^\/manage\/openapi\.json$/.test(href))).toEqual([]);
});

it("the page's policy allows its own style and nothing else", async () => {
  const response = await call("/manage/docs");
  const page = await response.text();
  const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? "";
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
  const hash = btoa(String.fromCharCode(...new Uint8Array(digest)));
  expect(response.headers.get("content-security-policy")).toBe(
    `default-src 'none'; style-src 'sha256-${hash}'; ` +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(style).toContain("color-scheme: light dark");
  expect(page).toContain('<meta name="viewport" content="width=device-width, initial-scale=1"');
});

it("every link of the page leads to a part of it, and no two parts have one name", async () => {
  const page = await (await call("/manage/docs")).text();
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const anchors = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id = ""]) => id);
  expect(anchors.filter((id) => !ids.includes(id))).toEqual([]);
});

it("the page tells every operation of the document with a call to paste", async () => {
  const { paths } = await readDocument();
  const page = await (await call("https://manage.example.com/manage/docs")).text();
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  const missing = operations.filter(({ operationId }) => !page.includes(`id="${operationId}"`));
  expect(missing).toEqual([]);
  expect(page.split("<pre>curl").length - 1).toBe(operations.length);
  expect(page).toContain("curl &#39;https://manage.example.com/manage/v1/accounts?api=my-api");
});

it("answers about accounts are as the document says", async () => {
  const api = "deframe";
  const made = await expectDocumented("POST", "/manage/v1/accounts", "/manage/v1/accounts", {
    body: { api, name: "Acme", email: "ops@acme.test", limits: { minute: 10 } },
  });
  expect(made.status).toBe(201);
  const { id } = made.body["data"] as { readonly id: string };
  const account = "/manage/v1/accounts/{id}";
  const path = `/manage/v1/accounts/${id}`;
  await expectDocumented("GET", "/manage/v1/accounts", `/manage/v1/accounts?api=${api}&limit=1`);
  await expectDocumented("GET", account, path);
  await expectDocumented("PATCH", account, path, { body: { plan: "business", limits: null } });
  await expectDocumented("POST", `${account}/suspend`, `${path}/suspend`, {
    body: { reason: "unpaid" },
  });
  await expectDocumented("POST", `${account}/reactivate`, `${path}/reactivate`);
  await expectDocumented("GET", `${account}/audit`, `${path}/audit`);
  await expectDocumented("GET", `${account}/audit/verify`, `${path}/audit/verify`);
});

it("answers about keys are as the document says", async () => {
  const account = await makeAccount();
  const keys = "/manage/v1/accounts/{id}/api-keys";
  const keysPath = `/manage/v1/accounts/${account}/api-keys`;
  const creation = {
    body: { name: "K", metadata: { team: "core" }, restrictions: { ips: ["203.0.113.7"] } },
    headers: { "idempotency-key": crypto.randomUUID() },
  };
  const made = await expectDocumented("POST", keys, keysPath, creation);
  const again = await expectDocumented("POST", keys, keysPath, creation);
  expect([made.status, again.status]).toEqual([201, 201]);
  const { id } = made.body["data"] as { readonly id: string };
  const path = `/manage/v1/api-keys/${id}`;
  const key = "/manage/v1/api-keys/{id}";
  await expectDocumented("GET", keys, `${keysPath}?status=active`);
  await expectDocumented("GET", key, path);
  await expectDocumented("PATCH", key, path, { body: { limits: { minute: 5 } } });
  await expectDocumented("POST", `${key}/rotate`, `${path}/rotate`);
  await expectDocumented("DELETE", key, path);
  const late = await expectDocumented("PATCH", key, path, { body: { name: "late" } });
  expect(late.status).toBe(409);
});

test.each([
  ["a key", async () => (await makeKey()).key, true],
  ["no key", async () => "nonsense", false],
])("the verdict about %s is as the document says", async (_, makeText, allowed) => {
  const body = { key: await makeText(), api: "deframe" };
  const path = "/manage/v1/verify";
  const verdict = await expectDocumented("POST", path, path, { body });
  expect(verdict.body["data"]).toMatchObject({ allowed });
});

it("answers about the keyring are as the document says", async () => {
  const path = "/manage/v1/keyring";
  await expectDocumented("GET", path, path);
  const { status } = await expectDocumented("POST", `${path}/reencrypt`, `${path}/reencrypt`);
  expect(status).toBe(200);
});

test.each(["/manage/health", "/manage/.well-known/jwks.json"])(
  "the answer of %s is as the document says",
  async (path) => {
    expect((await expectDocumented("GET", path, path)).status).toBe(200);
  },
);

test.each<[number, string, string, string, object]>([
  [400, "POST", "/manage/v1/accounts", "/manage/v1/accounts", { body: { name: "" } }],
  [401, "GET", "/manage/v1/accounts", "/manage/v1/accounts", { headers: { authorization: "" } }],
  [404, "GET", "/manage/v1/accounts/{id}", "/manage/v1/accounts/nobody", {}],
  [413, "POST", "/manage/v1/verify", "/manage/v1/verify", { body: { key: "k".repeat(66_000) } }],
])("the refusal %i is as the document says", async (status, method, documented, path, init) => {
  const answered = await expectDocumented(method, documented, path, init);
  expect(answered.status).toBe(status);
});

/** How the dashboard's files are served: by the Worker alone, with headers that keep the page to itself. */
import { expect, it, test } from "vitest";
import { call } from "../support/gateway.ts";
import { deframeWith, workerWith } from "../support/worker-with.ts";

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'";

/** The uploaded files, in memory. */
const ASSETS = {
  async fetch(url: string): Promise<Response> {
    const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
      "/manage/index.html": ["text/html; charset=utf-8", "<!doctype html><title>page</title>"],
      "/manage/assets/index-abc123.js": ["text/javascript", "export {};"],
    };
    const [type, text] = files[new URL(url).pathname] ?? [];
    if (type === undefined) return new Response("", { status: 404 });
    return new Response(text, { headers: { "content-type": type } });
  },
};

const serve = workerWith({ ...deframeWith({}), ASSETS });

it("the page may load its own files alone, is framed nowhere and is never stored", async () => {
  const { status, headers } = await serve("/manage/");
  expect(status).toBe(200);
  expect(headers.get("content-security-policy")).toBe(POLICY);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("content-type")).toBe("text/html; charset=utf-8");
});

it("a file that is named by its content is kept for ever", async () => {
  const { status, headers } = await serve("/manage/assets/index-abc123.js");
  expect(status).toBe(200);
  expect(headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(headers.get("content-type")).toBe("text/javascript");
});

test.each([
  "/manage/",
  "/manage/assets/index-abc123.js",
  "/manage/session",
  "/manage/v1/apis",
  "/manage/no",
])("%s is neither framed nor sniffed, tells no referrer and asks for https", async (path) => {
  const { headers } = await serve(path);
  expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("no-referrer");
  expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

it("/manage leads to the page", async () => {
  const response = await serve("/manage", { redirect: "manual" });
  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toBe("/manage/");
  expect(response.headers.get("cache-control")).toBe("no-store");
  expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
});

test.each([
  "/manage?next=//evil.example",
  "/manage?next=/%5Cevil.example",
  "/manage/?next=https://evil.example",
  "/manage/%5Cevil.example",
  "/manage//evil.example",
  "/manage/@evil.example",
  "/manage/session?redirect=//evil.example",
])("A110 %s leads to nowhere but the page", async (path) => {
  const { status, headers } = await serve(path, { redirect: "manual" });
  expect([200, 302, 404]).toContain(status);
  expect([null, "/manage/"]).toContain(headers.get("location"));
});

test.each([
  "/manage/index.html",
  "/manage/assets/",
  "/manage/assets/nothing.js",
  "/manage/assets/../index.html",
  "/manage/assets/%2e%2e%2findex.html",
])("%s is no file that is handed out", async (path) => {
  expect((await serve(path)).status).toBe(404);
});

it("a file's path outside of /manage is the API's, never a file", async () => {
  expect((await serve("/index.html")).status).toBe(401);
});

test.each(["POST", "PUT", "DELETE"])("the page is not served to %s", async (method) => {
  const { status, headers } = await serve("/manage/", { method });
  expect(status).toBe(405);
  expect(headers.get("allow")).toBe("GET, HEAD");
});

it("the page is served on the management host alone", async () => {
  const confined = workerWith({
    ...deframeWith({}),
    ASSETS,
    MANAGEMENT_HOST: "manage.example.com",
  });
  expect((await confined("/manage/")).status).toBe(404);
  expect((await confined("https://manage.example.com/manage/")).status).toBe(200);
});

it("a Worker that was deployed without the files says so", async () => {
  const bare = workerWith({ ...deframeWith({}), ASSETS: undefined });
  const response = await bare("/manage/");
  expect(response.status).toBe(404);
  expect(await response.text()).toContain("npm run build");
});

it("the real files, where they were built, are served through their binding", async () => {
  const response = await call("/manage/assets/nothing.js");
  expect(response.status).toBe(404);
});

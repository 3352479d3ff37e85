import { expect, it } from "vitest";
import { createOrigin } from "../support/demo-origin.ts";

const ask = createOrigin();

it("lists yield strategies", async () => {
  const response = await ask("/strategies");
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    data: expect.arrayContaining([
      expect.objectContaining({ id: "aave-v3-usdc-base", asset: "USDC", apy: 0.0412 }),
    ]),
    pagination: { page: 1, total: 4 },
  });
});

it("answers HEAD like GET, without a body", async () => {
  const response = await ask("/strategies", { method: "HEAD" });
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(await response.text()).toBe("");
});

it.each(["/echo", "/echo/deeper?q=1", "/v1/echo", "/v1/echo/x", "/api/echo/", "/api/echo/x/y"])(
  "echoes what it received at %s",
  async (path) => {
    const response = await ask(path, {
      method: "POST",
      headers: { "x-request-id": "r1", "content-type": "text/plain" },
      body: "grüße",
    });
    expect(await response.json()).toEqual({
      method: "POST",
      url: `https://api.example.com${path}`,
      headers: { "x-request-id": "r1", "content-type": "text/plain" },
      body: "grüße",
    });
  },
);

it("echoes a body that is not UTF-8 as base64", async () => {
  const body = new Uint8Array([0xff, 0x00, 0xfe]);
  const response = await ask("/echo", { method: "PUT", body });
  const received = await response.json();
  expect(received).toMatchObject({ method: "PUT", body_base64: "/wD+" });
  expect(received).not.toHaveProperty("body");
});

it("keeps a byte order mark of an echoed body", async () => {
  const body = new Uint8Array([0xef, 0xbb, 0xbf, 0x61]);
  const response = await ask("/echo", { method: "PUT", body });
  expect(await response.json()).toMatchObject({ body: "\u{feff}a" });
});

it("echoes the absence of a body as null", async () => {
  const response = await ask("/echo");
  expect(await response.json()).toMatchObject({ method: "GET", body: null });
});

it.each([
  ["GET", "/strategie"],
  ["POST", "/strategies"],
  ["GET", "/echoes"],
  ["GET", "/v2/echo"],
  ["GET", "/v4/jsonrpc"],
  ["DELETE", "/v1/users/usr_123"],
])("answers 404 as JSON to %s %s", async (method, path) => {
  const response = await ask(path, { method });
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ error: { code: "NOT_FOUND", httpStatus: 404 } });
});

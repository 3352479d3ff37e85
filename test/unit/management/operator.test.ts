import { expect, it, test } from "vitest";
import { authorizeOperator } from "../../../src/management/operator.ts";
import { createControlPlane } from "../../support/control-plane.ts";

const OLD = "old-operator-token-0123456789-0123456789";
const NEW = "new-operator-token-0123456789-0123456789";

const ROUTES = [
  ["POST", "/manage/v1/accounts"],
  ["GET", "/manage/v1/accounts"],
  ["GET", "/manage/v1/accounts/acc_1"],
  ["PATCH", "/manage/v1/accounts/acc_1"],
  ["POST", "/manage/v1/accounts/acc_1/suspend"],
  ["POST", "/manage/v1/accounts/acc_1/reactivate"],
  ["POST", "/manage/v1/accounts/acc_1/api-keys"],
  ["GET", "/manage/v1/accounts/acc_1/api-keys"],
  ["GET", "/manage/v1/api-keys/key_0123456789AB"],
  ["DELETE", "/manage/v1/api-keys/key_0123456789AB"],
  ["GET", "/manage/v1"],
  ["GET", "/manage/v1/nowhere"],
  ["PUT", "/manage/v1/accounts"],
] as const;

test.each([OLD, NEW])("accepts either token while it is being changed", async (token) => {
  expect(await authorizeOperator([OLD, NEW], `Bearer ${token}`)).toBeNull();
});

it("takes the scheme in any case", async () => {
  expect(await authorizeOperator([NEW], `bearer ${NEW}`)).toBeNull();
});

test.each([
  ["another token", `Bearer ${OLD}`],
  ["a longer token", `Bearer ${NEW}x`],
  ["the start of the token", `Bearer ${NEW.slice(0, -1)}`],
  ["the token without its scheme", NEW],
  ["another scheme", `Basic ${NEW}`],
  ["no token behind the scheme", "Bearer"],
  ["both tokens in one header", `Bearer ${NEW}, Bearer ${NEW}`],
])("refuses %s", async (_, authorization) => {
  expect(await authorizeOperator([NEW], authorization)).toMatchObject({
    reason: "invalid_token",
    credentialSent: true,
  });
});

test.each(ROUTES)("%s %s without a token is 401 and asks no port", async (method, path) => {
  const plane = createControlPlane();
  const { status, headers, body } = await plane.send(path, { method });
  expect(status).toBe(401);
  expect(headers.get("www-authenticate")).toBe('Bearer realm="management"');
  expect(body).toMatchObject({ success: false, error: { code: "missing_credential" } });
  expect(plane.calls).toEqual([]);
});

test.each(ROUTES)("%s %s with a wrong token is 401 and asks no port", async (method, path) => {
  const plane = createControlPlane();
  const { status, headers, body } = await plane.send(path, {
    method,
    headers: { authorization: `Bearer ${OLD}` },
  });
  expect(status).toBe(401);
  expect(headers.get("www-authenticate")).toBe('Bearer realm="management", error="invalid_token"');
  expect(body).toMatchObject({ success: false, error: { code: "invalid_token" } });
  expect(plane.calls).toEqual([]);
});

it("is closed while no token is configured, and says how to make one", async () => {
  const plane = createControlPlane({ operatorTokens: [] });
  const { status, headers, text } = await plane.call("GET", "/manage/v1/accounts");
  expect(status).toBe(503);
  expect(headers.get("retry-after")).toBe("1");
  expect(text).toContain("OPERATOR_TOKEN is not set or shorter than 32 characters");
  expect(text).toContain("npx wrangler secret put OPERATOR_TOKEN");
  expect(plane.calls).toEqual([]);
});

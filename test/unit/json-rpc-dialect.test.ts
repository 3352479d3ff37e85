import { expect, it, test } from "vitest";
import type { RpcCalls } from "../../src/core/json-rpc.ts";
import { refuse, type Reason } from "../../src/core/refusal.ts";
import { jsonRpc } from "../../src/dialects/json-rpc.ts";

const CALL: RpcCalls = { batch: false, calls: [{ id: 1 }] };

function bodyOf(rpc: RpcCalls | null): unknown {
  return JSON.parse(jsonRpc(refuse("revoked_key"), { requestId: "req_1", rpc }).body);
}

const REVOKED = {
  code: -32001,
  message: "The API key has been revoked.",
  data: { reason: "revoked_key" },
};

test.each<[Reason, number, number]>([
  ["missing_credential", 401, -32001],
  ["malformed_credential", 401, -32001],
  ["unknown_key", 401, -32001],
  ["revoked_key", 401, -32001],
  ["expired_key", 401, -32001],
  ["disabled_key", 401, -32001],
  ["invalid_token", 401, -32001],
  ["suspended_account", 403, -32003],
  ["ip_not_allowed", 403, -32003],
  ["referrer_not_allowed", 403, -32003],
  ["endpoint_not_allowed", 403, -32003],
  ["permission_missing", 403, -32003],
  ["environment_mismatch", 403, -32003],
  ["missing_signature", 401, -32001],
  ["invalid_signature", 401, -32001],
  ["timestamp_out_of_range", 401, -32001],
  ["replayed_signature", 401, -32001],
  ["rate_limited", 429, -32005],
  ["invalid_request", 400, -32600],
  ["not_found", 404, -32600],
  ["method_not_allowed", 405, -32600],
  ["conflict", 409, -32602],
  ["body_too_large", 413, -32600],
  ["origin_unreachable", 502, -32002],
  ["origin_timeout", 504, -32002],
  ["unavailable", 503, -32002],
  ["internal", 500, -32603],
])("words %s as %i with the code %i", (reason, status, code) => {
  const refusal = refuse(reason);
  const worded = jsonRpc(refusal, { requestId: "req_1", rpc: CALL });
  expect(worded.status).toBe(status);
  expect(worded.contentType).toBe("application/json");
  expect(JSON.parse(worded.body)).toEqual({
    jsonrpc: "2.0",
    error: { code, message: refusal.message, data: { reason } },
    id: 1,
  });
});

test.each([-32700, -32600, -32601, -32602])("words the more exact code %i", (rpcCode) => {
  const worded = jsonRpc(refuse("invalid_request", { rpcCode }), { requestId: "req_1", rpc: CALL });
  expect(worded.status).toBe(400);
  expect(JSON.parse(worded.body)).toMatchObject({ error: { code: rpcCode } });
});

test.each([1, 0, "a", "", null])("answers to the id %j", (id) => {
  expect(bodyOf({ batch: false, calls: [{ id }] })).toEqual({ jsonrpc: "2.0", error: REVOKED, id });
});

it("answers a batch with one error for each call that has an id, in their order", () => {
  expect(bodyOf({ batch: true, calls: [{ id: 2 }, { id: undefined }, { id: "b" }] })).toEqual([
    { jsonrpc: "2.0", error: REVOKED, id: 2 },
    { jsonrpc: "2.0", error: REVOKED, id: "b" },
  ]);
});

it("answers a batch of one with an array", () => {
  expect(bodyOf({ batch: true, calls: [{ id: 1 }] })).toEqual([
    { jsonrpc: "2.0", error: REVOKED, id: 1 },
  ]);
});

test.each<[string, RpcCalls | null]>([
  ["a notification", { batch: false, calls: [{ id: undefined }] }],
  ["a batch of notifications", { batch: true, calls: [{ id: undefined }, { id: undefined }] }],
  ["a body that could not be read", null],
])("answers %s with one error and the id null", (_, rpc) => {
  expect(bodyOf(rpc)).toEqual({ jsonrpc: "2.0", error: REVOKED, id: null });
});

it("tells the seconds to wait", () => {
  const refusal = refuse("rate_limited", { retryAfterSeconds: 42 });
  const worded = jsonRpc(refusal, { requestId: "req_1", rpc: CALL });
  expect(JSON.parse(worded.body)).toMatchObject({
    error: { data: { reason: "rate_limited", retry_after: 42 } },
  });
});

it("names each wrong field", () => {
  const fields = [{ field: "name", message: "is required" }];
  const worded = jsonRpc(refuse("invalid_request", { fields }), { requestId: "req_1", rpc: CALL });
  expect(JSON.parse(worded.body)).toMatchObject({ error: { data: { fields } } });
});

import { describe, expect, it, test } from "vitest";
import { ALL_REASONS, refuse, statusOf, type Reason } from "../../src/core/refusal.ts";
import { detail } from "../../src/dialects/detail.ts";
import { dialectOf } from "../../src/dialects/dialects.ts";
import { jsonRpc } from "../../src/dialects/json-rpc.ts";
import { nestedError } from "../../src/dialects/nested-error.ts";
import { problem } from "../../src/dialects/problem.ts";
import { successFlag } from "../../src/dialects/success-flag.ts";

const CONTEXT = { requestId: "req_1" };

const RATE_LIMITED = refuse("rate_limited", {
  retryAfterSeconds: 60,
  violatedPolicies: ["minute", "hour"],
});
const INVALID = refuse("invalid_request", {
  fields: [{ field: "name", message: "must be a string of 1 to 128 characters" }],
});

describe("nested-error", () => {
  it("words a rate limit exactly as the page does", () => {
    expect(nestedError(RATE_LIMITED, CONTEXT)).toEqual({
      status: 429,
      contentType: "application/json",
      body:
        '{"error":{"code":"RATE_LIMIT_EXCEEDED",' +
        '"message":"Rate limit exceeded. Please wait before making more requests.",' +
        '"httpStatus":429,"details":{"retryAfter":60}}}',
    });
  });

  test.each<[Reason, number, string]>([
    ["missing_credential", 401, "MISSING_API_KEY"],
    ["malformed_credential", 401, "INVALID_API_KEY"],
    ["unknown_key", 401, "INVALID_API_KEY"],
    ["revoked_key", 401, "API_KEY_REVOKED"],
    ["expired_key", 401, "API_KEY_EXPIRED"],
    ["disabled_key", 401, "DISABLED_KEY"],
    ["invalid_token", 401, "INVALID_TOKEN"],
    ["suspended_account", 403, "SUSPENDED_ACCOUNT"],
    ["ip_not_allowed", 403, "IP_NOT_ALLOWED"],
    ["referrer_not_allowed", 403, "REFERRER_NOT_ALLOWED"],
    ["endpoint_not_allowed", 403, "ENDPOINT_NOT_ALLOWED"],
    ["permission_missing", 403, "PERMISSION_MISSING"],
    ["environment_mismatch", 403, "ENVIRONMENT_MISMATCH"],
    ["missing_signature", 401, "MISSING_SIGNATURE"],
    ["invalid_signature", 401, "INVALID_SIGNATURE"],
    ["timestamp_out_of_range", 401, "TIMESTAMP_OUT_OF_RANGE"],
    ["replayed_signature", 401, "REPLAYED_SIGNATURE"],
    ["rate_limited", 429, "RATE_LIMIT_EXCEEDED"],
    ["invalid_request", 400, "INVALID_REQUEST"],
    ["not_found", 404, "NOT_FOUND"],
    ["method_not_allowed", 405, "METHOD_NOT_ALLOWED"],
    ["conflict", 409, "CONFLICT"],
    ["body_too_large", 413, "BODY_TOO_LARGE"],
    ["origin_unreachable", 502, "ORIGIN_UNREACHABLE"],
    ["origin_timeout", 504, "ORIGIN_TIMEOUT"],
    ["unavailable", 503, "UNAVAILABLE"],
    ["internal", 500, "INTERNAL"],
  ])("words %s as %i %s", (reason, status, code) => {
    const worded = nestedError(refuse(reason), CONTEXT);
    expect(worded.status).toBe(status);
    expect(JSON.parse(worded.body)).toEqual({
      error: { code, message: refuse(reason).message, httpStatus: status },
    });
  });

  it("passes a helpful message on", () => {
    const refusal = refuse("malformed_credential", { message: 'Without a "Bearer" prefix.' });
    expect(JSON.parse(nestedError(refusal, CONTEXT).body)).toMatchObject({
      error: { message: 'Without a "Bearer" prefix.' },
    });
  });

  it("names each wrong field", () => {
    expect(JSON.parse(nestedError(INVALID, CONTEXT).body)).toMatchObject({
      error: {
        details: {
          fields: [{ field: "name", message: "must be a string of 1 to 128 characters" }],
        },
      },
    });
  });
});

describe("problem", () => {
  it("words a refusal with the members of RFC 9457", () => {
    const worded = problem(refuse("revoked_key"), CONTEXT);
    expect(worded).toMatchObject({ status: 401, contentType: "application/problem+json" });
    expect(JSON.parse(worded.body)).toEqual({
      type: "urn:edge-authorizer:problem:revoked_key",
      title: "Revoked key",
      status: 401,
      detail: "The API key has been revoked.",
      reason: "revoked_key",
      request_id: "req_1",
    });
  });

  it("words a rate limit as the RateLimit draft's quota-exceeded problem", () => {
    const worded = problem(RATE_LIMITED, CONTEXT);
    expect(worded.status).toBe(429);
    expect(JSON.parse(worded.body)).toMatchObject({
      type: "https://iana.org/assignments/http-problem-types#quota-exceeded",
      status: 429,
      "violated-policies": ["minute", "hour"],
      retry_after: 60,
    });
  });

  test.each(ALL_REASONS)("gives %s its status, in the body as well", (reason) => {
    const worded = problem(refuse(reason), CONTEXT);
    expect(worded.status).toBe(statusOf(reason));
    expect(JSON.parse(worded.body)).toMatchObject({ status: statusOf(reason), reason });
  });

  it("has a type of its own for each reason", () => {
    const types = ALL_REASONS.map((reason) => typeOf(problem(refuse(reason), CONTEXT).body));
    expect(new Set(types).size).toBe(27);
  });

  it("names each wrong field", () => {
    expect(JSON.parse(problem(INVALID, CONTEXT).body)).toMatchObject({
      errors: [{ field: "name", message: "must be a string of 1 to 128 characters" }],
    });
  });
});

describe("detail", () => {
  test.each<[Reason, number, string]>([
    ["missing_credential", 401, "Authentication credentials were not provided."],
    ["malformed_credential", 401, "Authentication credentials were not provided."],
    ["unknown_key", 403, "Invalid or expired API key."],
    ["revoked_key", 403, "Invalid or expired API key."],
    ["expired_key", 403, "Invalid or expired API key."],
    ["disabled_key", 403, "Invalid or expired API key."],
    ["invalid_token", 401, "The token is not valid."],
    ["suspended_account", 403, "Invalid or expired API key."],
    ["ip_not_allowed", 403, "Requests from this IP address are not allowed with this API key."],
    ["referrer_not_allowed", 403, "Requests from this referrer are not allowed with this API key."],
    ["endpoint_not_allowed", 403, "This endpoint is not allowed with this API key."],
    ["permission_missing", 403, "This API key lacks a permission that the endpoint needs."],
    ["environment_mismatch", 403, "Keys of this environment are not accepted here."],
    ["missing_signature", 401, "This request must be signed."],
    ["invalid_signature", 401, "The request signature does not verify."],
    [
      "timestamp_out_of_range",
      401,
      "The signature's timestamp is missing, malformed or too far off.",
    ],
    ["replayed_signature", 401, "This signed request was already accepted once."],
    ["rate_limited", 429, "Rate limit exceeded. Try again in 1 seconds."],
    ["invalid_request", 400, "The request is not valid."],
    ["not_found", 404, "There is nothing here."],
    ["method_not_allowed", 405, "This method is not allowed here."],
    ["conflict", 409, "The request conflicts with what is stored."],
    ["body_too_large", 413, "The request body is too large."],
    ["origin_unreachable", 502, "The origin could not be reached."],
    ["origin_timeout", 504, "The origin did not answer in time."],
    ["unavailable", 503, "The authorizer cannot decide right now. Please try again."],
    ["internal", 500, "Something went wrong in the authorizer."],
  ])("words %s as %i %s", (reason, status, sentence) => {
    const worded = detail(refuse(reason), CONTEXT);
    expect(worded.status).toBe(status);
    expect(worded.contentType).toBe("application/json");
    expect(JSON.parse(worded.body)).toEqual({ detail: sentence });
  });

  it("words a rate limit exactly as the page does", () => {
    const worded = detail(RATE_LIMITED, CONTEXT);
    expect(worded.body).toBe('{"detail":"Rate limit exceeded. Try again in 60 seconds."}');
  });

  it("keeps the page's sentence where there is a more helpful one", () => {
    const refusal = refuse("malformed_credential", { message: 'Without a "Token" prefix.' });
    expect(detail(refusal, CONTEXT).body).toBe(
      '{"detail":"Authentication credentials were not provided."}',
    );
  });
});

describe("success-flag", () => {
  test.each<[Reason, number]>([
    ["missing_credential", 401],
    ["malformed_credential", 401],
    ["unknown_key", 401],
    ["revoked_key", 401],
    ["expired_key", 401],
    ["disabled_key", 401],
    ["invalid_token", 401],
    ["suspended_account", 403],
    ["ip_not_allowed", 403],
    ["referrer_not_allowed", 403],
    ["endpoint_not_allowed", 403],
    ["permission_missing", 403],
    ["environment_mismatch", 403],
    ["missing_signature", 401],
    ["invalid_signature", 401],
    ["timestamp_out_of_range", 401],
    ["replayed_signature", 401],
    ["rate_limited", 429],
    ["invalid_request", 400],
    ["not_found", 404],
    ["method_not_allowed", 405],
    ["conflict", 409],
    ["body_too_large", 413],
    ["origin_unreachable", 502],
    ["origin_timeout", 504],
    ["unavailable", 503],
    ["internal", 500],
  ])("words %s as %i with the reason as code", (reason, status) => {
    const worded = successFlag(refuse(reason), CONTEXT);
    expect(worded.status).toBe(status);
    expect(worded.contentType).toBe("application/json");
    expect(JSON.parse(worded.body)).toEqual({
      success: false,
      error: { code: reason, message: refuse(reason).message },
    });
  });

  it("words a rate limit exactly as the page's envelope does", () => {
    expect(successFlag(RATE_LIMITED, CONTEXT).body).toBe(
      '{"success":false,"error":{"code":"rate_limited",' +
        '"message":"Rate limit exceeded. Please wait before making more requests."}}',
    );
  });

  it("names each wrong field", () => {
    expect(JSON.parse(successFlag(INVALID, CONTEXT).body)).toMatchObject({
      error: {
        details: [{ field: "name", message: "must be a string of 1 to 128 characters" }],
      },
    });
  });
});

test.each([
  ["problem", problem],
  ["nested-error", nestedError],
  ["detail", detail],
  ["json-rpc", jsonRpc],
  ["success-flag", successFlag],
] as const)("the name %s means its dialect", (name, dialect) => {
  expect(dialectOf(name)).toBe(dialect);
});

function typeOf(body: string): string {
  return (JSON.parse(body) as { readonly type: string }).type;
}

import { expect, it, test } from "vitest";
import { ALL_REASONS, refuse, statusOf, type Reason } from "../../src/core/refusal.ts";

const STATUSES: readonly (readonly [Reason, number])[] = [
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
];

test.each(STATUSES)("%s is answered %i", (reason, status) => {
  expect(statusOf(reason)).toBe(status);
});

it("there is no reason but these 27", () => {
  expect(ALL_REASONS.toSorted()).toEqual(STATUSES.map(([reason]) => reason).toSorted());
  expect(ALL_REASONS).toHaveLength(27);
});

test.each(ALL_REASONS)("%s has a public sentence of its own", (reason) => {
  const others = ALL_REASONS.filter((each) => each !== reason).map((each) => refuse(each).message);
  expect(refuse(reason).message).toMatch(/^[A-Z].+\.$/);
  expect(others).not.toContain(refuse(reason).message);
});

it("a refusal is nothing but its reason and its sentence", () => {
  expect(refuse("revoked_key")).toEqual({
    reason: "revoked_key",
    message: "The API key has been revoked.",
  });
});

it("a refusal may have a more helpful sentence and what a dialect needs", () => {
  const details = { message: "Wait.", retryAfterSeconds: 60, violatedPolicies: ["minute"] };
  expect(refuse("rate_limited", details)).toEqual({
    reason: "rate_limited",
    message: "Wait.",
    retryAfterSeconds: 60,
    violatedPolicies: ["minute"],
  });
});

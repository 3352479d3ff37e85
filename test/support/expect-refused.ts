/** What a refused attack is answered: the reason in each dialect's own words, and nothing else. */
import { expect } from "vitest";
import type { Reason } from "../../src/core/refusal.ts";
import type { Target, Watched } from "./attacked.ts";

const STATUSES: Partial<Record<Reason, number>> = {
  missing_credential: 401,
  malformed_credential: 401,
  unknown_key: 401,
  revoked_key: 401,
  expired_key: 401,
  disabled_key: 401,
  invalid_token: 401,
  suspended_account: 403,
  ip_not_allowed: 403,
  referrer_not_allowed: 403,
  endpoint_not_allowed: 403,
  environment_mismatch: 403,
  rate_limited: 429,
  invalid_request: 400,
  method_not_allowed: 405,
  not_found: 404,
  body_too_large: 413,
  internal: 500,
  unavailable: 503,
};

/** What the page of `deframe` calls a reason by another name than its own in capitals. */
const NESTED_CODES: Partial<Record<Reason, string>> = {
  missing_credential: "MISSING_API_KEY",
  malformed_credential: "INVALID_API_KEY",
  unknown_key: "INVALID_API_KEY",
  revoked_key: "API_KEY_REVOKED",
  expired_key: "API_KEY_EXPIRED",
  rate_limited: "RATE_LIMIT_EXCEEDED",
};

/** The reasons for which the page of `dataframer` has one sentence, and 403. */
const INVALID_OF_DETAIL: ReadonlySet<Reason> = new Set([
  "unknown_key",
  "revoked_key",
  "expired_key",
  "disabled_key",
  "suspended_account",
]);

/**
 * Expects a refusal for `reason`, or one of several, in the target's dialect: its status, its words, the headers of every
 * answer of the authorizer, none of `secrets` and no stack in it, and nothing at the origin.
 */
export async function expectRefused(
  response: Response,
  target: Target,
  reason: Reason | readonly Reason[],
  { reached }: Watched,
  secrets: readonly string[] = [],
): Promise<void> {
  const text = await response.text();
  const refusal = { status: response.status, ...readRefusal(target, text) };
  const wordings = [reason].flat().map((each) => wordingOf(target, each));
  expect(wordings).toContainEqual(refusal);
  expectAnswerOfAuthorizer(response, text, secrets);
  expect(reached).toEqual([]);
}

/** Expects what every answer of the authorizer itself has, and has not. */
export function expectAnswerOfAuthorizer(
  response: Response,
  text: string,
  secrets: readonly string[] = [],
): void {
  const { headers } = response;
  expect(headers.get("content-type")).toMatch(/^application\/(?:problem\+)?json$/);
  expect(headers.get("cache-control")).toBe("no-store");
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  const whole = text + JSON.stringify([...headers]);
  expect(whole).not.toMatch(/\bat .+:\d+:\d+|Error\b/);
  for (const secret of secrets) expect(whole).not.toContain(secret);
}

function readRefusal({ dialect }: Target, text: string): { readonly word: unknown } {
  const body = JSON.parse(text) as {
    readonly error?: { readonly code?: unknown; readonly data?: { readonly reason?: unknown } };
    readonly reason?: unknown;
    readonly detail?: unknown;
  };
  switch (dialect) {
    case "json-rpc":
      return { word: body.error?.data?.reason };
    case "problem":
      return { word: body.reason };
    case "detail":
      return { word: typeof body.detail === "string" ? sentenceOf(body.detail) : null };
    case "nested-error":
    case "success-flag":
      return { word: body.error?.code };
  }
}

/** The two sentences of the page that are fixed; any other is told by the status alone. */
function sentenceOf(detail: string): string {
  const fixed = ["Authentication credentials were not provided.", "Invalid or expired API key."];
  return fixed.includes(detail) ? detail : "a sentence";
}

function wordingOf({ dialect }: Target, reason: Reason): { status: number; word: string } {
  const status = STATUSES[reason] ?? 0;
  switch (dialect) {
    case "json-rpc":
    case "problem":
    case "success-flag":
      return { status, word: reason };
    case "nested-error":
      return { status, word: NESTED_CODES[reason] ?? reason.toUpperCase() };
    case "detail":
      if (INVALID_OF_DETAIL.has(reason)) {
        return { status: 403, word: "Invalid or expired API key." };
      }
      return reason === "missing_credential" || reason === "malformed_credential"
        ? { status, word: "Authentication credentials were not provided." }
        : { status, word: "a sentence" };
  }
}

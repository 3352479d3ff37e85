/** The documentation of the routes of API keys. */
import { dataOf, messageOf } from "./answers.ts";
import * as examples from "./examples.ts";
import { answersData, answersMade, answersPage, type RouteDocs } from "./route-doc.ts";

export const KEY_DOCS = {
  "POST /manage/v1/accounts/:id/api-keys": {
    operationId: "createApiKey",
    tag: "API keys",
    summary: "Make an API key",
    description:
      "The answer is the only one that shows the key's text, which is stored nowhere, and its signing " +
      "secret. Answered when the key works everywhere.",
    body: {
      name: "Production",
      expires_at: "2027-11-20T12:00:00Z",
      permissions: ["api-keys:read"],
      restrictions: { ips: ["203.0.113.0/24"], endpoints: ["GET /v1/*"] },
      metadata: { team: "billing" },
    },
    answers: [
      answersMade(
        ["KeyWithText", "Key"],
        { made: examples.withText(examples.NEW_KEY), replayed: examples.NEW_KEY },
        "The key was made. When it had been made before under the same `Idempotency-Key`, the answer " +
          "has the same id and no text.",
      ),
    ],
  },
  "POST /manage/v1/accounts/:id/api-keys/import": {
    operationId: "importApiKey",
    tag: "API keys",
    summary: "Import an API key by its hash",
    description:
      "For keys of another system, known by the SHA-256 of their text, where the API accepts imported " +
      "keys (else 409). The text is never known here. The key works within a minute.",
    body: {
      hash: "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
      name: "Moved from the old gateway",
    },
    answers: [
      answersMade(
        ["KeyWithSecret", "Key"],
        { made: examples.withSecret(examples.NEW_KEY), replayed: examples.NEW_KEY },
        "The key was imported, now or before under the same `Idempotency-Key`.",
      ),
    ],
  },
  "GET /manage/v1/accounts/:id/api-keys": {
    operationId: "listApiKeys",
    tag: "API keys",
    summary: "List an account's API keys",
    description:
      "Newest first. With `status` a page may be shorter than its limit and not the last.",
    query: { status: "active", limit: 20 },
    answers: [answersPage("Key", examples.KEY, "A page of keys.")],
  },
  "GET /manage/v1/api-keys/:id": {
    operationId: "getApiKey",
    tag: "API keys",
    summary: "Read an API key",
    answers: [answersData("Key", examples.KEY, "The key as it is now, with its use so far.")],
  },
  "PATCH /manage/v1/api-keys/:id": {
    operationId: "updateApiKey",
    tag: "API keys",
    summary: "Change an API key",
    description:
      "A named member is replaced whole; `null` restores its default. In force on the next request " +
      "once it is answered. Where `signing` finds the key's text without a secret, the answer shows the " +
      "one that it gets, this once.",
    body: { limits: { minute: 10 }, expires_at: null },
    answers: [
      {
        ...answersData(
          "Key",
          { ...examples.KEY, limits: { minute: 10 }, expires_at: null, version: 2 },
          "The key as it is now.",
        ),
        schema: dataOf("KeyWithSecret", "Key"),
      },
    ],
    refusals: [409],
  },
  "POST /manage/v1/api-keys/:id/rotate": {
    operationId: "rotateApiKey",
    tag: "API keys",
    summary: "Give an API key another text",
    description:
      "The key keeps its id, history and counts. The text it has works until the grace ends; a second " +
      "rotation ends an older text at once. `previous_key` shows whether it is still used.",
    body: { grace_seconds: 86_400 },
    answers: [
      answersData(
        "KeyWithText",
        examples.withText(examples.ROTATED_KEY),
        "The key with its new text and signing secret, which are shown this once. `202` with `pending` when the key's " +
          "object has yet to confirm it: the text works from then on.",
      ),
    ],
    refusals: [409],
  },
  "DELETE /manage/v1/api-keys/:id": {
    operationId: "revokeApiKey",
    tag: "API keys",
    summary: "Revoke an API key",
    description: "For good. Of a key that is revoked already the answer is the same.",
    answers: [
      {
        status: 200,
        description: "No request with the key is admitted any more.",
        schema: messageOf("API key revoked successfully"),
        examples: { revoked: { success: true, message: "API key revoked successfully" } },
      },
    ],
  },
  "POST /manage/v1/api-keys/:id/reveal": {
    operationId: "revealApiKey",
    tag: "API keys",
    summary: "Show a key's text again",
    description:
      "For members, by a session, where the API keeps texts to be recovered. The audit log tells of it.",
    answers: [
      answersData(
        "RevealedKey",
        { id: examples.KEY.id, key: examples.KEY_TEXT },
        "The current text of the key, which is active.",
      ),
    ],
  },
  "POST /manage/v1/verify": {
    operationId: "verifyKey",
    tag: "API keys",
    summary: "Judge a key without forwarding a request",
    description:
      "Decides as it would about a request with the key, and takes `cost` from its limits.",
    body: { key: examples.KEY_TEXT, api: "my-api", method: "GET", path: "/v1/users", cost: 1 },
    answers: [
      {
        ...answersData(
          "Verdict",
          {},
          "The verdict. A refusal is an answer too, so it is always 200.",
        ),
        examples: {
          allowed: {
            success: true,
            data: {
              allowed: true,
              reason: null,
              principal: {
                key_id: examples.KEY.id,
                account: examples.ACCOUNT.id,
                api: "my-api",
                environment: "live",
                permissions: ["api-keys:read"],
              },
              limits: { minute: { limit: 100, remaining: 99, reset: 1_795_263_818 } },
            },
          },
          refused: {
            success: true,
            data: { allowed: false, reason: "unknown_key", principal: null, limits: null },
          },
        },
      },
    ],
  },
} as const satisfies RouteDocs;

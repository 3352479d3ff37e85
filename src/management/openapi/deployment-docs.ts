/** The documentation of what is told of the deployment itself; but for the APIs, to everyone. */
import type { PublicJwk } from "../../core/assertion.ts";
import { envelope } from "./answers.ts";
import { objectOf, schemaRef } from "./json-schema.ts";
import { answersPage, type RouteDocs } from "./route-doc.ts";

const API = {
  name: "my-api",
  environments: ["live", "test"],
  default_environment: "live",
  limits: { minute: 100, hour: 1000 },
  signing: ["optional", "required"],
  recoverable: false,
};
const PARTS = { kv: true, key_state: true, account: true, directory: true };
const HEALTHY = { success: true, data: { status: "ok", parts: PARTS } };
const DEGRADED = {
  success: false,
  data: { status: "degraded", parts: { ...PARTS, directory: false } },
};

const TEXT = { type: "string" } as const;
const JWK = objectOf<PublicJwk>({
  kty: { const: "OKP" },
  crv: { const: "Ed25519" },
  x: TEXT,
  kid: TEXT,
  alg: { const: "EdDSA" },
  use: { const: "sig" },
});
const EXAMPLE_JWK: PublicJwk = {
  kty: "OKP",
  crv: "Ed25519",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  kid: "a1",
  alg: "EdDSA",
  use: "sig",
};

export const DEPLOYMENT_DOCS = {
  "GET /manage/v1/apis": {
    operationId: "listApis",
    tag: "Deployment",
    summary: "The configured APIs, as far as makers of keys need to know them",
    description: "A member sees its own API alone.",
    answers: [answersPage("Api", API, "All of them: there is one page.")],
  },
  "GET /manage/health": {
    operationId: "getHealth",
    tag: "Deployment",
    summary: "Whether the deployment works",
    answers: [
      {
        status: 200,
        description: "Every part answers.",
        schema: envelope({ data: schemaRef("Health") }),
        examples: { healthy: HEALTHY },
      },
      {
        status: 503,
        description: "A part does not answer.",
        schema: envelope({ data: schemaRef("Health") }, false),
        examples: { degraded: DEGRADED },
        headers: ["Retry-After"],
      },
    ],
  },
  "GET /manage/openapi.json": {
    operationId: "getOpenApi",
    tag: "Deployment",
    summary: "This document",
    answers: [
      {
        status: 200,
        description: "OpenAPI 3.1, made from the schemas that validate.",
        schema: { type: "object" },
        examples: { document: { openapi: "3.1.1" } },
      },
    ],
  },
  "GET /manage/docs": {
    operationId: "getDocs",
    tag: "Deployment",
    summary: "This document, to read",
    answers: [
      {
        status: 200,
        description: "A page without scripts that loads nothing.",
        mediaType: "text/html",
        schema: { type: "string" },
        examples: { page: "<!doctype html>" },
      },
    ],
  },
  "GET /manage/.well-known/jwks.json": {
    operationId: "getAssertionKeys",
    tag: "Deployment",
    summary: "The keys that verify identity assertions",
    description:
      "For origins of APIs with `assertion = true`: a JSON Web Key Set (RFC 7517) of every key that " +
      "`X-Authz-Assertion` may be signed with, and of those to come. It may be kept for a minute.",
    answers: [
      {
        status: 200,
        description: "Public keys; none where `ASSERTION_KEYS` is not set.",
        schema: objectOf<Record<"keys", unknown>>({ keys: { type: "array", items: JWK } }),
        examples: { keys: { keys: [EXAMPLE_JWK] } },
        headers: ["Cache-Control"],
      },
    ],
  },
} as const satisfies RouteDocs;

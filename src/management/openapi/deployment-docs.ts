/** The documentation of the routes that need no token. */
import { envelope } from "./answers.ts";
import { schemaRef } from "./json-schema.ts";
import type { RouteDocs } from "./route-doc.ts";

const PARTS = { kv: true, key_state: true, account: true, directory: true };
const HEALTHY = { success: true, data: { status: "ok", parts: PARTS } };
const DEGRADED = {
  success: false,
  data: { status: "degraded", parts: { ...PARTS, directory: false } },
};

export const DEPLOYMENT_DOCS = {
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
} as const satisfies RouteDocs;

/**
 * The OpenAPI 3.1 document of the management routes: their table, the schemas that validate and what
 * `route-docs.ts` says, put together. Loaded when it is asked for, never with the gateway.
 */
import type { Route } from "../route.ts";
import { ANSWER_SCHEMAS } from "./answers.ts";
import type { OpenApiDocument, Operation, ResponseObject } from "./document-types.ts";
import { HEADERS } from "./headers.ts";
import { schemaRef } from "./json-schema.ts";
import { contentOf, describeRoute, headerRefs } from "./operation.ts";
import { FIELD_ERROR_SCHEMA, REFUSAL_ENTRIES, REFUSAL_SCHEMA, wordExample } from "./refusals.ts";
import { TAGS } from "./route-doc.ts";

const DESCRIPTION = [
  "Accounts own API keys; an account belongs to one configured API. The operator manages them with " +
    "`Authorization: Bearer OPERATOR_TOKEN`.",
  "Bodies are JSON objects of at most 64 KiB in `application/json`. Members that are not known, and " +
    "members that are given twice, are refused. Dates and times are ISO 8601.",
  "What succeeds answers `success: true` with `data`, what is refused `success: false` with an " +
    "`error` whose `code` is for programs. Lists come in pages: send `next_cursor` as `cursor`.",
  "A creation can be sent again under the same `Idempotency-Key`. A change is answered when it is in " +
    "force; where it is not in force everywhere yet, the answer says `pending`.",
].join("\n\n");

/** Describes the routes of a table. */
export function describeRoutes(routes: readonly Route[]): OpenApiDocument {
  return {
    openapi: "3.1.1",
    info: {
      title: "edge-authorizer management",
      version: "1.0.0",
      summary: "Accounts and API keys of the APIs behind the authorizer.",
      description: DESCRIPTION,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The deployment that serves this document" }],
    security: [{ operatorToken: [] }, { session: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths: describePaths(routes),
    components: {
      schemas: { ...ANSWER_SCHEMAS, Refusal: REFUSAL_SCHEMA, FieldError: FIELD_ERROR_SCHEMA },
      headers: HEADERS,
      responses: describeRefusals(),
      securitySchemes: {
        operatorToken: {
          type: "http",
          scheme: "bearer",
          description: "The secret `OPERATOR_TOKEN` of the deployment.",
        },
        session: {
          type: "apiKey",
          in: "cookie",
          name: "__Host-authz_session",
          description:
            "A session of the dashboard, the operator's or a member's, who reaches its own account and " +
            "keys alone. Changes need `X-CSRF-Token`, JSON and the dashboard's own origin.",
        },
      },
    },
  };
}

/** A path as the document writes it: `:id` as `{id}`. */
export function documentPath(path: string): string {
  return path.replace(/:(\w+)/g, "{$1}");
}

function describePaths(routes: readonly Route[]): OpenApiDocument["paths"] {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    const path = documentPath(route.path);
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: describeRoute(route) };
  }
  return paths;
}

function describeRefusals(): Readonly<Record<string, ResponseObject>> {
  const responses = REFUSAL_ENTRIES.map(([, doc]) => {
    const { name, description, headers } = doc;
    const content = contentOf({
      schema: schemaRef("Refusal"),
      examples: { refusal: wordExample(doc) },
    });
    return [name, { description, headers: headerRefs(headers), content }] as const;
  });
  return Object.fromEntries(responses);
}

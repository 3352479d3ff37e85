/** One route as an operation of the document: what it takes, what it answers, how it refuses. */
import { ACCOUNT_ID } from "../member-schemas.ts";
import type { Route } from "../route.ts";
import type { RouteKey } from "../routes.ts";
import type { Content, Operation, Parameter, Reference, ResponseObject } from "./document-types.ts";
import { ACCOUNT, KEY } from "./examples.ts";
import { IDEMPOTENCY_KEY_PARAMETER, type HeaderName } from "./headers.ts";
import { fromValibot, type JsonSchema } from "./json-schema.ts";
import { MEANINGS, type MemberName } from "./meanings.ts";
import { REFUSALS, type RefusalStatus } from "./refusals.ts";
import type { AnswerDoc, RouteDoc } from "./route-doc.ts";
import { ROUTE_DOCS } from "./route-docs.ts";

/** Describes a route. */
export function describeRoute(route: Route): Operation {
  const doc = ROUTE_DOCS[`${route.method} ${route.path}` as RouteKey];
  const { operationId, tag, summary, description } = doc;
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(needsToken(route) ? {} : { security: [] }),
    parameters: [...pathParameters(route), ...takenParameters(route, doc)],
    ...requestBody(route, doc),
    responses: {
      ...describeAnswers(doc),
      ...Object.fromEntries(
        refusalsOf(route, doc).map((status) => [
          status,
          { $ref: `#/components/responses/${REFUSALS[status].name}` },
        ]),
      ),
    },
  };
}

/** The headers that an answer has, as references. */
export function headerRefs(names: readonly HeaderName[]): Readonly<Record<string, Reference>> {
  return Object.fromEntries(
    [...names, "X-Request-Id"].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  );
}

/** Whether a token has to be sent: everywhere but where everyone may, and to sign in. */
export function needsToken({ method, path }: Pick<Route, "method" | "path">): boolean {
  return path.startsWith("/manage/v1/") || (method === "POST" && path === "/manage/session");
}

function pathParameters({ path }: Route): readonly Parameter[] {
  if (!path.includes(":id")) return [];
  const shared = { name: "id", in: "path", required: true } as const;
  if (path.startsWith("/manage/v1/api-keys/")) {
    const description = "The API key's id.";
    return [{ ...shared, description, schema: { type: "string" }, example: KEY.id }];
  }
  const { description: rule, ...schema } = fromValibot(ACCOUNT_ID);
  const description = `The account's id. ${toSentence(rule)}`;
  return [{ ...shared, description, schema, example: ACCOUNT.id }];
}

function takenParameters({ takes }: Route, doc: RouteDoc): readonly Parameter[] {
  if (takes.kind === "creation") return [IDEMPOTENCY_KEY_PARAMETER];
  if (takes.kind !== "query") return [];
  const { properties = {}, required = [] } = explain(fromValibot(takes.schema));
  return Object.entries(properties).map(([name, member]) =>
    queryParameter(name, member, required.includes(name), doc.query?.[name]),
  );
}

function queryParameter(
  name: string,
  { description = "", ...schema }: JsonSchema,
  required: boolean,
  example: string | number | undefined,
): Parameter {
  const parameter = {
    name,
    in: "query",
    required,
    description,
    schema: readDefault(schema),
  } as const;
  return example === undefined ? parameter : { ...parameter, example };
}

/** A query holds texts, so the default of a number is one there. */
function readDefault(schema: JsonSchema): JsonSchema {
  const { type, default: value } = schema;
  return type === "integer" && typeof value === "string"
    ? { ...schema, default: Number(value) }
    : schema;
}

function requestBody({ takes }: Route, { body }: RouteDoc): Pick<Operation, "requestBody"> {
  if (takes.kind !== "body" && takes.kind !== "creation") return {};
  const schema = explain(fromValibot(takes.schema));
  const required = (schema.required?.length ?? 0) + (schema.minProperties ?? 0) > 0;
  return {
    requestBody: { required, content: contentOf({ schema, examples: { request: body ?? {} } }) },
  };
}

/** Adds to each member what it is for, before its rule. */
function explain({ properties = {}, ...schema }: JsonSchema): JsonSchema {
  const explained = Object.entries(properties).map(([name, member]) => {
    const rule = member.description ?? member.anyOf?.[0]?.description;
    const description = `${MEANINGS[name as MemberName]} ${toSentence(rule)}`.trim();
    return [name, { ...member, description }];
  });
  return { ...schema, properties: Object.fromEntries(explained) };
}

function toSentence(rule: string = ""): string {
  return rule === "" ? "" : `${rule.charAt(0).toUpperCase()}${rule.slice(1)}.`;
}

/** By status; an answer in another media type stands beside the first. */
function describeAnswers({ answers }: RouteDoc): Readonly<Record<string, ResponseObject>> {
  const responses: Record<string, ResponseObject> = {};
  for (const answer of answers) {
    const described = describeAnswer(answer);
    const first = responses[answer.status] ?? described;
    responses[answer.status] = { ...first, content: { ...first.content, ...described.content } };
  }
  return responses;
}

function describeAnswer(answer: AnswerDoc): ResponseObject {
  const { description, headers = [] } = answer;
  return { description, headers: headerRefs(headers), content: contentOf(answer) };
}

/** A body of a schema, with its examples by name. */
export function contentOf({
  mediaType = "application/json",
  schema,
  examples,
}: Pick<AnswerDoc, "mediaType" | "schema" | "examples">): Content {
  const named = Object.entries(examples).map(([name, value]) => [name, { value }] as const);
  return { [mediaType]: { schema, examples: Object.fromEntries(named) } };
}

/** Those that follow from the route, and those that its documentation adds. */
function refusalsOf(route: Route, { refusals = [] }: RouteDoc): readonly RefusalStatus[] {
  const { kind } = route.takes;
  const hasBody = kind === "body" || kind === "creation";
  return [
    ...(kind === "nothing" ? [] : ([400] as const)),
    ...(needsToken(route) ? ([401, 429] as const) : []),
    ...(route.path.startsWith("/manage/v1/") ? ([403, 500, 503] as const) : []),
    ...(route.path.includes(":id") ? ([404] as const) : []),
    ...(kind === "creation" ? ([409] as const) : []),
    ...(hasBody ? ([413] as const) : []),
    405,
    ...refusals,
  ];
}

import * as v from "valibot";
import { expect, it, test } from "vitest";
import { describeRoutes, documentPath } from "../../../src/management/openapi/document.ts";
import type { Operation, ResponseObject } from "../../../src/management/openapi/document-types.ts";
import { fromValibot, type JsonSchema } from "../../../src/management/openapi/json-schema.ts";
import { ROUTES } from "../../../src/management/routes.ts";
import type { Route } from "../../../src/management/route.ts";
import * as schemas from "../../../src/management/schemas.ts";
import { findMismatches } from "../../support/json-schema.ts";

const DOCUMENT = describeRoutes(ROUTES);
const SHARED = DOCUMENT.components.schemas;
const BY_NAME = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);

function operationOf({ method, path }: Route): Operation {
  const operation = DOCUMENT.paths[documentPath(path)]?.[method.toLowerCase()];
  if (operation === undefined) throw new Error("the route is not in the document");
  return operation;
}

function bodyOf(route: Route): { readonly schema: JsonSchema; readonly example: unknown } | null {
  const content = operationOf(route).requestBody?.content["application/json"];
  return content === undefined
    ? null
    : { schema: content.schema, example: content.examples["request"]?.value };
}

/** The answers of an operation and its refusals, each with its schema and one of its examples. */
function examplesOf(
  responses: Operation["responses"],
): readonly (readonly [JsonSchema, unknown])[] {
  return Object.values(responses).flatMap((response) => {
    const name = "$ref" in response ? response.$ref.replace("#/components/responses/", "") : "";
    const answer = "$ref" in response ? DOCUMENT.components.responses[name] : response;
    return Object.values(answer?.content ?? {}).flatMap(({ schema, examples }) =>
      Object.values(examples).map(({ value }) => [schema, value] as const),
    );
  });
}

it("has every route of the table with its method, and nothing else", () => {
  const described = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = ROUTES.map(({ method, path }) => `${method} ${documentPath(path)}`);
  expect(described.toSorted()).toEqual(routes.toSorted());
});

it("gives every operation an id of its own", () => {
  const ids = ROUTES.map((route) => operationOf(route).operationId);
  expect(new Set(ids).size).toBe(ids.length);
});

it("refers to nothing that it does not have", () => {
  const text = JSON.stringify(DOCUMENT);
  const refs = [...text.matchAll(/"\$ref":"#\/components\/(\w+)\/([\w-]+)"/g)];
  expect(refs.length).toBe(text.split('"$ref"').length - 1);
  const found = refs.map(([, kind = "", name = ""]) => [kind, name] as const);
  const missing = found.filter(
    ([kind, name]) =>
      !Object.hasOwn(
        Object.entries(DOCUMENT.components).find(([key]) => key === kind)?.[1] ?? {},
        name,
      ),
  );
  expect(missing).toEqual([]);
});

test.each(BY_NAME)("%s says whether it needs a token", (_, route) => {
  const { security, responses } = operationOf(route);
  const name = `${route.method} ${route.path}`;
  const needsToken = name.includes(" /manage/v1/") || name === "POST /manage/session";
  expect(security === undefined).toBe(needsToken);
  expect("401" in responses).toBe(needsToken);
});

test.each(BY_NAME)("%s has every parameter of its path", (_, route) => {
  const names = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name);
  const described = operationOf(route).parameters.filter((parameter) => parameter.in === "path");
  expect(described.map(({ name }) => name)).toEqual(names);
});

const TAKING = BY_NAME.flatMap(([name, { takes, ...route }]) =>
  takes.kind === "nothing" ? [] : [[name, { ...route, takes }, takes.schema] as const],
);

/** The members of a schema, through the pipe that checks them as a whole. */
function memberNames(schema: v.GenericSchema): readonly string[] {
  const entries = "entries" in schema ? schema.entries : {};
  return Object.keys(entries as object);
}

test.each(TAKING)("%s has every member that it takes, and refuses others", (_, route, schema) => {
  const described =
    route.takes.kind === "query"
      ? operationOf(route).parameters.filter((parameter) => parameter.in === "query")
      : Object.entries(bodyOf(route)?.schema.properties ?? {}).map(([name]) => ({ name }));
  expect(described.map(({ name }) => name)).toEqual(memberNames(schema));
  expect(fromValibot(schema).additionalProperties).toBe(false);
  expect(v.safeParse(schema, { unknown_member: "1" }).success).toBe(false);
});

test.each(TAKING)("%s says of every member what it is for", (_, route) => {
  const members =
    bodyOf(route)?.schema.properties ??
    Object.fromEntries(
      operationOf(route).parameters.map((parameter) => [parameter.name, parameter]),
    );
  const described = Object.values(members).map(({ description = "" }) => description);
  expect(described.filter((text) => !/^[A-Z`].{10,}\.$/s.test(text))).toEqual([]);
});

it("says the rule of a member that may be null, too", () => {
  const patch = DOCUMENT.paths["/manage/v1/accounts/{id}"]?.["patch"]?.requestBody;
  const { email } = patch?.content["application/json"]?.schema.properties ?? {};
  expect(email?.description).toBe(
    "The owner's email address. An email address of at most 254 characters.",
  );
});

test.each(TAKING)("%s has an example of a request that is valid", (_, route, schema) => {
  const { parameters } = operationOf(route);
  const query = parameters.filter(({ in: place, example }) => place === "query" && example);
  const example =
    bodyOf(route)?.example ??
    Object.fromEntries(query.map((parameter) => [parameter.name, String(parameter.example)]));
  expect(v.safeParse(schema, example).issues).toBeUndefined();
  const body = bodyOf(route);
  expect(body === null ? [] : findMismatches(body.schema, body.example, SHARED)).toEqual([]);
});

test.each(BY_NAME)("%s has an example of every answer, of the answer's own schema", (_, route) => {
  const { responses } = operationOf(route);
  const examples = examplesOf(responses);
  expect(examples.length).toBeGreaterThanOrEqual(Object.keys(responses).length);
  expect(examples.flatMap(([schema, value]) => findMismatches(schema, value, SHARED))).toEqual([]);
});

test.each(BY_NAME)("%s names the request id among the headers of every answer", (_, route) => {
  const answers = [
    ...Object.values(operationOf(route).responses),
    ...Object.values(DOCUMENT.components.responses),
  ].filter((answer): answer is ResponseObject => !("$ref" in answer));
  expect(answers.filter(({ headers }) => !("X-Request-Id" in headers))).toEqual([]);
});

it("says which operations can be sent again under an Idempotency-Key", () => {
  const named = ROUTES.filter((route) =>
    operationOf(route).parameters.some(({ name }) => name === "Idempotency-Key"),
  );
  expect(named).toEqual(ROUTES.filter(({ takes }) => takes.kind === "creation"));
});

const ACCOUNT = { api: "my-api", name: "Acme" };
const KEY = { name: "Production" };

test.each<[string, v.GenericSchema, object, boolean]>([
  ["an account with no more than it needs", schemas.ACCOUNT_BODY, ACCOUNT, true],
  ["no name", schemas.ACCOUNT_BODY, { api: "my-api" }, false],
  ["a blank name", schemas.ACCOUNT_BODY, { ...ACCOUNT, name: " \u00a0 " }, false],
  ["a name of two lines", schemas.ACCOUNT_BODY, { ...ACCOUNT, name: "a\nb" }, false],
  ["a name with a control", schemas.ACCOUNT_BODY, { ...ACCOUNT, name: "a\u0085b" }, false],
  ["128 letters of two units", schemas.ACCOUNT_BODY, { ...ACCOUNT, name: "🔑".repeat(128) }, true],
  ["129 letters", schemas.ACCOUNT_BODY, { ...ACCOUNT, name: "n".repeat(129) }, false],
  ["a dot segment as id", schemas.ACCOUNT_BODY, { ...ACCOUNT, id: ".." }, false],
  ["an id with a slash", schemas.ACCOUNT_BODY, { ...ACCOUNT, id: "a/b" }, false],
  [
    "an id of all its characters",
    schemas.ACCOUNT_BODY,
    { ...ACCOUNT, id: "auth0|4:a@b.c_-" },
    true,
  ],
  ["an email without @", schemas.ACCOUNT_BODY, { ...ACCOUNT, email: "acme" }, false],
  ["an unknown plan", schemas.ACCOUNT_BODY, { ...ACCOUNT, plan: "gold" }, false],
  ["a limit of 0", schemas.ACCOUNT_BODY, { ...ACCOUNT, limits: { minute: 0 } }, false],
  ["half a limit", schemas.ACCOUNT_BODY, { ...ACCOUNT, limits: { minute: 1.5 } }, false],
  [
    "a limit beyond safe integers",
    schemas.ACCOUNT_BODY,
    { ...ACCOUNT, limits: { day: 2 ** 53 } },
    false,
  ],
  ["no limits", schemas.ACCOUNT_BODY, { ...ACCOUNT, limits: {} }, false],
  ["limits of an unknown window", schemas.ACCOUNT_BODY, { ...ACCOUNT, limits: { week: 1 } }, false],
  [
    "limits that are null where they cannot be",
    schemas.ACCOUNT_BODY,
    { ...ACCOUNT, limits: null },
    false,
  ],
  ["limits that are null where they can be", schemas.ACCOUNT_PATCH_BODY, { limits: null }, true],
  ["a patch of nothing", schemas.ACCOUNT_PATCH_BODY, {}, false],
  ["a reason of 257 characters", schemas.SUSPEND_BODY, { reason: "r".repeat(257) }, false],
  ["a date without a zone", schemas.KEY_BODY, { ...KEY, expires_at: "2027-01-31T12:00:00" }, false],
  ["a date without seconds", schemas.KEY_BODY, { ...KEY, expires_at: "2027-01-31T12:00Z" }, true],
  ["no permission", schemas.KEY_BODY, { ...KEY, permissions: [] }, true],
  ["a permission twice", schemas.KEY_BODY, { ...KEY, permissions: ["a", "a"] }, false],
  ["a permission in capitals", schemas.KEY_BODY, { ...KEY, permissions: ["A"] }, false],
  ["rules of an unknown kind", schemas.KEY_BODY, { ...KEY, restrictions: { cities: [] } }, false],
  ["a rule that is no text", schemas.KEY_BODY, { ...KEY, restrictions: { ips: [1] } }, false],
  ["metadata that are a list", schemas.KEY_BODY, { ...KEY, metadata: [] }, false],
  ["metadata within metadata", schemas.KEY_BODY, { ...KEY, metadata: { a: {} } }, false],
  ["metadata without a name", schemas.KEY_BODY, { ...KEY, metadata: { "": "a" } }, false],
  ["512 keys in metadata", schemas.KEY_BODY, { ...KEY, metadata: { a: "🔑".repeat(512) } }, true],
  [
    "513 letters in metadata",
    schemas.KEY_BODY,
    { ...KEY, metadata: { a: "a".repeat(513) } },
    false,
  ],
  ["enabled as a text", schemas.KEY_PATCH_BODY, { enabled: "no" }, false],
  ["a grace beyond 30 days", schemas.ROTATE_BODY, { grace_seconds: 2_592_001 }, false],
  [
    "a method that there is not",
    schemas.VERIFY_BODY,
    { key: "k", api: "a", method: "FETCH" },
    false,
  ],
  ["a path with a query", schemas.VERIFY_BODY, { key: "k", api: "a", path: "/a?b" }, false],
  ["a cost below 0", schemas.VERIFY_BODY, { key: "k", api: "a", cost: -1 }, false],
])("document and validation are of one mind about %s", (_, schema, value, valid) => {
  expect(v.safeParse(schema, value).success).toBe(valid);
  expect(findMismatches(fromValibot(schema), value, SHARED).length === 0).toBe(valid);
});

it("does not convert a schema that has no counterpart in JSON Schema", () => {
  expect(() => fromValibot(v.date())).toThrow();
});

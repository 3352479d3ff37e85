/**
 * Checks plain data against a schema and names every member that is wrong. A schema's own message says
 * what is allowed; what was found is added here.
 */
import * as v from "valibot";
import type { FieldError } from "../core/refusal.ts";
import { describeFound, shortenName } from "./describe-found.ts";
import { declineFields, succeed, type Outcome } from "./outcome.ts";

const MAX_FIELD_ERRORS = 20;

/** The value that the schema makes of `input`, or a refusal that names what is wrong. */
export function validate<S extends v.GenericSchema>(
  schema: S,
  input: unknown,
): Outcome<v.InferOutput<S>> {
  const result = v.safeParse(schema, input);
  if (result.success) return succeed(result.output);
  return declineFields(...result.issues.slice(0, MAX_FIELD_ERRORS).map(toFieldError));
}

/** The same for a URL's query, in which a parameter may stand once only. */
export function validateQuery<S extends v.GenericSchema>(
  schema: S,
  query: URLSearchParams,
): Outcome<v.InferOutput<S>> {
  const names = [...query.keys()];
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated === undefined) return validate(schema, Object.fromEntries(query));
  return declineFields({ field: shortenName(repeated), message: "is given more than once" });
}

function toFieldError(issue: v.BaseIssue<unknown>): FieldError {
  const path = issue.path ?? [];
  const names = path.map(({ key }) => shortenName(String(key)));
  const field = names.length === 0 ? "body" : names.join(".");
  return { field, message: isTelling(issue) ? issue.message : withFound(issue) };
}

/** Whether there is nothing to show beside the message: no value, or a list or object of the right kind. */
function isTelling({ kind, input, path }: v.BaseIssue<unknown>): boolean {
  return path?.at(-1)?.origin === "key" || (kind !== "schema" && typeof input === "object");
}

function withFound({ message, input }: v.BaseIssue<unknown>): string {
  return `${message}; found ${describeFound(input)}`;
}

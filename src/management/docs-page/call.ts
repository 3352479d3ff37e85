/** An operation as a call for a shell, with the examples of the document. */
import type { Operation, Parameter } from "../openapi/document-types.ts";

/** Writes the call; the token is left to the shell's environment. */
export function writeCall(
  method: string,
  path: string,
  operation: Operation,
  origin: string,
): string {
  const { requestBody, security } = operation;
  const body = Object.values(requestBody?.content ?? {})[0]?.examples["request"]?.value;
  const url = `${origin}${fillPath(path, operation)}${writeQuery(operation)}`;
  const lines = [
    `curl${method === "get" ? "" : ` -X ${method.toUpperCase()}`} ${quote(url)}`,
    ...(security === undefined ? ['-H "Authorization: Bearer $OPERATOR_TOKEN"'] : []),
    ...examplesIn("header", operation).map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`),
    ...(body === undefined
      ? []
      : [`-H ${quote("Content-Type: application/json")}`, `-d ${quote(JSON.stringify(body))}`]),
  ];
  return lines.join(" \\\n  ");
}

function fillPath(path: string, operation: Operation): string {
  let filled = path;
  for (const [name, value] of examplesIn("path", operation)) {
    filled = filled.replace(`{${name}}`, encodeURIComponent(value));
  }
  return filled;
}

function writeQuery(operation: Operation): string {
  const query = examplesIn("query", operation).map(
    ([name, value]) => `${name}=${encodeURIComponent(value)}`,
  );
  return query.length === 0 ? "" : `?${query.join("&")}`;
}

type NameAndExample = readonly [name: string, example: string];

function examplesIn(place: Parameter["in"], { parameters }: Operation): readonly NameAndExample[] {
  return parameters.flatMap(({ name, in: found, example }) =>
    found === place && example !== undefined ? [[name, String(example)] as const] : [],
  );
}

/** A word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

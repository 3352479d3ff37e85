/** What `npm start` prints once the server serves: everything to try it, ready to paste. */
import { formatExample, type DemoApi } from "./demo-apis.ts";
import type { DemoKeys } from "./demo-keys.ts";

/** The text printed at every start. It holds key texts and the operator token, on purpose. */
export function formatGreeting(
  apis: readonly DemoApi[],
  baseUrl: string,
  keys: DemoKeys,
  operatorToken: string,
): string {
  const calls = apis.flatMap((api) => {
    const key = keys[api.name];
    return key === undefined
      ? []
      : [`  # ${api.name}`, `  ${formatExample(api, baseUrl, key.key)}`];
  });
  return [
    "",
    `edge-authorizer is ready on ${baseUrl}`,
    "",
    "A call to paste for each API:",
    ...calls,
    "",
    `Dashboard: ${baseUrl}/manage/`,
    `Operator token: ${operatorToken}`,
    `  curl ${baseUrl}/manage/v1/accounts -H ${quote(`Authorization: Bearer ${operatorToken}`)}`,
    "",
    "Ctrl+C ends it; accounts, keys and counts are kept for the next start.",
    "",
  ].join("\n");
}

/** Quotes an argument for a POSIX shell; an operator's own token may hold any character. */
function quote(argument: string): string {
  if (/^[\w .:/=+-]*$/.test(argument)) return `"${argument}"`;
  return `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

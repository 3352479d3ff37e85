/**
 * The configuration: `[[vars.APIS]]`, the other vars and the secrets, parsed once per isolate into one
 * complete typed value, or into every mistake there is. A mistake names the setting, what was found
 * (never of a secret) and what is allowed.
 */
import * as v from "valibot";
import { apiTable } from "./config-api.ts";
import { parseAssertionKeys } from "./config-assertion-keys.ts";
import { parseMemberTokens } from "./config-member-tokens.ts";
import type { Api } from "./core/api.ts";
import type { MasterKey } from "./core/keyring.ts";
import { parseMasterKeys } from "./core/master-keys.ts";
import type { MemberTokenRules } from "./core/member-token-rules.ts";
import type { SecretEntry } from "./core/secret-entries.ts";

export interface Config {
  readonly apis: readonly Api[];
  /** Entries of `MASTER_KEYS`, the one that makes everything new first. */
  readonly masterKeys: readonly [MasterKey, ...MasterKey[]];
  /** Accepted operator tokens; none when the secret is unset or short: management answers 503. */
  readonly operatorTokens: readonly string[];
  /** By what members' tokens are verified; `null`: none verifies. */
  readonly memberTokens: MemberTokenRules | null;
  /** Entries of `ASSERTION_KEYS`, the one that signs first; none where no API asks for assertions. */
  readonly assertionKeys: readonly SecretEntry[];
  /** The only host that serves `/manage`, or `null` for any. */
  readonly managementHost: string | null;
  /** Whether alerts may be sent to loopback addresses and over http there: for development. */
  readonly webhooksToLoopback: boolean;
}

export type ParsedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly mistakes: readonly string[] };

/** Shorter operator tokens keep management shut. */
export const MIN_TOKEN_LENGTH = 32;

/** Parses an environment's vars and secrets. Bindings are left to the adapters that use them. */
export function parseConfig(env: Readonly<Record<string, unknown>>): ParsedConfig {
  const mistakes: string[] = [];
  const apis = parseApis(env["APIS"], mistakes);
  const masterKeys = parseMasterKeys(env["MASTER_KEYS"], mistakes);
  const operatorTokens = parseOperatorTokens(env["OPERATOR_TOKEN"], mistakes);
  const memberTokens = parseMemberTokens(env, apis, mistakes);
  const assertionKeys = parseAssertionKeys(env["ASSERTION_KEYS"], apis, mistakes);
  const managementHost = parseManagementHost(env["MANAGEMENT_HOST"], mistakes);
  const webhooksToLoopback = parseFlag("WEBHOOKS_TO_LOOPBACK", env, mistakes);
  const [first, ...others] = masterKeys;
  if (mistakes.length > 0 || first === undefined) return { ok: false, mistakes };
  return {
    ok: true,
    config: {
      apis,
      masterKeys: [first, ...others],
      operatorTokens,
      memberTokens,
      assertionKeys,
      managementHost,
      webhooksToLoopback,
    },
  };
}

function parseApis(found: unknown, mistakes: string[]): readonly Api[] {
  if (!Array.isArray(found) || found.length === 0) {
    mistakes.push("APIS: must hold at least one [[vars.APIS]] table in wrangler.toml");
    return [];
  }
  const apis = found.flatMap((table: unknown, index) => {
    const parsed = v.safeParse(apiTable, table);
    if (parsed.success) return [parsed.output];
    mistakes.push(...parsed.issues.map((issue) => describeIssue(`APIS[${index}]`, issue)));
    return [];
  });
  findClashes(apis, mistakes);
  return apis;
}

function describeIssue(place: string, issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue);
  const setting = path === null ? place : `${place}.${path}`;
  if (issue.expected === "never") return `${setting}: is not a setting that exists`;
  if (issue.received === "undefined") return `${setting}: is required`;
  const last = issue.path?.at(-1);
  const found = last?.origin === "value" ? last.value : issue.input;
  return `${setting}: ${issue.message}, found ${shorten(found)}`;
}

/** What was found, short, and without the user and password that a URL may hold. */
function shorten(input: unknown): string {
  const text = (JSON.stringify(input) ?? String(input)).replaceAll(/\/\/[^@/]*@/g, "//***@");
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** Two APIs may share neither a name nor a match pattern: which one is meant would be chance. */
function findClashes(apis: readonly Api[], mistakes: string[]): void {
  const names = new Set<string>();
  const patterns = new Map<string, string>();
  for (const api of apis) {
    if (names.has(api.name)) mistakes.push(`APIS: the name "${api.name}" is used twice`);
    names.add(api.name);
    for (const { host, path } of api.match) {
      const pattern = `${host ?? ""}${path ?? "/*"}`;
      const other = patterns.get(pattern);
      if (other !== undefined) {
        mistakes.push(`APIS: "${other}" and "${api.name}" both match "${pattern}"`);
      }
      patterns.set(pattern, api.name);
    }
  }
}

function parseOperatorTokens(found: unknown, mistakes: string[]): readonly string[] {
  if (typeof found !== "string") return [];
  const tokens = found.split(",").map((token) => token.trim());
  if (tokens.length > 2) mistakes.push("OPERATOR_TOKEN: at most two, separated by a comma");
  return tokens.every((token) => token.length >= MIN_TOKEN_LENGTH) ? tokens : [];
}

function parseFlag(
  name: string,
  env: Readonly<Record<string, unknown>>,
  mistakes: string[],
): boolean {
  const found = env[name] ?? false;
  if (typeof found === "boolean") return found;
  mistakes.push(`${name}: must be true or false, found ${shorten(found)}`);
  return false;
}

function parseManagementHost(found: unknown, mistakes: string[]): string | null {
  if (found === undefined || found === "") return null;
  if (typeof found === "string" && /^[a-z0-9.-]+(?::\d+)?$/.test(found)) return found;
  mistakes.push(`MANAGEMENT_HOST: must be a host name in lower case, found ${shorten(found)}`);
  return null;
}

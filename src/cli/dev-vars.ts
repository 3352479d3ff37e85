/**
 * The secrets and settings of the local server, in `.dev.vars`. What is missing is created once and
 * appended; what is there is never rewritten. Only this user may read the file.
 */
import { randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { MIN_TOKEN_LENGTH } from "../config.ts";
import { Failure } from "./failure.ts";

/** How each secret that the Worker needs is made. */
const CREATORS: Readonly<Record<string, () => string>> = {
  OPERATOR_TOKEN: () => randomBytes(32).toString("base64url"),
  MASTER_KEYS: () => `k1:${randomBytes(32).toString("base64")}`,
  JWT_SECRET: () => randomBytes(32).toString("base64url"),
  ASSERTION_KEYS: () => `a1:${randomBytes(32).toString("base64")}`,
};

/** What the file says, by name. */
export type DevVars = Readonly<Record<string, string | undefined>>;

/** Reads the file; creates it, or the secrets it lacks, with random ones. */
export function ensureDevVars(path: string): DevVars {
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const found: DevVars = parseEnv(text);
  const missing = Object.entries(CREATORS).filter(([name]) => (found[name] ?? "") === "");
  const created = Object.fromEntries(missing.map(([name, create]) => [name, create()]));
  const lines = Object.entries(created).map(([name, value]) => `${name}="${value}"\n`);
  if (lines.length > 0) {
    const separator = text === "" || text.endsWith("\n") ? "" : "\n";
    appendFileSync(path, separator + lines.join(""), { mode: 0o600 });
  }
  chmodSync(path, 0o600);
  return { ...found, ...created };
}

/** The operator token to use: the first of two while it is being changed. Throws `Failure` for a short one. */
export function operatorTokenOf(devVars: DevVars): string {
  const token = devVars["OPERATOR_TOKEN"]?.split(",")[0]?.trim() ?? "";
  if (token.length >= MIN_TOKEN_LENGTH) return token;
  throw new Failure(
    `OPERATOR_TOKEN in .dev.vars has ${token.length} characters and must have ${MIN_TOKEN_LENGTH} or more. Make it longer, or take its line out to have one made.`,
  );
}

/** Every dialect by the name that a configuration gives it. */
import type { DialectName } from "../core/api.ts";
import { detail } from "./detail.ts";
import type { Dialect } from "./dialect.ts";
import { jsonRpc } from "./json-rpc.ts";
import { nestedError } from "./nested-error.ts";
import { problem } from "./problem.ts";
import { successFlag } from "./success-flag.ts";

const DIALECTS: Readonly<Record<DialectName, Dialect>> = {
  problem,
  "nested-error": nestedError,
  detail,
  "json-rpc": jsonRpc,
  "success-flag": successFlag,
};

/** The dialect of a name. */
export function dialectOf(name: DialectName): Dialect {
  return DIALECTS[name];
}

/**
 * What the configuration needs bound: without it nothing could be decided or forwarded, request after
 * request. A mistake names the binding and the table of wrangler.toml that declares it.
 */
import type { Api, Origin } from "./core/api.ts";

/** Bindings that the deployment cannot do without, a method of each, and where they are declared. */
const NEEDED = [
  { name: "KEYS", method: "get", table: "[[kv_namespaces]]" },
  { name: "KEY_STATE", method: "getByName", table: "[[durable_objects.bindings]]" },
  { name: "ACCOUNT", method: "getByName", table: "[[durable_objects.bindings]]" },
  { name: "DIRECTORY", method: "getByName", table: "[[durable_objects.bindings]]" },
] as const;

type Named = Readonly<Record<string, unknown>>;

/** Every binding that is missing or of another kind; `exports` are the Worker's own. */
export function findMissingBindings(
  apis: readonly Api[],
  bindings: Named,
  exports: Named,
): readonly string[] {
  const missing = NEEDED.filter(({ name, method }) => !offers(bindings[name], method)).map(
    ({ name, table }) => `${name}: no such binding; declare it in wrangler.toml under ${table}`,
  );
  const lost = (field: string, origin: Origin): readonly string[] => {
    if (origin.kind === "url" || offers(bindings[origin.name] ?? exports[origin.name], "fetch")) {
      return [];
    }
    return [`${field}: no binding or export is named "${origin.name}"`];
  };
  const origins = apis.flatMap(({ name, origin, testOrigin }) => [
    ...lost(`APIS "${name}".origin`, origin),
    ...(testOrigin === origin ? [] : lost(`APIS "${name}".test_origin`, testOrigin)),
  ]);
  return [...missing, ...origins];
}

/** Stubs are proxies of any method, so asking for one is all that can be checked. */
function offers(target: unknown, method: string): boolean {
  const isObject = (typeof target === "object" && target !== null) || typeof target === "function";
  return isObject && typeof (target as Named)[method] === "function";
}

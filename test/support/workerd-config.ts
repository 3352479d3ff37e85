/** The configuration with which workerd runs the bundle by itself, derived from wrangler.toml. */
import { unstable_readConfig } from "wrangler";

/** The part of wrangler.toml's top level that the runtime needs. */
interface WranglerConfig {
  readonly compatibility_date: string;
  readonly compatibility_flags: readonly string[];
  readonly durable_objects: {
    readonly bindings: readonly { readonly name: string; readonly class_name: string }[];
  };
}

/** The protocol that a KV binding speaks, as far as one process needs it. */
const KV_STAND_IN = `
const values = new Map();
export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    if (request.method === "PUT") values.set(pathname, await request.text());
    if (request.method === "DELETE") values.delete(pathname);
    if (request.method !== "GET") return new Response(null, { status: 204 });
    const value = values.get(pathname);
    return new Response(value ?? null, { status: value === undefined ? 404 : 200 });
  },
};
`;

/** Formats it for `index.js` and a folder `objects` beside it; `values` are vars and secrets. */
export function formatWorkerdConfig(
  configPath: string,
  values: Readonly<Record<string, unknown>>,
): string {
  const wrangler = unstable_readConfig({ config: configPath, env: "" }) as WranglerConfig;
  const objects = wrangler.durable_objects.bindings;
  const namespaces = objects.map(
    ({ class_name: name }) =>
      `(className = ${quote(name)}, uniqueKey = ${quote(name)}, enableSql = true)`,
  );
  const bindings = [
    `(name = "KEYS", kvNamespace = "kv")`,
    ...objects.map(
      ({ name, class_name: className }) =>
        `(name = ${quote(name)}, durableObjectNamespace = (className = ${quote(className)}))`,
    ),
    ...Object.entries(values).map(([name, value]) =>
      typeof value === "string"
        ? `(name = ${quote(name)}, text = ${quote(value)})`
        : `(name = ${quote(name)}, json = ${quote(JSON.stringify(value))})`,
    ),
  ];
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .main),
    (name = "kv", worker = .kv),
    (name = "objects", disk = (path = "objects", writable = true)),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "index.js")],
  compatibilityDate = ${quote(wrangler.compatibility_date)},
  compatibilityFlags = [${wrangler.compatibility_flags.map(quote).join(", ")}],
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [${bindings.join(", ")}],
);
const kv :Workerd.Worker = (
  modules = [(name = "kv.js", esModule = ${quote(KV_STAND_IN)})],
  compatibilityDate = ${quote(wrangler.compatibility_date)},
);
`;
}

/** A text of Cap'n Proto's schema language. */
function quote(text: string): string {
  return JSON.stringify(text);
}

/** The configuration with which workerd runs one bundled Worker by itself on a loopback port. */
import { unstable_readConfig } from "wrangler";

/** What a Worker's bundle needs around it. */
export interface WorkerOptions {
  /** The bundle's file, beside the configuration. */
  readonly module: string;
  /** Binding name → class name of its Durable Objects. */
  readonly objects?: Readonly<Record<string, string>>;
  /** What its KV namespace `KEYS` holds from the start; without it there is none. */
  readonly kv?: Readonly<Record<string, string>>;
  /** Vars and secrets. */
  readonly values?: Readonly<Record<string, unknown>>;
  /** Further isolates of the same Worker over the same objects and KV, each on a port of its own. */
  readonly copies?: number;
}

/** Formats it; a folder `objects` is expected beside it. */
export function formatWorkerdConfig(configPath: string, options: WorkerOptions): string {
  const copies = copyNames(options);
  const classes = Object.values(options.objects ?? {});
  const namespaces = classes.map(
    (name) => `(className = ${quote(name)}, uniqueKey = ${quote(name)}, enableSql = true)`,
  );
  const services = [
    `(name = "main", worker = .main)`,
    ...copies.map((name) => `(name = ${quote(name)}, worker = .copy)`),
    ...(options.kv === undefined ? [] : [`(name = "kv", worker = .kv)`]),
    `(name = "objects", disk = (path = "objects", writable = true))`,
    `(name = "internet", network = (allow = ["local"]))`,
  ];
  return `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [${services.join(", ")}],
  sockets = [${["main", ...copies].map(formatSocket).join(", ")}],
);
const main :Workerd.Worker = (
  ${formatBundle(configPath, options.module)}
  durableObjectNamespaces = [${namespaces.join(", ")}],
  durableObjectStorage = (localDisk = "objects"),
  bindings = [${formatBindings(options, "").join(", ")}],
);
const copy :Workerd.Worker = (
  ${formatBundle(configPath, options.module)}
  bindings = [${formatBindings(options, `, serviceName = "main"`).join(", ")}],
);
const kv :Workerd.Worker = (
  modules = [(name = "kv.js", esModule = ${quote(formatKvStandIn(options.kv ?? {}))})],
  compatibilityDate = "2026-10-01",
);
`;
}

/** The names of the sockets of the further isolates. */
export function copyNames({ copies = 0 }: Pick<WorkerOptions, "copies">): readonly string[] {
  return Array.from({ length: copies }, (_, index) => `copy-${index}`);
}

function formatSocket(service: string): string {
  const name = quote(service);
  return `(name = ${name}, address = "127.0.0.1:0", http = (), service = ${name})`;
}

/** Every Worker runs with the product's own date and flags. */
function formatBundle(configPath: string, module: string): string {
  const config = unstable_readConfig({ config: configPath, env: "" });
  return `modules = [(name = ${quote(module)}, esModule = embed ${quote(module)})],
  compatibilityDate = ${quote(String(config.compatibility_date))},
  compatibilityFlags = [${config.compatibility_flags.map(quote).join(", ")}],`;
}

function formatBindings(options: WorkerOptions, from: string): readonly string[] {
  return [
    ...(options.kv === undefined ? [] : [`(name = "KEYS", kvNamespace = "kv")`]),
    ...Object.entries(options.objects ?? {}).map(
      ([name, className]) =>
        `(name = ${quote(name)}, durableObjectNamespace = (className = ${quote(className)}${from}))`,
    ),
    ...Object.entries(options.values ?? {}).map(([name, value]) =>
      typeof value === "string"
        ? `(name = ${quote(name)}, text = ${quote(value)})`
        : `(name = ${quote(name)}, json = ${quote(JSON.stringify(value))})`,
    ),
  ];
}

/** The protocol that a KV binding speaks, over a map in memory: much nearer than KV ever is. */
function formatKvStandIn(values: Readonly<Record<string, string>>): string {
  return `
const values = new Map(Object.entries(${JSON.stringify(values)}));
export default {
  async fetch(request) {
    const name = decodeURIComponent(new URL(request.url).pathname.slice(1));
    if (request.method === "PUT") values.set(name, await request.text());
    if (request.method === "DELETE") values.delete(name);
    if (request.method !== "GET") return new Response(null, { status: 204 });
    const value = values.get(name);
    return new Response(value ?? null, { status: value === undefined ? 404 : 200 });
  },
};
`;
}

/** A text of Cap'n Proto's schema language. */
function quote(text: string): string {
  return JSON.stringify(text);
}

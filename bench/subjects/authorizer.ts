/** The product under measurement: its configuration, and accounts and keys made as an operator would. */
import { startWorkerd } from "./workerd.ts";
import type { Subject } from "./subject.ts";

/** The secrets it runs with, so that key texts can also be made here. */
export const MASTER_KEY = "bench:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OPERATOR_TOKEN = "operator-token-of-the-benchmarks-0123456789";

/** What no run reaches. */
const AMPLE = { minute: 100_000_000, hour: 1_000_000_000 };

/** How the key texts of the API `bench` look. */
export const KEY_FORMAT = {
  environments: { live: "sk_live_" },
  alphabet: "base62",
  length: 40,
} as const;

/** Its Durable Objects: binding → class. */
export const OBJECTS = { KEY_STATE: "KeyState", ACCOUNT: "Account", DIRECTORY: "Directory" };

/** The vars and secrets of a deployment in front of an origin. */
export function formatSettings(origin: string, limits: object = AMPLE): Record<string, unknown> {
  const bench = { name: "bench", match: ["/*"], origin, credential: [{ in: "bearer" }], limits };
  const rpc = {
    name: "rpc",
    match: ["/v4/*"],
    origin,
    credential: [{ in: "path", pattern: "/v4/:key", forward: "/v4/jsonrpc" }],
    key: { environments: { live: "" }, alphabet: "hex", length: 32 },
    dialect: "json-rpc",
    limits,
  };
  return {
    APIS: [{ ...bench, key: { environments: KEY_FORMAT.environments } }, rpc],
    OPERATOR_TOKEN,
    MASTER_KEYS: MASTER_KEY,
  };
}

/** Starts the deployed bundle; `copies` are further isolates that know no key yet. */
export function startAuthorizer(
  origin: string,
  copies = 0,
  further: readonly string[] = [],
): Promise<Subject> {
  const options = { objects: OBJECTS, kv: {}, values: formatSettings(origin), copies };
  return startWorkerd("src/index.ts", options, further);
}

/** A key as its creation shows it. */
export interface BenchKey {
  readonly id: string;
  readonly text: string;
  /** There once the product signs requests. */
  readonly signingSecret: string | null;
}

/** The headers of an operator. */
export const OPERATOR = { authorization: `Bearer ${OPERATOR_TOKEN}` };

/** Makes an account of an API; answers with its id. */
export async function createAccount(port: number, api: string): Promise<string> {
  const { id } = await manage(port, "/accounts", { api, name: "Bench" });
  return String(id);
}

/** Makes keys of an account, a few at a time. */
export async function createKeys(
  port: number,
  account: string,
  count: number,
  members: object = {},
): Promise<readonly BenchKey[]> {
  const keys: BenchKey[] = [];
  const createNext = async (): Promise<void> => {
    while (keys.length < count) {
      const slot = keys.push({ id: "", text: "", signingSecret: null }) - 1;
      const path = `/accounts/${account}/api-keys`;
      const made = await manage(port, path, { name: `Key ${slot}`, ...members });
      const secret = made["signing_secret"];
      keys[slot] = {
        id: String(made["id"]),
        text: String(made["key"]),
        signingSecret: typeof secret === "string" ? secret : null,
      };
    }
  };
  await Promise.all(Array.from({ length: 8 }, createNext));
  return keys;
}

async function manage(
  port: number,
  path: string,
  body: object,
): Promise<Readonly<Record<string, unknown>>> {
  const response = await fetch(`http://127.0.0.1:${port}/manage/v1${path}`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`POST ${path} was answered ${response.status}: ${text}`);
  return (JSON.parse(text) as { readonly data: Record<string, unknown> }).data;
}

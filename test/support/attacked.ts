/**
 * One Worker with an API for each of the five dialects, in front of an origin that only remembers what
 * reaches it: what an attack must not get through. The demo's four APIs, and `plain` for `problem`.
 */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { DialectName } from "../../src/core/api.ts";
import { OPERATOR } from "./gateway.ts";
import { apiWith, workerWith } from "./worker-with.ts";

const ORIGIN = "https://origin.example.com";
export const OPERATOR_TOKEN = OPERATOR.authorization.slice("Bearer ".length);

/** One API to attack, and how its own clients would call it. */
export interface Target {
  readonly api: string;
  readonly dialect: DialectName;
  /** The beginning of its paths. */
  readonly base: string;
  /** The header that carries its keys and what stands before the key there. */
  readonly header: string;
  readonly scheme: string;
  /** The prefix of its live keys, and of those of another environment where it has one. */
  readonly prefix: string;
  readonly otherPrefix: string | null;
  readonly challenge: string;
}

const BEARER = { header: "authorization", scheme: "Bearer ", prefix: "sk_live_" } as const;
const DEFRAME = { header: "x-api-key", scheme: "", prefix: "prod_key_" } as const;

export const TARGETS: readonly Target[] = [
  {
    api: "subfrost",
    dialect: "json-rpc",
    base: "/v4",
    header: "x-subfrost-api-key",
    scheme: "",
    prefix: "",
    otherPrefix: null,
    challenge: 'ApiKey realm="subfrost", header="x-subfrost-api-key"',
  },
  {
    api: "dataframer",
    dialect: "detail",
    base: "/api",
    ...BEARER,
    otherPrefix: "sk_test_",
    challenge: 'Bearer realm="dataframer"',
  },
  {
    api: "example",
    dialect: "success-flag",
    base: "/v1",
    ...BEARER,
    otherPrefix: "sk_test_",
    challenge: 'Bearer realm="example"',
  },
  {
    api: "deframe",
    dialect: "nested-error",
    base: "/strategies",
    ...DEFRAME,
    otherPrefix: "dev_key_",
    challenge: 'ApiKey realm="deframe", header="x-api-key"',
  },
  {
    api: "plain",
    dialect: "problem",
    base: "/plain",
    ...DEFRAME,
    otherPrefix: "dev_key_",
    challenge: 'ApiKey realm="plain", header="x-api-key"',
  },
];

/** The configuration under attack, each API with changed fields. */
export function attackedApis(fields: Readonly<Record<string, unknown>> = {}): { APIS: unknown[] } {
  const plain = { name: "plain", match: ["/plain/*"], dialect: "problem" };
  const apis = structuredClone([...env.APIS, ...apiWith("deframe", plain).APIS]) as object[];
  return { APIS: apis.map((api) => Object.assign(api, { origin: ORIGIN }, fields)) };
}

/** Calls the Worker under attack. */
export const attack = workerWith(attackedApis());

/** A path that every target has, which needs no more than a key. */
export function pathOf({ api, base }: Target): string {
  return api === "subfrost" ? "/v4/jsonrpc" : `${base}/items/7`;
}

/** The headers of a client with a key: the key where it belongs, and others. */
export function withKey(
  { header, scheme }: Target,
  key: string,
  headers: HeadersInit = {},
): Headers {
  const all = new Headers(headers);
  all.set(header, scheme + key);
  return all;
}

/** Calls a target's own path with a key. */
export function use(target: Target, key: string, init: RequestInit = {}): Promise<Response> {
  return attack(pathOf(target), { ...init, headers: withKey(target, key, init.headers) });
}

interface Made {
  readonly id: string;
  readonly key: string;
  readonly account: string;
}

/** Calls management of the Worker under attack as the operator. */
export async function operate(
  method: string,
  path: string,
  body?: unknown,
): Promise<{
  readonly status: number;
  readonly data: { readonly id: string; readonly key: string };
}> {
  const response = await attack(`/manage/v1${path}`, {
    method,
    headers: { ...OPERATOR, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const { data = { id: "", key: "" } } = await response.json<{
    data?: { id: string; key: string };
  }>();
  return { status: response.status, data };
}

/** Makes a key of a target in an account of its own. */
export async function makeKeyOf({ api }: Target, members: object = {}): Promise<Made> {
  const account = `acc-${crypto.randomUUID()}`;
  await operate("POST", "/accounts", { api, id: account, name: "A" });
  const made = await operate("POST", `/accounts/${account}/api-keys`, { name: "K", ...members });
  if (made.status !== 201) throw new Error(`the key was answered ${made.status}`);
  return { ...made.data, account };
}

const known = new Map<string, Made>();

/** A key of a target that tests of a file share, for each set of members one. */
export async function someKeyOf(target: Target, members: object = {}): Promise<Made> {
  const name = target.api + JSON.stringify(members);
  const made = known.get(name) ?? (await makeKeyOf(target, members));
  known.set(name, made);
  return made;
}

/** A table of each text with each target: dialect, text, target. */
export function withEachTarget(
  texts: readonly string[],
): readonly (readonly [dialect: string, text: string, target: Target])[] {
  return TARGETS.flatMap((target) => texts.map((text) => [target.dialect, text, target] as const));
}

/** A table of each case with each target: dialect, name of the case, target, case. */
export function casesWithEachTarget<T>(
  cases: Readonly<Record<string, T>>,
): readonly (readonly [dialect: string, name: string, target: Target, value: T])[] {
  return TARGETS.flatMap((target) =>
    Object.entries(cases).map(([name, value]) => [target.dialect, name, target, value] as const),
  );
}

/** What an attack has cost, and what of it has reached an origin. */
export interface Watched {
  /** Every request that left the Worker. */
  readonly reached: Request[];
  /** KV reads, and objects that were addressed. */
  readonly io: () => readonly [kv: number, objects: number];
}

/** Counts from now on; `answer` is the origin's. Undone by `vi.restoreAllMocks`. */
export function watch(answer: (request: Request) => Response = () => new Response("ok")): Watched {
  const reached: Request[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const request = new Request(input, init);
    reached.push(request);
    return answer(request);
  });
  const kv = vi.spyOn(env.KEYS, "get");
  const objects = [env.KEY_STATE, env.ACCOUNT, env.DIRECTORY].map((namespace) =>
    vi.spyOn(namespace, "getByName"),
  );
  for (const { mock } of [kv, ...objects]) mock.calls.length = 0;
  const addressed = (): number => objects.reduce((sum, { mock }) => sum + mock.calls.length, 0);
  return { reached, io: () => [kv.mock.calls.length, addressed()] };
}

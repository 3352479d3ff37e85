/** The whole Worker under test: real KV and objects, an origin that counts, keys made by management. */
import { env, exports } from "cloudflare:workers";

export const OPERATOR = { authorization: "Bearer operator-token-of-the-tests-0123456789" };

/** Calls the Worker as a client at an address would. */
export function call(path: string, init: RequestInit = {}): Promise<Response> {
  return exports.default.fetch(new Request(new URL(path, "https://api.example.com"), init));
}

/** Calls a management route as the operator and answers with its body. */
export async function manage(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly status: number; readonly body: Answer; readonly headers: Headers }> {
  const response = await call(`/manage/v1${path}`, {
    method,
    headers: { ...OPERATOR, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, headers: response.headers, body: await response.json() };
}

/** The envelope of every management answer, with the members that tests read. */
export interface Answer {
  readonly success: boolean;
  readonly message?: string;
  readonly data?: Readonly<Record<string, unknown>> & { readonly id: string; readonly key: string };
  readonly error?: {
    readonly code: string;
    readonly message: string;
    readonly details?: readonly { readonly field: string; readonly message: string }[];
  };
}

let accounts = 0;

/** Makes an account with a fresh id and answers with the id. */
export async function makeAccount(members: object = {}): Promise<string> {
  accounts += 1;
  const id = `acc-${accounts}-${crypto.randomUUID()}`;
  const { status } = await manage("POST", "/accounts", {
    api: "deframe",
    id,
    name: "A",
    ...members,
  });
  if (status !== 201) throw new Error(`the account was answered ${status}`);
  return id;
}

/** A key with what is shown of it once. */
export interface MadeKey {
  readonly id: string;
  readonly key: string;
  readonly secret: string;
  readonly account: string;
}

/** Makes a key and answers with its id, text and signing secret; without `account`, in an account of its own. */
export async function makeKey(
  members: object = {},
  account?: string,
  api = "deframe",
): Promise<MadeKey> {
  const owner = account ?? (await makeAccount({ api }));
  const made = await manage("POST", `/accounts/${owner}/api-keys`, { name: "K", ...members });
  const { data } = made.body;
  if (data === undefined) throw new Error(`the key was answered ${made.status}`);
  return {
    id: data.id,
    key: data.key,
    secret: String(data["signing_secret"]),
    account: owner,
  };
}

/** Calls the demo's echo with a key. */
export function echo(key: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("x-api-key", key);
  return call("/echo", { ...init, headers });
}

/** The object of a key. */
export function keyStateOf(keyId: string): DurableObjectStub {
  return env.KEY_STATE.getByName(keyId);
}

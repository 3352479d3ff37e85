/** The management API as tests use it: with the operator token of a running server. */
import type { RunningServer } from "./server.ts";

/** A server that is managed, started in whichever way. */
type Managed = Pick<RunningServer, "url" | "operatorToken">;

/** What the management API answered. */
export interface ManageAnswer {
  readonly status: number;
  /** The envelope's `data`, or an empty object. */
  readonly data: Readonly<Record<string, unknown>>;
}

/** A key made for a test, and the account that owns it. */
export interface TestKey {
  readonly account: string;
  readonly id: string;
  readonly key: string;
  readonly signingSecret: string;
}

/** Calls the management API; throws for an answer that refuses. */
export async function manage(
  server: Managed,
  method: string,
  path: string,
  body?: object,
): Promise<ManageAnswer> {
  const response = await fetch(`${server.url}/manage/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${server.operatorToken}`,
      "content-type": "application/json",
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
  const envelope = JSON.parse(text) as Partial<ManageAnswer>;
  return { status: response.status, data: envelope.data ?? {} };
}

/** Makes an account of an API and one key of it, by the members of the key's body. */
export async function createKey(
  server: Managed,
  api: string,
  members: object = {},
): Promise<TestKey> {
  const { data: account } = await manage(server, "POST", "/accounts", { api, name: "Test" });
  const keysPath = `/accounts/${String(account["id"])}/api-keys`;
  const { data } = await manage(server, "POST", keysPath, { name: "Test key", ...members });
  return {
    account: String(account["id"]),
    id: String(data["id"]),
    key: String(data["key"]),
    signingSecret: String(data["signing_secret"]),
  };
}

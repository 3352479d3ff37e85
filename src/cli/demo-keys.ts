/**
 * The demo's keys: one account and one key for each API, made through the management API and kept in
 * a file that only this user may read, so that every start can print the same calls. A key that the
 * server no longer knows (its state or master keys were deleted), or that has ended, is made anew.
 */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { DemoApi } from "./demo-apis.ts";
import { Failure } from "./failure.ts";
import type { ManagementClient } from "./management-client.ts";

const KEY_NAME = "Demo key";
/** Statuses of a key that never works again, as the management API tells them. */
const ENDED: ReadonlySet<unknown> = new Set(["revoked", "expired"]);

/** One kept key: the only place where its text is stored. */
export interface DemoKey {
  readonly account: string;
  readonly id: string;
  readonly key: string;
}

/** The kept keys, by the API's name. */
export type DemoKeys = Readonly<Record<string, DemoKey>>;

/** Returns a working key for each API, from the file or newly made; keeps them in the file. */
export async function ensureDemoKeys(
  apis: readonly DemoApi[],
  baseUrl: string,
  manage: ManagementClient,
  path: string,
): Promise<DemoKeys> {
  const stored = decodeDemoKeys(existsSync(path) ? readFileSync(path, "utf8") : "{}");
  const keys: Record<string, DemoKey> = {};
  for (const api of apis) {
    const known = stored[api.name];
    const kept = known !== undefined && (await isUsable(api, baseUrl, known, manage));
    keys[api.name] = kept ? known : await createDemoKey(api, manage);
  }
  storeDemoKeys(path, keys);
  return keys;
}

/**
 * Asks with the key itself, because only that tells its text apart from any other. Dialects refuse an
 * unknown key with 401 or 403 alike, and it alone has no counts to tell.
 */
async function isUsable(
  { probe }: DemoApi,
  baseUrl: string,
  { id, key }: DemoKey,
  manage: ManagementClient,
): Promise<boolean> {
  const response = await fetch(`${baseUrl}${probe.path}`, { headers: probe.headers(key) });
  await response.body?.cancel();
  if (response.status !== 401 && response.status !== 403) return true;
  if (!response.headers.has("ratelimit-policy")) return false;
  const { data } = await manage("GET", `/api-keys/${id}`);
  return !ENDED.has(membersOf(data)["status"]);
}

async function createDemoKey(api: DemoApi, manage: ManagementClient): Promise<DemoKey> {
  const { id } = api.account;
  await manage("POST", "/accounts", { api: api.name, ...api.account }); // 409: it is there already
  const { status, data } = await manage("POST", `/accounts/${id}/api-keys`, { name: KEY_NAME });
  const made = { ...membersOf(data), account: id };
  if (status !== 201 || !isDemoKey(made)) {
    throw new Failure(`The key of the demo API ${api.name} could not be made (status ${status}).`);
  }
  return { account: made.account, id: made.id, key: made.key };
}

function membersOf(data: unknown): Readonly<Record<string, unknown>> {
  return typeof data === "object" && data !== null ? { ...data } : {};
}

/** Reads the file's text; leaves out whatever is damaged or was not written by this program. */
function decodeDemoKeys(text: string): DemoKeys {
  try {
    const decoded: unknown = JSON.parse(text);
    if (typeof decoded !== "object" || decoded === null) return {};
    return Object.fromEntries(
      Object.entries(decoded).filter((entry): entry is [string, DemoKey] => isDemoKey(entry[1])),
    );
  } catch {
    return {};
  }
}

function storeDemoKeys(path: string, keys: DemoKeys): void {
  const partial = `${path}.partial`;
  writeFileSync(partial, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  renameSync(partial, path);
}

/** The texts are printed as part of a shell command, so they must be plain words. */
function isDemoKey(value: unknown): value is DemoKey {
  if (typeof value !== "object" || value === null) return false;
  return ["account", "id", "key"].every((name) => {
    const text: unknown = Reflect.get(value, name);
    return typeof text === "string" && /^[\w-]+$/.test(text);
  });
}

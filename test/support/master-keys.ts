/** Deployments with other `MASTER_KEYS`, and what the keyring's routes tell of them. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi, type MockInstance } from "vitest";
import { makeKey, OPERATOR } from "./gateway.ts";
import { workerWith } from "./worker-with.ts";

const OLD = env.MASTER_KEYS;
export const NEW = `t2:${btoa("b".repeat(32))}`;
export const BOTH = `${NEW},${OLD}`;
export const NOTHING = {
  key_texts: 0,
  recoverable_texts: 0,
  signing_secrets: 0,
  imported_keys: 0,
  webhook_secrets: 0,
};
export const BY = { actor: "operator", requestId: "r" };

export type Ask = ReturnType<typeof workerWith>;

export interface Keyring {
  readonly as_of: string | null;
  readonly counting: boolean;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
  readonly reencryption: Readonly<Record<string, unknown>> | null;
}

export function directory(): DurableObjectStub {
  return env.DIRECTORY.getByName("directory");
}

/** Before each test nothing is known of any account, after it the entries are the old ones again. */
export function startEachAnew(): { readonly logged: () => string } {
  let errors: MockInstance | null = null;
  beforeEach(async () => {
    errors = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await runInDurableObject(directory(), async (_, { storage }) => {
      for (const table of ["accounts", "keyring", "keyring_unfinished"]) {
        storage.sql.exec(`DELETE FROM ${table}`);
      }
      await storage.deleteAlarm();
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    Object.assign(env, { MASTER_KEYS: OLD });
  });
  return { logged: () => errors?.mock.calls.flat().join("\n") ?? "" };
}

/** Deploys another `MASTER_KEYS`: a new Worker, and these accounts' objects made anew. */
export async function deploy(masterKeys: string, accounts: readonly string[] = []): Promise<Ask> {
  Object.assign(env, { MASTER_KEYS: masterKeys });
  await Promise.all(accounts.map((id) => evictDurableObject(env.ACCOUNT.getByName(id))));
  return workerWith({});
}

export async function ask(
  worker: Ask,
  method: string,
  path: string,
): Promise<{ readonly status: number; readonly headers: Headers; readonly data: Keyring }> {
  const response = await worker(`/manage/v1/keyring${path}`, { method, headers: OPERATOR });
  const { data }: { data: Keyring } = await response.json();
  return { status: response.status, headers: response.headers, data };
}

export async function read(worker: Ask): Promise<Keyring> {
  return (await ask(worker, "GET", "")).data;
}

/** Runs the alarms until the re-encryption has ended. */
export function finish(worker: Ask): Promise<Keyring> {
  return vi.waitFor(
    async () => {
      await runDurableObjectAlarm(directory());
      const keyring = await read(worker);
      if (keyring.reencryption?.["finished_at"] === null) throw new Error("it goes on");
      return keyring;
    },
    { timeout: 5000 },
  );
}

/** A recoverable key in an account of its own. */
export function makeRecoverableKey(): ReturnType<typeof makeKey> {
  return makeKey({}, undefined, "dataframer");
}

export async function textsOf(
  keyId: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const described = await env.KEY_STATE.getByName(keyId).describe();
  return described?.record.key.texts as never;
}

/** Makes these accounts' objects unreachable for the directory, until the mocks are restored. */
export async function cutOff(accounts: readonly string[]): Promise<void> {
  await runInDurableObject(directory(), (instance) => {
    const namespace = (instance as unknown as { env: Cloudflare.Env }).env.ACCOUNT;
    const real = namespace.getByName.bind(namespace);
    vi.spyOn(namespace, "getByName").mockImplementation((name: string) =>
      accounts.includes(name)
        ? ({ visitKeyring: () => Promise.reject(new Error("gone")) } as never)
        : real(name),
    );
  });
}

/** Faults of what an account's object depends on, each until it is healed or the mocks are restored. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";

/** The storage of an account's object. */
export function inAccount<T>(
  account: string,
  look: (storage: DurableObjectStorage, objectEnv: Cloudflare.Env) => T | Promise<T>,
): Promise<T> {
  return runInDurableObject(env.ACCOUNT.getByName(account), (instance, { storage }) =>
    look(storage, (instance as unknown as { env: Cloudflare.Env }).env),
  );
}

async function fail(): Promise<never> {
  throw new Error("gone");
}

/** Makes the objects of keys take no change of the account's: of these keys, or of all. */
export function cutOff(account: string, keyIds?: readonly string[]): Promise<void> {
  return inAccount(account, (_, { KEY_STATE }) => {
    const real = KEY_STATE.getByName.bind(KEY_STATE);
    vi.spyOn(KEY_STATE, "getByName").mockImplementation((name: string) => {
      const stub = real(name);
      return keyIds === undefined || keyIds.includes(name)
        ? withMethod(stub, { install: fail })
        : stub;
    });
  });
}

/**
 * Makes the objects of all keys but the real ones confirm at once without being there, or not at all, and
 * KV writes with them; counts the calls.
 */
export function pretendObjects(
  account: string,
  realIds: readonly string[],
  lostIds: readonly string[] = [],
): Promise<{ installs: number; puts: number }> {
  return inAccount(account, (_, { KEY_STATE }) => {
    const counted = { installs: 0, puts: 0 };
    const real = KEY_STATE.getByName.bind(KEY_STATE);
    vi.spyOn(KEY_STATE, "getByName").mockImplementation((name: string) => {
      const stub = real(name);
      if (realIds.includes(name)) return stub;
      const install = async (): Promise<string> => {
        counted.installs += 1;
        if (lostIds.includes(name)) throw new Error("gone");
        return "installed";
      };
      return withMethod(stub, { install });
    });
    const kv = Object.getPrototypeOf(env.KEYS) as KVNamespace;
    vi.spyOn(kv, "put").mockImplementation(async () => {
      counted.puts += 1;
    });
    return counted;
  });
}

/** A stub with some of its methods replaced. */
function withMethod<Stub extends object>(stub: Stub, methods: object): Stub {
  return new Proxy(stub, {
    get: (target, name) => Reflect.get(name in methods ? methods : target, name) as unknown,
  });
}

/** Makes every KV write fail, in the Worker and in the objects. */
export function failKvWrites(): void {
  const kv = Object.getPrototypeOf(env.KEYS) as KVNamespace;
  vi.spyOn(kv, "put").mockRejectedValue(new Error("429 Too Many Requests"));
}

/** Makes every KV read and write fail. */
export function failKv(): void {
  failKvWrites();
  const kv = Object.getPrototypeOf(env.KEYS) as KVNamespace;
  vi.spyOn(kv, "get").mockRejectedValue(new Error("KV is down"));
}

/** Makes the audit log of an account refuse new entries, as a full disk would. */
export async function fillAudit(account: string): Promise<void> {
  await inAccount(account, ({ sql }) => {
    sql.exec(`CREATE TRIGGER full BEFORE INSERT ON audit
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
  });
}

/** Lets the audit log take entries again. */
export async function healAudit(account: string): Promise<void> {
  await inAccount(account, ({ sql }) => void sql.exec("DROP TRIGGER full"));
}

/** Runs the account's alarm, and again while it has more to do at once. */
export async function runAlarms(account: string): Promise<number> {
  let runs = 0;
  for (;;) {
    if (!(await runDurableObjectAlarm(env.ACCOUNT.getByName(account)))) return runs;
    runs += 1;
    const due = await inAccount(account, (storage) => storage.getAlarm());
    if (due === null || due > Date.now() + 100) return runs;
  }
}

/** Everything in an account's outbox. */
export function outboxOf(account: string): Promise<readonly (readonly unknown[])[]> {
  return inAccount(account, ({ sql }) => [
    ...sql.exec("SELECT key_id, step FROM behind ORDER BY key_id").raw(),
  ]);
}

/** The values in KV that hold a key's record. */
export async function storedInKv(keyId: string): Promise<readonly string[]> {
  const { keys } = await env.KEYS.list();
  const values = await Promise.all(keys.map(({ name }) => env.KEYS.get(name)));
  return values.filter((value) => value !== null).filter((value) => value.includes(`"${keyId}"`));
}

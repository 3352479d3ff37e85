/** Which parts of the deployment answer. Remembered briefly, so that asking often costs nothing. */
import { withDeadline } from "../core/deadline.ts";
import { DIRECTORY_NAME } from "./directory.ts";

const REMEMBERED_MS = 5_000;
const DEADLINE_MS = 2_000;

export type Health = Readonly<Record<"kv" | "key_state" | "account" | "directory", boolean>>;

/** Makes the check of this deployment's parts. It writes nothing. */
export function createHealthCheck(env: Cloudflare.Env): () => Promise<Health> {
  let checkedAtMs = Number.NEGATIVE_INFINITY;
  let health: Promise<Health> | null = null;
  return () => {
    const nowMs = Date.now();
    if (health === null || nowMs - checkedAtMs > REMEMBERED_MS) {
      checkedAtMs = nowMs;
      health = check(env);
    }
    return health;
  };
}

async function check(env: Cloudflare.Env): Promise<Health> {
  const [kv, keyState, account, directory] = await Promise.all([
    answers(env.KEYS.get("health")),
    answers(env.KEY_STATE.getByName("health").describe()),
    answers(env.ACCOUNT.getByName("health").load()),
    answers(env.DIRECTORY.getByName(DIRECTORY_NAME).ping()),
  ]);
  return { kv, key_state: keyState, account, directory };
}

async function answers(call: Promise<unknown>): Promise<boolean> {
  try {
    await withDeadline(call, DEADLINE_MS);
    return true;
  } catch {
    return false;
  }
}

/** KV as it is seen far away from who writes to it: what was there before a write is read on. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";

/** How long an old value, or that there was none, may be read after a write. */
const STALE_MS = 60_000;

/** Makes every read of KV stale, in the Worker and in the objects, until the mocks are restored. */
export function makeKvStale(): void {
  const kv = Object.getPrototypeOf(env.KEYS) as KVNamespace;
  const { get, put } = kv as unknown as { readonly get: Get; readonly put: Put };
  const before = new Map<string, { readonly value: string | null; readonly untilMs: number }>();

  const putAndHide: Put = async function (this: KVNamespace, name, value, options) {
    const hidden = before.get(name);
    if (hidden === undefined || hidden.untilMs <= Date.now()) {
      const old = await get.call(this, name);
      before.set(name, { value: old, untilMs: Date.now() + STALE_MS });
    }
    return put.call(this, name, value, options);
  };
  const getStale: Get = async function (this: KVNamespace, name, options) {
    const hidden = before.get(name);
    if (hidden !== undefined && hidden.untilMs > Date.now()) return hidden.value;
    return get.call(this, name, options);
  };
  vi.spyOn(kv, "put").mockImplementation(putAndHide as never);
  vi.spyOn(kv, "get").mockImplementation(getStale as never);
}

type Get = (this: KVNamespace, name: string, options?: object) => Promise<string | null>;
type Put = (this: KVNamespace, name: string, value: string, options?: object) => Promise<void>;

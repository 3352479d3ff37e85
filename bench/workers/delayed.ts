/** The product with slow surroundings: KV and objects answer so much later as each request asks for. */
import worker from "../../src/index.ts";

export * from "../../src/index.ts";

interface Delays {
  readonly kvMs: number;
  readonly objectMs: number;
}

/** Of the request at hand: the driver sends one at a time. */
let delays: Delays = { kvMs: 0, objectMs: 0 };
let delayed: Cloudflare.Env | null = null;

export default {
  fetch(request: Request, env: Cloudflare.Env): Promise<Response> {
    delays = {
      kvMs: Number(request.headers.get("x-bench-kv-ms") ?? 0),
      objectMs: Number(request.headers.get("x-bench-object-ms") ?? 0),
    };
    delayed ??= {
      ...env,
      KEYS: delayKv(env.KEYS),
      KEY_STATE: delayObjects(env.KEY_STATE),
    };
    return worker.fetch(request, delayed);
  },
};

function delayKv(kv: KVNamespace): KVNamespace {
  const get = kv.get.bind(kv) as (...args: unknown[]) => Promise<unknown>;
  const late = async (...args: unknown[]): Promise<unknown> => {
    await sleep(delays.kvMs);
    return get(...args);
  };
  return { get: late } as unknown as KVNamespace;
}

type Methods = Readonly<Record<string, (...args: readonly unknown[]) => Promise<unknown>>>;

function delayObjects(namespace: Cloudflare.Env["KEY_STATE"]): Cloudflare.Env["KEY_STATE"] {
  const getByName = (name: string): object => {
    const stub = namespace.getByName(name) as unknown as Methods;
    return new Proxy(stub, {
      get:
        (_, method) =>
        async (...args: readonly unknown[]): Promise<unknown> => {
          await sleep(delays.objectMs);
          return stub[String(method)]?.(...args);
        },
    });
  };
  return { getByName } as unknown as Cloudflare.Env["KEY_STATE"];
}

async function sleep(milliseconds: number): Promise<void> {
  if (milliseconds > 0) await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

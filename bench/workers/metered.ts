/** The product, metered. */
import worker, { Account, Directory, KeyState } from "../../src/index.ts";
import { type Alarming, meterEnv, meterRequest, meterStorage, startVirtualTime } from "./meter.ts";
import { replaceTimers } from "./virtual-time.ts";

startVirtualTime();
replaceTimers();

const NAMESPACES = ["KEY_STATE", "ACCOUNT", "DIRECTORY"];
let metered: Cloudflare.Env | null = null;

export default {
  fetch(request: Request, env: Cloudflare.Env): Promise<Response> {
    const bindings = (metered ??= meterEnv(env, NAMESPACES));
    return meterRequest(request, env, () => worker.fetch(request, bindings));
  },
};

function metering<Class extends new (ctx: DurableObjectState, env: Cloudflare.Env) => object>(
  Base: Class,
  binding: "KEY_STATE" | "ACCOUNT" | "DIRECTORY",
): Class {
  const Metered = class
    extends (Base as new (ctx: DurableObjectState, env: unknown) => object)
    implements Alarming
  {
    constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
      meterStorage(ctx, binding);
      super(ctx, meterEnv(env, NAMESPACES));
    }

    async fireAlarm(): Promise<void> {
      await (this as { readonly alarm?: () => unknown }).alarm?.();
    }
  };
  return Metered as unknown as Class;
}

const MeteredAccount = metering(Account, "ACCOUNT");
const MeteredDirectory = metering(Directory, "DIRECTORY");
const MeteredKeyState = metering(KeyState, "KEY_STATE");
export { MeteredAccount as Account, MeteredDirectory as Directory, MeteredKeyState as KeyState };

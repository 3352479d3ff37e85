/** The obvious design, metered. */
import { meterEnv, meterRequest, meterStorage, startVirtualTime } from "./meter.ts";
import { Counter as NaiveCounter, handleNaive, type NaiveEnv } from "./naive.ts";

startVirtualTime();

let metered: NaiveEnv | null = null;

export default {
  fetch(request: Request, env: NaiveEnv): Promise<Response> {
    const bindings = (metered ??= meterEnv(env, ["COUNTER"]));
    return meterRequest(request, env, () => handleNaive(request, bindings));
  },
};

/** Its object, with its rows counted. */
export class Counter extends NaiveCounter {
  constructor(ctx: DurableObjectState, env: NaiveEnv) {
    meterStorage(ctx, "COUNTER");
    super(ctx, env);
  }
}

/**
 * Slows down who tries credentials in vain, by address. The deployment's count is asked only while this
 * isolate knows of no reason to refuse and has not asked too often: a flood costs nothing beyond this
 * isolate, and where the count cannot be had, attempts are counted here alone.
 */
import {
  addFailure,
  addressBlock,
  isOver,
  isTooMany,
  secondsToWait,
  type FailedSignIns,
} from "../core/failed-sign-ins.ts";
import { Unavailable, type Log, type SignInFailures } from "../core/ports.ts";
import { refuse, type Refusal } from "../core/refusal.ts";

/** What the throttle needs. */
export interface ThrottlePorts {
  readonly signInFailures: SignInFailures;
  readonly log: Log;
  readonly now: () => number;
}

/** Notes an attempt in vain; the refusal for one too many, `null` when it is told why it failed. */
export type SignInThrottle = (address: string | null, requestId: string) => Promise<Refusal | null>;

const MAX_ADDRESSES = 1000;
/** Times in a minute that this isolate asks for the deployment's count. */
const MAX_ASKED = 200;
const MESSAGE = "Too many attempts with a wrong credential. Please wait before trying again.";

/** The throttle of one isolate. */
export function createSignInThrottle(ports: ThrottlePorts): SignInThrottle {
  const { signInFailures, log, now } = ports;
  const seen = new Map<string, FailedSignIns>();
  let asked: FailedSignIns = { openedAtMs: 0, count: 0 };

  /** The last one that was counted stays longest; of more than so many the first one is forgotten. */
  function remember(block: string, counted: FailedSignIns): void {
    seen.delete(block);
    const [oldest] = seen.keys();
    if (seen.size >= MAX_ADDRESSES && oldest !== undefined) seen.delete(oldest);
    seen.set(block, counted);
  }

  function mayAsk(): boolean {
    if (isOver(asked, now())) asked = { openedAtMs: now(), count: 0 };
    if (asked.count >= MAX_ASKED) return false;
    asked = { ...asked, count: asked.count + 1 };
    return true;
  }

  async function countEverywhere(block: string, here: FailedSignIns): Promise<FailedSignIns> {
    if (!mayAsk()) return here;
    try {
      return await signInFailures.count(block);
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      return here;
    }
  }

  return async (address, requestId) => {
    const block = addressBlock(address);
    const before = seen.get(block) ?? null;
    const here = addFailure(before, now());
    remember(block, here);
    const everywhere = isTooMany(here) ? here : await countEverywhere(block, here);
    const wait = secondsToWait(everywhere, now());
    if (wait === null) return null;
    if (before === null || !isTooMany(before)) {
      log("warn", "sign_in_throttled", { request_id: requestId });
    }
    remember(block, everywhere);
    return refuse("rate_limited", { message: MESSAGE, retryAfterSeconds: wait });
  };
}

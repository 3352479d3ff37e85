/** Stubs of keys' objects that do not do what they should, in place of the real ones. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import type { DecideCall } from "../../src/core/decision.ts";
import { readCall, type SentCall } from "../../src/core/decision-format.ts";

/** What a stub does when it is asked to decide: it is given the call itself, not how it travels. */
export type FakeDecide = (call: DecideCall) => Promise<unknown>;

/** An error as the platform throws it, with what it says of itself. */
export function platformError(message: string, says: object = {}): Error {
  return Object.assign(new Error(message), { remote: true, ...says });
}

/**
 * Gives the edge these stubs for the calls to come, one for each, then the real ones again; tells how
 * many it has asked for. Undone by `vi.restoreAllMocks`.
 */
export function giveStubs(...decides: readonly FakeDecide[]): () => number {
  const real = env.KEY_STATE.getByName.bind(env.KEY_STATE);
  const left = [...decides];
  const getByName = vi.spyOn(env.KEY_STATE, "getByName").mockImplementation((name, options) => {
    const fake = left.shift();
    if (fake === undefined) return real(name, options);
    return { decide: (sent: SentCall) => fake(readCall(sent)) } as never;
  });
  return () => getByName.mock.calls.length;
}

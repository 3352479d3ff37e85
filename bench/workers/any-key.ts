/**
 * The product over a stand-in for its keys' objects: what a real object said of the first key is said
 * of every other, with its own id and hash. So one process can serve more keys than it has objects.
 */
import worker from "../../src/index.ts";
import type { Decision } from "../../src/core/decision.ts";
import { readCall, readDecision, type SentCall } from "../../src/core/decision-format.ts";

export * from "../../src/index.ts";

/** What was said of the first key. */
interface Template {
  readonly keyId: string;
  readonly textHash: string;
  readonly decision: string;
}

let template: Template | null = null;
let changed: Cloudflare.Env | null = null;

export default {
  fetch(request: Request, env: Cloudflare.Env): Promise<Response> {
    changed ??= { ...env, KEY_STATE: standInFor(env.KEY_STATE) };
    return worker.fetch(request, changed);
  },
};

function standInFor(namespace: Cloudflare.Env["KEY_STATE"]): Cloudflare.Env["KEY_STATE"] {
  const getByName = (keyId: string): object => ({
    async decide(sent: SentCall): Promise<Decision> {
      const call = readCall(sent);
      if (template === null) {
        const decision = readDecision(await namespace.getByName(keyId).decide(call));
        template = { keyId, textHash: call.textHash, decision: JSON.stringify(decision) };
        return decision;
      }
      const text = template.decision
        .replaceAll(template.keyId, keyId)
        .replaceAll(template.textHash, call.textHash);
      const decision = JSON.parse(text) as Decision;
      return call.version === null ? decision : { ...decision, record: null };
    },
  });
  return { getByName } as unknown as Cloudflare.Env["KEY_STATE"];
}

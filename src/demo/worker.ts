/**
 * Entry of the environment `demo`: the authorizer, unchanged, and in the same deploy the origin that
 * it protects there. The gateway reaches it as `ctx.exports.DemoOrigin` (`binding:DemoOrigin`).
 */
import { WorkerEntrypoint } from "cloudflare:workers";
import { answerAsOrigin } from "./origin.ts";
import { createUserStore, type DemoUsers } from "./users.ts";

export * from "../index.ts";
export { default } from "../index.ts";
export { DemoUsers } from "./users.ts";

/** What the origin has of its own: the authorizer's storage is none of its business. */
interface DemoBindings {
  readonly DEMO_USERS: DurableObjectNamespace<DemoUsers>;
}

/** The demo's origin. It has no public address, so what reaches it was admitted. */
export class DemoOrigin extends WorkerEntrypoint<DemoBindings> {
  override async fetch(request: Request): Promise<Response> {
    return answerAsOrigin(request, createUserStore(this.env.DEMO_USERS));
  }
}

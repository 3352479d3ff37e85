/**
 * `DemoUsers`: the users that live keys have posted to the demo's API `example`, one object for each
 * account. It stands in for an origin's own database and is part of the environment `demo` only.
 */
import { DurableObject } from "cloudflare:workers";
import type { User, UserStore } from "./example.ts";

export class DemoUsers extends DurableObject {
  /** Keeps a user. */
  put(user: User): void {
    this.ctx.storage.kv.put(user.id, user);
  }

  /** The user with this id, `null` when none was kept. */
  get(id: string): User | null {
    return this.ctx.storage.kv.get<User>(id) ?? null;
  }
}

/** Users in the object of their account. */
export function createUserStore(namespace: DurableObjectNamespace<DemoUsers>): UserStore {
  return {
    put: async (account, user) => namespace.getByName(account).put(user),
    get: async (account, id) => namespace.getByName(account).get(id),
  };
}

/** The demo's origin alone, without the authorizer in front of it. */
import type { User } from "../../src/demo/example.ts";
import { answerAsOrigin } from "../../src/demo/origin.ts";

/** An origin whose users are kept in memory. */
export function createOrigin(): (path: string, init?: RequestInit) => Promise<Response> {
  const kept = new Map<string, User>();
  const users = {
    put: async (account: string, user: User) => void kept.set(`${account} ${user.id}`, user),
    get: async (account: string, id: string) => kept.get(`${account} ${id}`) ?? null,
  };
  return (path, init) =>
    answerAsOrigin(new Request(new URL(path, "https://api.example.com"), init), users);
}

/**
 * The key set that verifies members' tokens, from its URL. It is fetched seldom whatever tokens come,
 * so that made-up key ids cannot make this Worker load it; without keys nothing verifies.
 */
import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from "jose";
import { Unavailable } from "../core/ports.ts";

/** Fetches the key set; tests pass their own. */
export type FetchJwks = (url: string, init: RequestInit) => Promise<Response>;

/** How long a set is good for, and how often it is fetched while it is: for a key id it lacks. */
const MAX_AGE_MS = 600_000;
const REFRESH_MS = 30_000;
/** How often it is fetched while there is none. More than the timeout: who waited does not fetch too. */
const RETRY_MS = 5000;
const TIMEOUT_MS = 3000;
const POLL_MS = 25;
const MAX_BYTES = 65_536;

/** Refused by what the set says, not for want of one. */
const NO_SUCH_KEY = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JOSENotSupported,
];

/** Finds the key of a token. Throws `Unavailable` when the set cannot be had and may hold it. */
export function createJwksKeys(url: URL, fetchJwks: FetchJwks): JWTVerifyGetKey {
  const fetchSeldom = createSeldomFetch(fetchJwks, () => keys.fresh);
  const keys = createRemoteJWKSet(url, {
    cacheMaxAge: MAX_AGE_MS,
    cooldownDuration: REFRESH_MS,
    timeoutDuration: TIMEOUT_MS,
    [customFetch]: fetchSeldom,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (NO_SUCH_KEY.some((known) => error instanceof known)) throw error;
      throw new Unavailable("jwks", { cause: error });
    }
  };
}

/** Fetches once for all who ask within the pause, and hands them what that brought. */
function createSeldomFetch(fetchJwks: FetchJwks, hasKeys: () => boolean): FetchJwks {
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let busyUntilMs = 0;
  let brought: string | null = null;

  return async (url, init) => {
    // What one request awaits, another must not: its work ends with the request that began it.
    while (Date.now() < busyUntilMs) await scheduler.wait(POLL_MS);
    const pauseMs = brought !== null || hasKeys() ? REFRESH_MS : RETRY_MS;
    if (Date.now() < startedAtMs + pauseMs) {
      if (brought === null) throw new Error("the key set was not to be had a moment ago");
      return new Response(brought);
    }
    startedAtMs = Date.now();
    busyUntilMs = startedAtMs + TIMEOUT_MS;
    brought = null;
    try {
      brought = await readText(await fetchJwks(url, init));
      return new Response(brought);
    } finally {
      busyUntilMs = 0;
    }
  };
}

/** The body of a 200 that is no larger than any key set has to be. */
async function readText(response: Response): Promise<string> {
  if (response.status !== 200) throw new Error("the key set was not answered with 200");
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_BYTES) throw new Error("the key set is too large");
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** Waits until the server can serve, or says why it cannot. */
import { setTimeout as sleep } from "node:timers/promises";
import { Failure } from "./failure.ts";

const POLL_MS = 250;
const PROBE_MS = 5000;
const MAX_WAIT_MS = 60_000;

/** Polls `/manage/health` until it answers 200; throws a `Failure` that says what to look at. */
export async function waitForHealth(baseUrl: string, signal: AbortSignal): Promise<void> {
  const endMs = Date.now() + MAX_WAIT_MS;
  let last = "nothing answers";
  while (Date.now() < endMs) {
    const response = await probe(`${baseUrl}/manage/health`);
    signal.throwIfAborted();
    if (response?.ok === true) return;
    if (response !== null) last = `it answers ${response.status}`;
    if (response !== null && isConfigurationProblem(response)) {
      throw new Failure("The configuration has a mistake: the error above names the setting.");
    }
    await sleep(POLL_MS, undefined, { signal });
  }
  throw new Failure(
    `The server at ${baseUrl} is not healthy after ${MAX_WAIT_MS / 1000} s (${last}). The messages above, if any, say why.`,
  );
}

/** Management has a dialect of its own: only what stands before it answers 503 as a problem. */
function isConfigurationProblem({ status, headers }: Response): boolean {
  return status === 503 && headers.get("content-type") === "application/problem+json";
}

async function probe(url: string): Promise<Response | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_MS) });
    await response.body?.cancel();
    return response;
  } catch {
    return null;
  }
}

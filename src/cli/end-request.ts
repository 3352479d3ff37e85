/** Everything that asks this program to end, told once: an end that is asked for twice is still one. */

const PARENT_CHECK_MS = 500;

/**
 * Aborts when the terminal, npm or another process asks for the end. npm runs this program by way of
 * a shell, which a signal ends without being passed on: there, a new parent means the same.
 */
export function watchForEndRequest(): AbortSignal {
  const requested = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => requested.abort());
  }
  if (process.env["npm_lifecycle_event"] !== undefined) {
    const parent = process.ppid;
    const check = (): void => {
      if (process.ppid !== parent) requested.abort();
    };
    setInterval(check, PARENT_CHECK_MS).unref();
  }
  return requested.signal;
}

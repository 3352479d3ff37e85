/** The log: one line of JSON per event, on the Worker's console. */
import type { Log } from "../core/ports.ts";

/** Writes an event. JSON escapes line breaks and control characters, so an event stays one line. */
export const logToConsole: Log = (level, event, fields) => {
  // The console is where a Worker's log goes.
  // eslint-disable-next-line no-console
  console[level](JSON.stringify({ level, event, ...fields }));
};

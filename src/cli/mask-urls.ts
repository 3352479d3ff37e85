/**
 * What the development server prints, without the URLs of requests, because a URL may hold a key. Its
 * log level keeps them out but for one case: its proxy names the URL of a request that was broken off.
 */
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Passes lines on as they come, each with its requests' URLs masked. */
export function passMasked(source: Readable, target: Writable): void {
  createInterface({ input: source }).on("line", (line) => target.write(`${maskUrls(line)}\n`));
}

/** Masks the URL that follows a method; a URL that stands alone is of the configuration. */
function maskUrls(line: string): string {
  return line.replaceAll(/\b([A-Z]+) https?:\/\/\S*/g, "$1 (URL not shown)");
}

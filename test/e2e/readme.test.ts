/**
 * The README's calls, run in a real shell against the real server: what stands beside each must be what
 * is answered. Ids and times may differ; a body that ends in "…" tells how the answer begins.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import { parseAnswer, runClient, SHELL, type PrintedAnswer } from "../support/client.ts";
import { createKey } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const README = readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8");

/** A curl call with the answer printed after it; `SHOP_KEY` in it stands for a key of API `shop`. */
interface ShownCall {
  readonly api: string;
  readonly command: string;
  readonly answer: string;
}

/** One row of the table of refusals. */
interface ShownRefusal {
  readonly api: string;
  readonly status: string;
  readonly body: string;
}

const CALLS = readShownCalls(README);
const REFUSALS = readShownRefusals(README);

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
});

function readShownCalls(text: string): readonly ShownCall[] {
  const blocks = text.matchAll(/```sh\n(curl [^]*?)```(?:\n```\n([^]*?)```)?/g);
  return Array.from(blocks, ([, command = "", answer = ""]) => ({
    api: /\b([A-Z]+)_KEY\b/.exec(command)?.[1]?.toLowerCase() ?? "",
    command,
    answer,
  }));
}

function readShownRefusals(text: string): readonly ShownRefusal[] {
  const rows = text.matchAll(/^\| `(\w+)` \| (4\d\d) \| `(\{.*\})` \|$/gm);
  return Array.from(rows, ([, api = "", status = "", body = ""]) => ({ api, status, body }));
}

/** Makes a README's call with this key on this server. */
async function makeCall(command: string, key: string): Promise<PrintedAnswer> {
  const call = command
    .replaceAll("http://localhost:8787", server.url)
    .replaceAll(/\b[A-Z]+_KEY\b/g, key);
  return parseAnswer(await runClient(SHELL, call, path.join(server.stateDir, "home")));
}

/** A header's value without what differs from answer to answer: ids, times and seconds left. */
function shapeOf(value: string | undefined): string | undefined {
  return value
    ?.replace(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/, "ID")
    .replace(/^\d{10}$/, "TIME")
    .replaceAll(/\bt=\d+/g, "t=SECONDS");
}

it("the README shows one call and one refusal for each API of the demo", () => {
  const apis = ["subfrost", "dataframer", "example", "deframe"];
  expect(CALLS.map(({ api }) => api)).toEqual(apis);
  expect(REFUSALS.map(({ api }) => api)).toEqual(apis);
});

test.each(CALLS)("the call of $api is answered as it is printed", async (shown) => {
  const { key } = await createKey(server, shown.api);
  const printed = parseAnswer(shown.answer);

  const answer = await makeCall(shown.command, key);

  expect(answer.statusLine).toBe(printed.statusLine);
  for (const [name, value] of printed.headers) {
    expect(shapeOf(answer.headers.get(name)), name).toBe(shapeOf(value));
  }
  if (printed.body.endsWith("…")) {
    const beginning = printed.body.slice(0, -1);
    expect(answer.body.slice(0, beginning.length)).toBe(beginning);
  } else {
    expect(answer.body).toBe(printed.body);
  }
});

test.each(REFUSALS)("$api refuses a key that does not exist as it is printed", async (shown) => {
  const call = CALLS.find(({ api }) => api === shown.api);

  const answer = await makeCall(call?.command ?? "", "no-such-key");

  expect(answer.statusLine).toContain(` ${shown.status} `);
  expect(answer.body).toBe(shown.body);
});

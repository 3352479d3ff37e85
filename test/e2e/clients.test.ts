/**
 * The pages' own code in the pages' own languages: each file in `clients` is an example as its page
 * prints it. Only this server's URL and a key of this server take the place of the page's.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import {
  GO,
  NODE_COMMONJS,
  NODE_MODULE,
  parseAnswer,
  PYTHON,
  runClient,
  SHELL,
  succeeds,
} from "../support/client.ts";
import { createKey, manage } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const PAGE_URL =
  /https:\/\/(?:mainnet\.subfrost\.io|df-api\.dataframer\.ai|api\.(?:example\.com|deframe\.io))/g;
const PAGE_KEY = /a1b2c3d4e5f67890a1b2c3d4e5f67890|sk_live_\w+|your-api-key/g;

const hasRequests = succeeds("/usr/bin/python3", "-c", "import requests");
const hasGo = succeeds("go", "version");

let server: RunningServer;
let home: string;

beforeAll(async () => {
  server = await startServer();
  home = path.join(server.stateDir, "home");
});

afterAll(async () => {
  await server.stop();
});

/** An example of a page with this server's URL and this key in place of the page's. */
function readExample(file: string, key: string): string {
  const example = readFileSync(path.join(import.meta.dirname, "clients", file), "utf8");
  return replaceUrlAndKey(example, key);
}

function replaceUrlAndKey(example: string, key: string): string {
  return example.replaceAll(PAGE_URL, server.url).replaceAll(PAGE_KEY, key);
}

it("the page of deframe: what its signRequest signs is admitted, and nothing else is", async () => {
  const members = { signing: "required" };
  const { key, signingSecret } = await createKey(server, "deframe", members);
  const source = `const apiKey = 'your-api-key'; const apiSecret = process.env.API_SECRET;
${readExample("deframe-signed.mjs", key)}
async function send(method, path, sent, sign) {
  const headers = { 'x-api-key': apiKey, 'x-timestamp': timestamp, 'x-signature': sign };
  const body = sent === null ? undefined : JSON.stringify(sent);
  const answer = await fetch('https://api.deframe.io' + path, { method, headers, body });
  return answer.status;
}
const order = { amount: 1.5, note: "Zoë" };
const signed = signRequest('POST', '/echo?a=1', order, timestamp, apiSecret);
console.log(
  await send('GET', '/strategies', null, signature),
  await send('GET', '/echo', null, signature),
  await send('POST', '/echo?a=1', order, signed),
  await send('POST', '/echo?a=1', order, signed),
);`;
  const program = replaceUrlAndKey(source, key);
  const output = await runClient(NODE_MODULE, program, home, { API_SECRET: signingSecret });
  expect(output).toBe("200 401 200 401\n");
});

test.each([
  ["subfrost", "subfrost-path.sh", '{"jsonrpc":"2.0","result":975412,"id":1}'],
  ["subfrost", "subfrost-header.sh", '{"jsonrpc":"2.0","result":975412,"id":1}'],
  ["dataframer", "dataframer.sh", '[{"id":"ds_support_tickets"'],
  ["dataframer", "dataframer-variable.sh", '[{"id":"ds_support_tickets"'],
  ["example", "example.sh", '{"success":true,"data":{"id":"usr_123"'],
])("the page of %s: its curl call in %s is answered", async (api, file, beginning) => {
  const { key } = await createKey(server, api);
  const answer = parseAnswer(await runClient(SHELL, readExample(file, key), home));
  expect(answer.statusLine).toBe("HTTP/1.1 200 OK");
  expect(answer.headers.get("x-ratelimit-remaining")).toBe("99");
  expect(answer.body.slice(0, beginning.length)).toBe(beginning);
});

it("the page of deframe, which has no curl call: its header and path in one are answered", async () => {
  const { key } = await createKey(server, "deframe");
  const call = `curl https://api.deframe.io/strategies -H 'x-api-key: your-api-key'`;
  const answer = parseAnswer(await runClient(SHELL, replaceUrlAndKey(call, key), home));
  expect(answer.statusLine).toBe("HTTP/1.1 200 OK");
  expect(JSON.parse(answer.body)).toMatchObject({ data: expect.any(Array) });
});

it("the page of deframe: its axios client gets the strategies", async () => {
  const { key } = await createKey(server, "deframe");
  const source = `${readExample("deframe.mjs", key)}
console.log(response.status, response.headers["x-ratelimit-remaining"], response.data.data[0].id);`;
  const output = await runClient(NODE_MODULE, source, home, { DEFRAME_API_KEY: key });
  expect(output).toBe("200 99 aave-v3-usdc-base\n");
});

it("the page of dataframer: its axios program finds the data sets", async () => {
  const { key } = await createKey(server, "dataframer");
  const source = readExample("dataframer.cjs", key);
  const output = await runClient(NODE_COMMONJS, source, home, { DATAFRAMER_API_KEY: key });
  expect(output).toBe("Found 3 datasets\n");
});

it.skipIf(!hasRequests)(
  "the page of dataframer: its Python program finds the data sets (needs Debian's python3-requests)",
  async () => {
    const { key } = await createKey(server, "dataframer");
    const source = readExample("dataframer.py", key);
    const output = await runClient(PYTHON, source, home, { DATAFRAMER_API_KEY: key });
    expect(output).toBe("Found 3 datasets\n");
  },
);

it.skipIf(!hasGo)(
  "the page of dataframer: its Go program tells admitted, revoked and missing keys apart (needs go)",
  async () => {
    const { key, id } = await createKey(server, "dataframer");
    const source = readExample("dataframer.go", key);
    const run = (apiKey: string): Promise<string> =>
      runClient(GO, source, home, { DATAFRAMER_API_KEY: apiKey });

    expect(await run(key)).toBe("Status: 200 OK\n");
    await manage(server, "DELETE", `/api-keys/${id}`);
    expect(await run(key)).toBe("Status: 403 Forbidden\n");
    expect(await run("")).toBe("Status: 401 Unauthorized\n");
  },
);

/**
 * `docs/clients.md` against the code: every reason as each dialect words it, and the two ways to wait
 * run against the real server.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it, test } from "vitest";
import { DIALECT_NAMES, type DialectName } from "../../src/core/api.ts";
import { ALL_REASONS, refuse, type Reason, type Refusal } from "../../src/core/refusal.ts";
import { dialectOf } from "../../src/dialects/dialects.ts";
import { NODE_MODULE, PYTHON, runClient, succeeds, type Client } from "../support/client.ts";
import { createKey } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

const DOC = readFileSync(path.join(import.meta.dirname, "../../docs/clients.md"), "utf8");
const CONTEXT = {
  requestId: "274bce1e",
  rpc: { batch: false, calls: [{ id: 1 }] },
} as const;

const hasRequests = succeeds("/usr/bin/python3", "-c", "import requests");

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
});

/** The cells of every table row that has this many. */
function readRows(cells: number): readonly (readonly string[])[] {
  const lines = DOC.split("\n").filter((line) => line.startsWith("| `"));
  const rows = lines.map((line) => line.slice(2, -2).split(" | "));
  return rows.filter(({ length }) => length === cells);
}

function readBlock(language: string): string {
  return new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(DOC)?.[1] ?? "";
}

/** A refusal as an API of this dialect words it. */
function word(dialect: DialectName, refusal: Refusal): { status: number; body: string } {
  return dialectOf(dialect)(refusal, CONTEXT);
}

interface WordedError {
  readonly error: { readonly code: string | number; readonly data?: { readonly reason: Reason } };
}

function errorIn(dialect: DialectName, refusal: Refusal): WordedError["error"] {
  return (JSON.parse(word(dialect, refusal).body) as WordedError).error;
}

it("the table of reasons has every reason, each as the dialects word it", () => {
  const rows = readRows(6).map((row) => row.slice(0, 5));
  expect(rows).toEqual(
    ALL_REASONS.map((reason) => {
      const refusal = refuse(reason);
      return [
        `\`${reason}\``,
        String(word("problem", refusal).status),
        `\`${errorIn("nested-error", refusal).code}\``,
        String(errorIn("json-rpc", refusal).code),
        refusal.message,
      ];
    }),
  );
});

it("the reason itself stands in every `problem`, `success-flag` and `json-rpc`", () => {
  for (const reason of ALL_REASONS) {
    expect(JSON.parse(word("problem", refuse(reason)).body)).toMatchObject({ reason });
    expect(errorIn("success-flag", refuse(reason)).code).toBe(reason);
    expect(errorIn("json-rpc", refuse(reason)).data?.reason).toBe(reason);
  }
});

it("the table of `detail` has every reason that it words in its own way", () => {
  const own = ALL_REASONS.flatMap((reason) => {
    const refusal = refuse(reason, { retryAfterSeconds: 60 });
    const { status, body } = word("detail", refusal);
    const { detail } = JSON.parse(body) as { readonly detail: string };
    return detail === refusal.message ? [] : [[`\`${reason}\``, String(status), detail]];
  });
  expect(readRows(3).filter(([, status]) => /^\d+$/.test(status ?? ""))).toEqual(own);
});

test.each(DIALECT_NAMES)("the example of the dialect %s is what it words", (dialect) => {
  const refusal = refuse("rate_limited", { retryAfterSeconds: 24, violatedPolicies: ["minute"] });
  const row = readRows(3).find(([name]) => name === `\`${dialect}\``);
  expect(row?.[1]).toBe(`\`${word(dialect, refusal).body}\``);
});

/** Runs a program that has a key for one request a second, and resolves to what it printed. */
async function runWithScarceKey(client: Client, source: string): Promise<string> {
  const { key } = await createKey(server, "deframe", { limits: { second: 1 } });
  return runClient(client, source, path.join(server.stateDir, "home"), {
    API_KEY: key,
    URL: `${server.url}/strategies`,
  });
}

it("the JavaScript that waits is admitted after a 429, unless it would wait too long", async () => {
  const output = await runWithScarceKey(
    NODE_MODULE,
    `${readBlock("js")}
const { URL: url, API_KEY: key } = process.env;
const options = { headers: { "x-api-key": key } };
const first = await fetch(url, options);
const second = await fetch(url, options);
const patient = await fetchPatiently(url, options);
const impatient = await fetchPatiently(url, options, { maxWaitSeconds: 0 });
console.log(first.status, second.status, patient.status, impatient.status);`,
  );
  expect(output).toBe("200 429 200 429\n");
});

it("the JavaScript that signs is admitted where every request must be signed", async () => {
  const { key, signingSecret } = await createKey(server, "deframe", { signing: "required" });
  const source = `${readBlock("mjs")}
const { URL: url, API_KEY: key, API_SECRET: secret } = process.env;
const send = (method, body) => fetch(url + "?a=%20", {
  method, body, headers: { "x-api-key": key, ...signatureOf(method, url + "?a=%20", body, secret) },
});
const answers = [await send("GET", null), await send("POST", '{"name": "Zo\u00eb"}')];
console.log(...answers.map(({ status }) => status));`;
  const env = { API_KEY: key, API_SECRET: signingSecret, URL: `${server.url}/echo` };
  const home = path.join(server.stateDir, "home");
  expect(await runClient(NODE_MODULE, source, home, env)).toBe("200 200\n");
});

it.skipIf(!hasRequests)(
  "the Python that waits is admitted after a 429 (needs Debian's python3-requests)",
  async () => {
    const output = await runWithScarceKey(
      PYTHON,
      `${readBlock("python")}
import os
url, headers = os.environ["URL"], {"x-api-key": os.environ["API_KEY"]}
first = requests.get(url, headers=headers)
second = requests.get(url, headers=headers)
patient = session.get(url, headers=headers)
print(first.status_code, second.status_code, patient.status_code)`,
    );
    expect(output).toBe("200 429 200\n");
  },
);

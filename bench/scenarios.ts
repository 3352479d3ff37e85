/** The scenarios of `npm run bench`: what each sends, and what its ratio is taken to. */
import { formatRequest } from "./load/http-request.ts";
import { saturate, sendAll, type LoadResult } from "./load/saturate.ts";
import { cycle, saturating, type Scenario } from "./load/scenario.ts";
import type { Origin } from "./load/origin.ts";
import type { Options } from "./options.ts";
import { OPERATOR } from "./subjects/authorizer.ts";
import type { Stage } from "./subjects/stage.ts";
import { readCpuSeconds } from "./subjects/process-stat.ts";
import { createSigner, formatBody } from "./subjects/signed-request.ts";
import type { Subject } from "./subjects/subject.ts";

const PATH = "/v1/items/42?view=full";
/** Keys that make a fresh isolate ready before the others are cold in it. */
const WARMING_KEYS = 200;

/** A GET with a key. */
export function formatGet(text: string, path = PATH): Buffer {
  return formatRequest({ method: "GET", path, headers: { authorization: `Bearer ${text}` } });
}

/** A POST of 1 KB with a key. */
function formatPost(text: string): Buffer {
  const headers = { authorization: `Bearer ${text}`, "content-type": "application/json" };
  return formatRequest({ method: "POST", path: "/v1/items", headers, body: formatBody(0) });
}

/** Sends the same request every time. */
function always(request: Buffer): () => Buffer {
  return cycle([request]);
}

function formatBatch(path: string): Buffer {
  const calls = Array.from({ length: 10 }, (_, id) => ({
    jsonrpc: "2.0",
    id,
    method: "btc_getblockhash",
    params: [id],
  }));
  const headers = { "content-type": "application/json" };
  return formatRequest({ method: "POST", path, headers, body: JSON.stringify(calls) });
}

/** Those of few keys, in the order in which they take turns. */
export function listScenarios(
  { authorizer, proxy, hello, bound, keys }: Stage,
  origin: Origin,
  options: Options,
): readonly Scenario[] {
  const one = keys.warm.text;
  const load = loaderOf(options);
  const signed = keys.warm.signingSecret;
  return [
    generatorCeiling(origin, options),
    load("bare Hono proxy", null, proxy, always(formatGet(one))),
    load("bound: one object call", "bare Hono proxy", bound, always(formatGet(one))),
    load("bound, limits told", "bare Hono proxy", bound, always(formatGet(one, "/told/42"))),
    load("authorised, 1 key", "bare Hono proxy", authorizer, always(formatGet(one))),
    load("bare Hono proxy, POST", null, proxy, always(formatPost(one))),
    load("unsigned POST, 1 KB", "bare Hono proxy, POST", authorizer, always(formatPost(one))),
    ...(signed === null
      ? []
      : [
          load(
            "signed POST, 1 KB",
            "unsigned POST, 1 KB",
            authorizer,
            createSigner("/v1/items", one, signed, formatBody),
          ),
        ]),
    load("bare Hono proxy, batch", null, proxy, always(formatBatch("/v4/jsonrpc"))),
    load(
      "JSON-RPC batch of 10",
      "bare Hono proxy, batch",
      authorizer,
      always(formatBatch(`/v4/${keys.rpc.text}`)),
    ),
    load("hello, junk's answer", null, hello, always(formatGet("", "/junk")), 401),
    load("junk key", "hello, junk's answer", authorizer, always(formatGet(keys.junk)), 401),
    load("hello, limit's answer", null, hello, always(formatGet("", "/limited")), 429),
    load(
      "over limit",
      "hello, limit's answer",
      authorizer,
      always(formatGet(keys.limited.text)),
      429,
    ),
    load("management list of 100", "bare Hono proxy", authorizer, always(formatList(keys.account))),
  ];
}

/** Those that wake many objects: each round waits for the alarms that follow them. */
export function listManyKeysScenarios(stage: Stage, options: Options): readonly Scenario[] {
  const { authorizer, proxy, hello, keys } = stage;
  const load = loaderOf(options);
  const each = (
    name: string,
    base: string,
    requests: readonly Buffer[],
    status: number,
    warmupMs: number,
  ): Scenario => {
    const traffic = { subject: authorizer, next: cycle(requests), status, first: requests };
    return saturating(name, base, traffic, { ...options, warmupMs });
  };
  const [proxied, greeted] = ["bare Hono proxy, later", "hello, later"];
  const manyRequests = keys.many.map(({ text }) => formatGet(text));
  const unknownRequests = keys.unknown.map((text) => formatGet(text));
  return [
    load(proxied, null, proxy, always(formatGet(keys.warm.text))),
    load(greeted, null, hello, always(formatGet("", "/junk")), 401),
    each("unknown key, right tag", greeted, unknownRequests, 401, options.warmupMs),
    each("authorised, 1,000 keys", proxied, manyRequests, 200, options.busyMs),
    coldKeys(stage, proxied),
  ];
}

function loaderOf(
  options: Options,
): (
  name: string,
  base: string | null,
  subject: Subject,
  next: () => Buffer,
  status?: number,
) => Scenario {
  return (name, base, subject, next, status = 200) =>
    saturating(name, base, { subject, next, status }, options);
}

function formatList(account: string): Buffer {
  const path = `/manage/v1/accounts/${account}/api-keys?limit=100`;
  return formatRequest({ method: "GET", path, headers: OPERATOR });
}

/** The generator against the origin alone: what it could measure at most. */
function generatorCeiling(origin: Origin, { warmupMs, measureMs }: Options): Scenario {
  const next = cycle([formatGet("none")]);
  const load = { port: origin.port, next, status: 200, connections: 24, warmupMs, measureMs };
  const run = (): Promise<LoadResult> => saturate({ ...load, readCpuSeconds: () => 0 });
  return { name: "generator and origin alone", base: null, run };
}

/** Each key's first request in an isolate that has served others: a KV read beside the object's call. */
function coldKeys({ authorizer, keys }: Stage, base: string): Scenario {
  const requests = keys.many.map(({ text }) => formatGet(text));
  return {
    name: "cold key",
    base,
    async run(round) {
      const port = authorizer.copies[round] ?? 0;
      await sendAll(authorizer.port, requests, 200, 24);
      await sendAll(port, requests.slice(0, WARMING_KEYS), 200, 24);
      const startMs = performance.now();
      const cpu = readCpuSeconds(authorizer.pid);
      await sendAll(port, requests.slice(WARMING_KEYS), 200, 24);
      return {
        answers: requests.length - WARMING_KEYS,
        seconds: (performance.now() - startMs) / 1000,
        cpuSeconds: readCpuSeconds(authorizer.pid) - cpu,
      };
    },
  };
}

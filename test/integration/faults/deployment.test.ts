/** F41, F46: the deployment lacks something that it needs, or there is a bug in it. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import {
  attackedApis,
  makeKeyOf,
  pathOf,
  TARGETS,
  use,
  watch,
  withKey,
} from "../../support/attacked.ts";
import { openEdge } from "../../support/edge.ts";
import { expectAnswerOfAuthorizer, expectRefused } from "../../support/expect-refused.ts";
import { makeKey, OPERATOR } from "../../support/gateway.ts";
import { catchLog, type LogLine } from "../../support/log.ts";
import worker from "../../../src/index.ts";
import { workerWith } from "../../support/worker-with.ts";

let log: readonly LogLine[];

beforeEach(() => {
  log = catchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

test.each([
  ["KEYS", undefined, "KEYS: no such binding; declare it in wrangler.toml under [[kv_namespaces]]"],
  ["KEYS", "a var of this name", "KEYS: no such binding"],
  ["KEY_STATE", undefined, "KEY_STATE: no such binding"],
  ["ACCOUNT", undefined, "ACCOUNT: no such binding"],
  ["DIRECTORY", undefined, "DIRECTORY: no such binding"],
  ["ORIGIN", undefined, 'APIS "deframe".origin: no binding or export is named "ORIGIN"'],
  ["MASTER_KEYS", undefined, "MASTER_KEYS: is not set; create it with"],
  ["MASTER_KEYS", "k1:c2VjcmV0", "MASTER_KEYS: entry 1"],
  ["APIS", undefined, "APIS: must hold at least one"],
])(
  "F41 without %s (%s) every request is 503 and the log names it",
  async (name, value, mistake) => {
    const { key } = await makeKey();
    const edge = openEdge({ [name]: value });
    const refused = await edge.ask(key);
    const text = await refused.text();
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "60"]);
    expectAnswerOfAuthorizer(refused, text, [key]);
    expect(edge.forwarded).toBe(0);
    expect(log.map(({ event, mistake: told }) => [event, told])).toEqual([
      ["configuration", expect.stringContaining(mistake)],
    ]);
    if (value !== undefined) expect(JSON.stringify(log)).not.toContain(value);
  },
);

it("F41 without an operator token management is 503 and the keys go on", async () => {
  const { key } = await makeKey();
  const changes = { OPERATOR_TOKEN: undefined };
  const edge = openEdge(changes);
  expect((await edge.ask(key)).status).toBe(200);
  const refused = await workerWith(changes)("/manage/v1/accounts", { headers: OPERATOR });
  expect(refused.status).toBe(503);
  expect(await refused.text()).toContain("OPERATOR_TOKEN");
});

test.each(TARGETS)(
  "F46 $dialect: a bug is 500 in the API's own words, told in the log alone",
  async (target) => {
    const { key } = await makeKeyOf(target);
    const watched = watch();
    vi.spyOn(crypto.subtle, "sign").mockRejectedValue(new Error(`a bug at ${key}`));
    const ask = workerWith(attackedApis());
    const answer = await ask(pathOf(target), { headers: withKey(target, key) });
    await expectRefused(answer, target, "internal", watched, [key, "a bug at"]);
    expect(log).toMatchObject([{ level: "error", event: "internal", error: "Error" }]);
    expect(JSON.stringify(log)).not.toContain("a bug at");

    vi.restoreAllMocks();
    watch();
    expect((await use(target, key)).status).toBe(200);
  },
);

it("F46 a bug before anything is known of the request is 500 in the problem dialect", async () => {
  const { key } = await makeKey();
  const reached = vi.spyOn(globalThis, "fetch");
  const broken = new Proxy(env, {
    ownKeys: () => {
      throw new Error("a bug");
    },
  });
  const request = new Request("https://api.example.com/strategies", {
    headers: { "x-api-key": key },
  });
  const answer = await worker.fetch(request, broken);
  const text = await answer.text();
  expect(answer.status).toBe(500);
  expectAnswerOfAuthorizer(answer, text, [key, "a bug"]);
  expect(JSON.parse(text)).toMatchObject({ reason: "internal", status: 500 });
  expect(log).toMatchObject([{ level: "error", event: "internal", error: "Error" }]);
  expect(reached).not.toHaveBeenCalled();
});

it("F46 a bug once a request was admitted is 500, counted once and not forwarded", async () => {
  const target = TARGETS.find(({ api }) => api === "example");
  if (target === undefined) throw new Error("no API signs assertions");
  const { key } = await makeKeyOf(target);
  const watched = watch();
  const real = crypto.subtle.sign.bind(crypto.subtle);
  vi.spyOn(crypto.subtle, "sign").mockImplementation(async (algorithm, ...rest) => {
    const name = typeof algorithm === "string" ? algorithm : algorithm.name;
    if (name === "Ed25519") throw new Error("a bug");
    return real(algorithm, ...rest);
  });
  const answer = await use(target, key);
  expect(answer.headers.get("x-ratelimit-remaining")).toBe("99");
  await expectRefused(answer, target, "internal", watched, [key, "a bug"]);
});

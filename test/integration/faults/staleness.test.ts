/**
 * F04, F05, F06: KV goes on answering with what it held before a change, or with a miss, for a minute.
 * Every change is in force on the very next request all the same, at a place that knows the key's old
 * record and at one that has never seen the key.
 */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { codeOf, openEdge, type Edge } from "../../support/edge.ts";
import { inAccount } from "../../support/faults.ts";
import { makeAccount, makeKey, manage } from "../../support/gateway.ts";
import { makeKvStale } from "../../support/stale-kv.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

interface Made {
  readonly id: string;
  readonly key: string;
  readonly account: string;
}

interface Change {
  readonly name: string;
  readonly make: (made: Made) => Promise<{ readonly status: number }>;
  /** How the next request is answered: a code, `null` when it is served. */
  readonly next: string | null;
}

const CHANGES: readonly Change[] = [
  {
    name: "revoke",
    make: ({ id }) => manage("DELETE", `/api-keys/${id}`),
    next: "API_KEY_REVOKED",
  },
  {
    name: "disable",
    make: ({ id }) => manage("PATCH", `/api-keys/${id}`, { enabled: false }),
    next: "DISABLED_KEY",
  },
  {
    name: "suspend",
    make: ({ account }) => manage("POST", `/accounts/${account}/suspend`, { reason: "unpaid" }),
    next: "SUSPENDED_ACCOUNT",
  },
  {
    name: "restrict the addresses",
    make: ({ id }) =>
      manage("PATCH", `/api-keys/${id}`, { restrictions: { ips: ["203.0.113.0/24"] } }),
    next: "IP_NOT_ALLOWED",
  },
  {
    name: "restrict the endpoints",
    make: ({ id }) =>
      manage("PATCH", `/api-keys/${id}`, { restrictions: { endpoints: ["GET /other"] } }),
    next: "ENDPOINT_NOT_ALLOWED",
  },
  {
    name: "lower the key's limits",
    make: ({ id }) => manage("PATCH", `/api-keys/${id}`, { limits: { minute: 1 } }),
    next: "RATE_LIMIT_EXCEEDED",
  },
  {
    name: "lower the account's limits",
    make: ({ account }) => manage("PATCH", `/accounts/${account}`, { limits: { minute: 1 } }),
    next: "RATE_LIMIT_EXCEEDED",
  },
  {
    name: "rotate without a grace",
    make: ({ id }) => manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 0 }),
    next: "API_KEY_REVOKED",
  },
  {
    name: "rotate with a grace",
    make: ({ id }) => manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 60 }),
    next: null,
  },
];

/** What KV answers about a key whose record was or was not there before it became stale. */
const SEEN = [
  { kv: "the old record", make: makeKeyThenStale },
  { kv: "a miss", make: makeStaleThenKey },
] as const;

async function makeKeyThenStale(): Promise<Made> {
  const made = await makeKey();
  await vi.waitFor(async () => {
    const behind = await inAccount(made.account, ({ sql }) =>
      sql.exec("SELECT * FROM behind").toArray(),
    );
    expect(behind).toEqual([]);
  });
  makeKvStale();
  return made;
}

async function makeStaleThenKey(): Promise<Made> {
  makeKvStale();
  return makeKey();
}

/** One edge that has the key's record and one that has not. */
async function openEdges({ key }: Made): Promise<readonly [Edge, Edge]> {
  const knowing = openEdge();
  expect((await knowing.ask(key)).status).toBe(200);
  return [knowing, openEdge()];
}

test.each(SEEN.flatMap(({ kv, make }) => CHANGES.map((change) => ({ kv, makeIt: make, change }))))(
  "F04 F05 $change.name: in force on the next request while KV has $kv",
  async ({ makeIt, change }) => {
    const made = await makeIt();
    const edges = await openEdges(made);
    expect((await change.make(made)).status).toBe(200);
    const { next } = change;
    const answers = await Promise.all(edges.map((edge) => edge.ask(made.key)));
    expect(await Promise.all(answers.map(codeOf))).toEqual([next, next]);
    const served = next === null ? 1 : 0;
    expect(edges.map(({ forwarded }) => forwarded)).toEqual([1 + served, served]);
  },
);

test.each([
  ["revoke", (made: Made) => manage("DELETE", `/api-keys/${made.id}`)],
  ["suspend", (made: Made) => manage("POST", `/accounts/${made.account}/suspend`, {})],
])("F04 F05 %s: of a hundred requests after it none is forwarded", async (_, change) => {
  const made = await makeKeyThenStale();
  const edges = [...(await openEdges(made)), openEdge()];
  await change(made);
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(edges.flatMap((edge) => Array.from({ length: 7 }, () => edge.ask(made.key))));
  }
  expect(edges.map(({ forwarded }) => forwarded)).toEqual([1, 0, 0]);
});

test.each(SEEN)(
  "F05 a reactivated account's key is served at once while KV has $kv",
  async ({ make }) => {
    const made = await make();
    const edges = await openEdges(made);
    await manage("POST", `/accounts/${made.account}/suspend`, {});
    for (const edge of edges) expect((await edge.ask(made.key)).status).toBe(403);
    expect((await manage("POST", `/accounts/${made.account}/reactivate`)).status).toBe(200);
    for (const edge of [...edges, openEdge()]) expect((await edge.ask(made.key)).status).toBe(200);
    expect(edges.map(({ forwarded }) => forwarded)).toEqual([2, 1]);
  },
);

test.each(SEEN)(
  "F05 a lifted restriction and an enabled key count at once while KV has $kv",
  async ({ make }) => {
    const made = await make();
    await manage("PATCH", `/api-keys/${made.id}`, {
      enabled: false,
      restrictions: { ips: ["203.0.113.7"] },
    });
    const edge = openEdge();
    expect((await edge.ask(made.key)).status).toBe(401);
    await manage("PATCH", `/api-keys/${made.id}`, { enabled: true, restrictions: null });
    expect((await edge.ask(made.key)).status).toBe(200);
    expect((await openEdge().ask(made.key)).status).toBe(200);
  },
);

test.each(SEEN)(
  "F05 raised limits are in the headers of the next answer while KV has $kv",
  async ({ make }) => {
    const made = await make();
    const edges = await openEdges(made);
    await manage("PATCH", `/api-keys/${made.id}`, { limits: { minute: 5000 } });
    const answers = [];
    for (const edge of edges) answers.push(await edge.ask(made.key));
    const policies = answers.map(({ headers }) => headers.get("ratelimit-policy"));
    expect(policies).toEqual(['"minute";q=5000;w=60', '"minute";q=5000;w=60']);
    expect(answers.map(({ headers }) => headers.get("x-ratelimit-remaining"))).toEqual([
      "4998",
      "4997",
    ]);
  },
);

test.each(SEEN)(
  "F05 a rotated key's new text is served at once while KV has $kv",
  async ({ make }) => {
    const made = await make();
    const edges = await openEdges(made);
    const { body } = await manage("POST", `/api-keys/${made.id}/rotate`, { grace_seconds: 0 });
    for (const edge of edges) expect((await edge.ask(body.data?.key ?? "")).status).toBe(200);
    expect(edges.map(({ forwarded }) => forwarded)).toEqual([2, 1]);
  },
);

it("F06 a new key is served at once by places that KV has told there is none", async () => {
  const account = await makeAccount();
  makeKvStale();
  for (let made = 0; made < 20; made += 1) {
    const { key } = await makeKey({}, account);
    const edge = openEdge();
    expect((await edge.ask(key)).status).toBe(200);
    expect(edge.forwarded).toBe(1);
  }
});

it("KV as these tests make it goes on answering with what was there before a write", async () => {
  makeKvStale();
  await env.KEYS.put("a", "first");
  expect(await env.KEYS.get("a")).toBeNull();
  vi.restoreAllMocks();
  expect(await env.KEYS.get("a")).toBe("first");
  makeKvStale();
  await env.KEYS.put("a", "second");
  expect(await env.KEYS.get("a")).toBe("first");
});

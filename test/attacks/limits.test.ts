/** Attacks on limits and their counts: rows A085 to A094 of docs/attacks.md. */
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import {
  attackedApis,
  makeKeyOf,
  operate,
  pathOf,
  TARGETS,
  use,
  watch,
  withEachTarget,
  withKey,
  type Target,
} from "../support/attacked.ts";
import { expectRefused } from "../support/expect-refused.ts";
import { call, makeAccount, manage, OPERATOR } from "../support/gateway.ts";
import { workerWith } from "../support/worker-with.ts";

const TARGET = TARGETS[3] as Target;
const NOON = new Date("2090-01-01T12:00:00.000Z").getTime();

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Sets the clock of the Worker and its objects. */
function setClock(nowMs: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

async function statusesOf(target: Target, key: string, times: number): Promise<readonly number[]> {
  const responses = await Promise.all(Array.from({ length: times }, () => use(target, key)));
  return responses.map(({ status }) => status);
}

function count(statuses: readonly number[], status: number): number {
  return statuses.filter((each) => each === status).length;
}

test.each(TARGETS)(
  "A085 $dialect: 200 requests at once on a limit of 20 send 20 to the origin",
  async (target) => {
    const { key } = await makeKeyOf(target, { limits: { minute: 20 } });
    const watched = watch();
    const statuses = await statusesOf(target, key, 200);
    expect([count(statuses, 200), count(statuses, 429)]).toEqual([20, 180]);
    expect(watched.reached).toHaveLength(20);
    watched.reached.length = 0;
    const refused = await use(target, key);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1000);
    await expectRefused(refused, target, "rate_limited", watched, [key]);
  },
);

test.each(TARGETS)(
  "A086 $dialect: what the minute refuses takes nothing from the hour",
  async (target) => {
    const { key } = await makeKeyOf(target, { limits: { minute: 2, hour: 100 } });
    const watched = watch();
    const statuses = await statusesOf(target, key, 50);
    expect([count(statuses, 200), watched.reached.length]).toEqual([2, 2]);
    const { headers } = await use(target, key);
    expect(headers.get("ratelimit")).toMatch(/^"minute";r=0;t=\d+, "hour";r=98;t=\d+$/);
  },
);

it("A087 a window lasts its length from its first request, to the millisecond", async () => {
  const { key } = await makeKeyOf(TARGET, { limits: { minute: 10 } });
  const watched = watch();
  setClock(NOON);
  expect(count(await statusesOf(TARGET, key, 9), 200)).toBe(9);
  setClock(NOON + 59_999);
  expect(count(await statusesOf(TARGET, key, 10), 200)).toBe(1);
  setClock(NOON + 60_000);
  expect(count(await statusesOf(TARGET, key, 20), 200)).toBe(10);
  expect(watched.reached).toHaveLength(20);
});

/** Sends a body as it stands, as the operator. */
async function sendText(method: string, path: string, body: string): Promise<number> {
  const headers = { ...OPERATOR, "content-type": "application/json" };
  const { status } = await call(`/manage/v1${path}`, { method, headers, body });
  return status;
}

const NO_LIMITS = ["0", "-1", "1.5", "null", "1e400", '"5"', "true", "[5]", "9007199254740993"];

test.each(NO_LIMITS)("A088 a key's limit of %s is refused when it is given", async (limit) => {
  const account = await makeAccount();
  const limits = `"limits":{"minute":${limit}}`;
  const made = await sendText("POST", `/accounts/${account}/api-keys`, `{"name":"K",${limits}}`);
  const changed = await sendText("PATCH", `/accounts/${account}`, `{${limits}}`);
  expect([made, changed]).toEqual([400, 400]);
  expect((await manage("GET", `/accounts/${account}/api-keys`)).body.data).toEqual([]);
});

test.each([0, -1, 1.5, null, Number.POSITIVE_INFINITY, "5"])(
  "A088 a limit of %s in the configuration closes the Worker",
  async (minute) => {
    const ask = workerWith(attackedApis({ limits: { minute } }));
    const { key } = await makeKeyOf(TARGET);
    const watched = watch();
    const response = await ask(pathOf(TARGET), { headers: withKey(TARGET, key) });
    expect([response.status, watched.reached, watched.io()]).toEqual([503, [], [0, 0]]);
  },
);

it("A088 a key whose limits are taken away has its API's, not none", async () => {
  const { id, key } = await makeKeyOf(TARGET, { limits: { minute: 1 } });
  await operate("PATCH", `/api-keys/${id}`, { limits: null });
  watch();
  expect((await use(TARGET, key)).headers.get("x-ratelimit-limit")).toBe("100");
});

test.each(TARGETS)("A089 $dialect: two keys of one account count apart", async (target) => {
  const first = await makeKeyOf(target, { limits: { minute: 5 } });
  const made = await operate("POST", `/accounts/${first.account}/api-keys`, {
    name: "second",
    limits: { minute: 5 },
  });
  const watched = watch();
  const statuses = await Promise.all([
    statusesOf(target, first.key, 20),
    statusesOf(target, made.data.key, 20),
  ]);
  expect(statuses.map((each) => count(each, 200))).toEqual([5, 5]);
  expect(watched.reached).toHaveLength(10);
});

test.each(TARGETS)("A090 $dialect: a rotation in a window brings no new window", async (target) => {
  const { id, key } = await makeKeyOf(target, { limits: { minute: 4 } });
  const watched = watch();
  expect(count(await statusesOf(target, key, 3), 200)).toBe(3);
  const { data } = await operate("POST", `/api-keys/${id}/rotate`, { grace_seconds: 3600 });
  expect(count(await statusesOf(target, data.key, 5), 200)).toBe(1);
  expect(count(await statusesOf(target, key, 5), 200)).toBe(0);
  expect(watched.reached).toHaveLength(4);
});

it("A091 a clock that steps back ten minutes neither resets a window nor keeps it shut", async () => {
  const { key } = await makeKeyOf(TARGET, { limits: { minute: 5 } });
  const watched = watch();
  setClock(NOON);
  expect(count(await statusesOf(TARGET, key, 6), 200)).toBe(5);
  setClock(NOON - 600_000);
  expect(count(await statusesOf(TARGET, key, 6), 200)).toBe(0);
  setClock(NOON - 600_000 + 59_999);
  expect(count(await statusesOf(TARGET, key, 6), 200)).toBe(0);
  setClock(NOON - 600_000 + 60_000);
  expect(count(await statusesOf(TARGET, key, 6), 200)).toBe(5);
  expect(watched.reached).toHaveLength(10);
});

it("A091 a clock that steps forward two hours opens one window, not several", async () => {
  const { key } = await makeKeyOf(TARGET, { limits: { minute: 5, hour: 8 } });
  const watched = watch();
  setClock(NOON);
  expect(count(await statusesOf(TARGET, key, 6), 200)).toBe(5);
  setClock(NOON + 7_200_000);
  expect(count(await statusesOf(TARGET, key, 20), 200)).toBe(5);
  expect(watched.reached).toHaveLength(10);
});

test.each(TARGETS)("A092 $dialect: a client's own limit headers say nothing", async (target) => {
  const { key } = await makeKeyOf(target);
  watch();
  const { headers } = await use(target, key, {
    headers: {
      "x-ratelimit-limit": "1000000",
      "x-ratelimit-remaining": "1000000",
      "x-ratelimit-reset": "1",
      ratelimit: '"minute";r=1000000;t=1',
      "ratelimit-policy": '"minute";q=1000000;w=1',
    },
  });
  expect(headers.get("x-ratelimit-limit")).toBe("100");
  expect(headers.get("x-ratelimit-remaining")).toBe("99");
  expect(headers.get("x-ratelimit-reset")).toMatch(/^\d{10,}$/);
  expect(headers.get("ratelimit")).toBe('"minute";r=99;t=60, "hour";r=999;t=3600');
});

/** The answers of origins, and what the client sends for them. */
const ANSWERS: Readonly<Record<string, () => Response>> = {
  "200": () => new Response("ok"),
  "204": () => new Response(null, { status: 204 }),
  "302": () => new Response(null, { status: 302, headers: { location: "/x" } }),
  "304": () => new Response(null, { status: 304 }),
  "401": () => new Response("origin's own", { status: 401 }),
  "404": () => new Response("none", { status: 404 }),
  "500": () => new Response("broken", { status: 500 }),
  "502": () => {
    throw new TypeError("connection refused");
  },
};

test.each(withEachTarget(Object.keys(ANSWERS)))(
  "A093 %s: an answer of %s tells a known key its limits",
  async (_, status, target) => {
    const { key } = await makeKeyOf(target, { limits: { minute: 7 } });
    watch(ANSWERS[status]);
    const { status: answered, headers } = await use(target, key);
    expect(answered).toBe(Number(status));
    expect(headers.get("x-ratelimit-limit")).toBe("7");
    expect(headers.get("x-ratelimit-remaining")).toBe("6");
    expect(headers.get("ratelimit-policy")).toBe('"minute";q=7;w=60');
  },
);

test.each(TARGETS)("A093 $dialect: so does a refusal of a known key", async (target) => {
  const { id, key } = await makeKeyOf(target, { limits: { minute: 7 } });
  await operate("PATCH", `/api-keys/${id}`, { enabled: false });
  const watched = watch();
  const response = await use(target, key);
  expect(response.headers.get("x-ratelimit-limit")).toBe("7");
  expect(response.headers.get("x-ratelimit-remaining")).toBe("7");
  await expectRefused(response, target, "disabled_key", watched, [key]);
});

test.each(withEachTarget(["", "made-up"]))(
  "A093 %s: no limits are made up for the key %j",
  async (_, key, target) => {
    watch();
    const { headers } = await use(target, key);
    const told = [...headers.keys()].filter((name) => name.includes("ratelimit"));
    expect([told, headers.has("retry-after")]).toEqual([[], false]);
  },
);

test.each(TARGETS)(
  "A094 $dialect: a client that leaves after it was admitted has used one",
  async (target) => {
    const { key } = await makeKeyOf(target);
    const client = new AbortController();
    const watched = watch();
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const request = new Request(input, init);
      watched.reached.push(request);
      client.abort();
      throw request.signal.reason ?? new Error("left");
    });
    await use(target, key, { signal: client.signal }).catch(() => null);
    expect(watched.reached).toHaveLength(1);
    vi.restoreAllMocks();
    watch();
    const { headers } = await use(target, key);
    expect(headers.get("x-ratelimit-remaining")).toBe("98");
  },
);

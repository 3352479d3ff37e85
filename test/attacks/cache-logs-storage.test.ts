/** Attacks by caches, logs, floods and what is stored: rows A115 to A126 of docs/attacks.md. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import {
  attack,
  attackedApis,
  casesWithEachTarget,
  makeKeyOf,
  operate,
  pathOf,
  someKeyOf,
  TARGETS,
  use,
  watch,
  withKey,
  type Target,
} from "../support/attacked.ts";
import { expectRefused } from "../support/expect-refused.ts";
import { toHex } from "../support/sign-request.ts";
import { entryOf } from "../support/stored.ts";
import { workerWith } from "../support/worker-with.ts";

const [SUBFROST, , EXAMPLE] = TARGETS as [Target, Target, Target];

/** Every line that was logged in a test. */
let logged: string[] = [];

beforeEach(() => {
  logged = [];
  silenceLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function silenceLog(): void {
  for (const level of ["error", "warn", "info", "log", "debug"] as const) {
    vi.spyOn(console, level).mockImplementation((...texts) => void logged.push(texts.join(" ")));
  }
}

/** The Worker of a fresh isolate, which has no record at hand. */
function coldWorker(): ReturnType<typeof workerWith> {
  return workerWith(attackedApis());
}

test.each(TARGETS)("A115 $dialect: no answer is kept for another key", async (target) => {
  const first = await makeKeyOf(target);
  const second = await makeKeyOf(target);
  const watched = watch(
    ({ headers }) =>
      new Response(`for ${headers.get("x-authz-key-id")}`, {
        headers: { "cache-control": "public, max-age=3600", etag: '"1"' },
      }),
  );
  expect(await (await use(target, first.key)).text()).toBe(`for ${first.id}`);
  expect(await (await use(target, second.key)).text()).toBe(`for ${second.id}`);
  expect(watched.reached.map(({ cache }) => cache)).toEqual(["no-store", "no-store"]);
  await operate("DELETE", `/api-keys/${first.id}`);
  watched.reached.length = 0;
  await expectRefused(await use(target, first.key), target, "revoked_key", watched, [first.key]);
  await expectRefused(await attack(pathOf(target)), target, "missing_credential", watched);
});

test.each(TARGETS)(
  "A117 $dialect: what the origin says of caching is passed on",
  async (target) => {
    const { key } = await someKeyOf(target);
    watch(() => new Response("ok", { headers: { "cache-control": "private", vary: "Accept" } }));
    const { headers } = await use(target, key);
    expect([headers.get("cache-control"), headers.get("vary")]).toEqual(["private", "Accept"]);
  },
);

/** Makes one request of a key fail at one step of its way. */
type Fail = (target: Target, made: { readonly key: string }) => Promise<Response>;

interface Step {
  readonly statuses: readonly number[];
  /** What the log must then have, if anything. */
  readonly event: string | null;
  readonly fail: Fail;
}

function withLastChanged(key: string): string {
  return key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
}

/** Errors of the platform's may say what they were asked for. */
function failingOver(key: string): Error {
  return new Error(`no https://origin.example.com/v4/${key}`);
}

function loseObject(key: string): void {
  const gone = { decide: () => Promise.reject(failingOver(key)) };
  vi.spyOn(env.KEY_STATE, "getByName").mockReturnValue(gone as never);
}

const STEPS: Readonly<Record<string, Step>> = {
  "an unknown key": {
    statuses: [401, 403],
    event: null,
    fail: (target, { key }) => use(target, withLastChanged(key)),
  },
  "two keys": {
    statuses: [401],
    event: null,
    fail: (target, { key }) => use(target, key, { headers: { "api-key": withLastChanged(key) } }),
  },
  "an ambiguous path": {
    statuses: [400],
    event: null,
    fail: (target, { key }) =>
      attack(`${pathOf(target)}/a%00?k=${key}`, { headers: withKey(target, key) }),
  },
  "an object that is gone": {
    statuses: [503],
    event: "unavailable",
    fail(target, { key }) {
      loseObject(key);
      return use(target, key);
    },
  },
  "KV that is gone": {
    statuses: [200],
    event: null,
    fail(target, { key }) {
      vi.spyOn(env.KEYS, "get").mockRejectedValue(failingOver(key));
      return coldWorker()(pathOf(target), { headers: withKey(target, key) });
    },
  },
  "a damaged record": {
    statuses: [503],
    event: "damaged_record",
    async fail(target, { key }) {
      const [name] = await entryOf(key);
      await env.KEYS.put(name, `AAAA.${key}`);
      return coldWorker()(pathOf(target), { headers: withKey(target, key) });
    },
  },
  "an origin that is gone": {
    statuses: [502],
    event: "origin_unreachable",
    fail(target, { key }) {
      vi.spyOn(globalThis, "fetch").mockRejectedValue(failingOver(key));
      return use(target, key);
    },
  },
  "a bug": {
    statuses: [500],
    event: "internal",
    fail(target, { key }) {
      vi.spyOn(crypto.subtle, "sign").mockRejectedValue(failingOver(key));
      return coldWorker()(pathOf(target), { headers: withKey(target, key) });
    },
  },
};

async function wholeOf(response: Response): Promise<string> {
  return JSON.stringify([...response.headers]) + (await response.text());
}

test.each(casesWithEachTarget(STEPS))(
  "A118 %s: %s puts no key into the log or the answer",
  async (_dialect, _step, target, { statuses, event, fail }) => {
    const { key } = await makeKeyOf(target);
    watch();
    const response = await fail(target, { key });
    expect(statuses).toContain(response.status);
    expect(logged.map((line) => JSON.parse(line).event)).toEqual(event === null ? [] : [event]);
    expect(logged.join("\n")).not.toContain(key.slice(0, -1));
    expect(await wholeOf(response)).not.toContain(key.slice(0, -1));
  },
);

/** What goes wrong with a key in the path, and how it is answered. */
const PATH_FAILURES: Readonly<Record<string, readonly [status: number, Fail]>> = {
  "a longer path": [404, (_, { key }) => attack(`/v4/${key}/more`)],
  "another key beside it": [
    401,
    (target, { key }) => attack(`/v4/${key}`, { headers: withKey(target, "0".repeat(32)) }),
  ],
  "an escaped key": [400, (_, { key }) => attack(`/v4/${key}%00`)],
  "a key cut short": [401, (_, { key }) => attack(`/v4/${key.slice(1)}`)],
  "a wrong method": [405, (_, { key }) => attack(`/v4/${key}`, { method: "PURGE" })],
  "a body that is no call": [
    400,
    (_, { key }) => attack(`/v4/${key}`, { method: "POST", body: "{" }),
  ],
  "an origin that is gone": [
    502,
    (_, { key }) => {
      vi.spyOn(globalThis, "fetch").mockRejectedValue(failingOver(key));
      return attack(`/v4/${key}`);
    },
  ],
  "an object that is gone": [
    503,
    (_, { key }) => {
      loseObject(key);
      return attack(`/v4/${key}`);
    },
  ],
};

test.each(Object.entries(PATH_FAILURES))(
  "A119 a key in the path is neither logged nor answered after %s",
  async (_, [status, fail]) => {
    const made = await makeKeyOf(SUBFROST);
    watch();
    const response = await fail(SUBFROST, made);
    expect(response.status).toBe(status);
    expect(await wholeOf(response)).not.toContain(made.key.slice(1));
    expect(logged.join("\n")).not.toContain(made.key.slice(1));
  },
);

it("A120 what a client sends makes no line of the log, nor a part of one", async () => {
  const { key } = await makeKeyOf(EXAMPLE);
  watch();
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error('gone\n{"level":"forged"}\u001b[31m'));
  const response = await attack('/v1/"},%7B"level":"forged"?\u001b[31m', {
    headers: withKey(EXAMPLE, key, { "user-agent": '"}\u001b[31m forged', referer: "forged" }),
  });
  expect(response.status).toBe(502);
  expect(logged.map((line) => JSON.parse(line).event)).toEqual(["origin_unreachable"]);
  expect(logged[0]).not.toContain("forged");
  expect(logged[0]).not.toContain("\u001b");
});

it("A120 a line of the log stays one line, whatever a setting holds", async () => {
  const ask = workerWith({ MANAGEMENT_HOST: 'a\n{"level":"forged"}\u001b[31m' });
  expect((await ask("/")).status).toBe(503);
  expect(logged.length).toBeGreaterThan(0);
  for (const line of logged) {
    expect(line).not.toContain("\n");
    expect(line).not.toContain("\u001b");
    expect(JSON.parse(line).event).toBe("configuration");
  }
});

it("A121 2,000 made-up path keys from 1,000 addresses cost no look-up", async () => {
  const made = Array.from({ length: 2000 }, (_, i) => {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [toHex(bytes), `10.0.${(i >> 8) & 3}.${i & 255}`] as const;
  });
  const watched = watch();
  const responses = await Promise.all(
    made.map(([hex, ip]) => attack(`/v4/${hex}`, { headers: { "cf-connecting-ip": ip } })),
  );
  expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([401]));
  expect([watched.reached, watched.io()]).toEqual([[], [0, 0]]);
});

interface Stored {
  readonly name: string;
  readonly value: string;
  /** Another key's entry. */
  readonly other: string;
}

const DAMAGES: Readonly<Record<string, (stored: Stored) => string>> = {
  altered: ({ value }) => value.replace('"enabled":true', '"enabled":false'),
  "given more permissions": ({ value }) =>
    value.replace('"permissions":[', '"permissions":["all",'),
  truncated: ({ value }) => value.slice(0, -20),
  "cut to its seal": ({ value }) => value.slice(0, value.indexOf(".") + 1),
  "without its seal": ({ value }) => value.slice(value.indexOf(".") + 1),
  "of another version": ({ value }) => value.replace('"format":1', '"format":2'),
  "another key's": ({ other }) => other,
  "under another key's seal": ({ value, other }) =>
    other.slice(0, other.indexOf(".")) + value.slice(value.indexOf(".")),
  empty: () => "",
};

test.each(casesWithEachTarget(DAMAGES))(
  "A124 %s: a stored record that is %s admits nobody",
  async (_dialect, _name, target, damage) => {
    const { key } = await makeKeyOf(target);
    const [name, value] = await entryOf(key);
    const [, other] = await entryOf((await someKeyOf(target)).key);
    const damaged = damage({ name, value, other });
    expect(damaged).not.toBe(value);
    await env.KEYS.put(name, damaged);
    const watched = watch();
    const response = await coldWorker()(pathOf(target), { headers: withKey(target, key) });
    await expectRefused(response, target, "unavailable", watched, [key]);
    expect(response.headers.get("retry-after")).toBe("1");
    expect(logged.map((line) => JSON.parse(line).event)).toEqual(["damaged_record"]);
  },
);

async function digestOf(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

test.each(TARGETS)("A126 $dialect: a record that was put into KV makes no key", async (target) => {
  const { key } = await someKeyOf(target);
  const [, value] = await entryOf(key);
  const madeUp = target.prefix + (target.api === "subfrost" ? "0".repeat(32) : "A".repeat(40));
  const digest = await digestOf(madeUp);
  const hex = toHex(digest);
  const base64url = btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
  for (const name of [`k1:${hex}`, `k1:${base64url.replace("=", "")}`, `k1:${madeUp}`]) {
    await env.KEYS.put(name, value);
  }
  const watched = watch();
  await expectRefused(await use(target, madeUp), target, "unknown_key", watched, [madeUp]);
  expect(watched.io()).toEqual([0, 0]);
});

test.each(TARGETS)(
  "A126 $dialect: nor does one where imported keys are looked up by a hash that all can compute",
  async (target) => {
    const { key } = await someKeyOf(target);
    const [, value] = await entryOf(key);
    const madeUp = `imported-${crypto.randomUUID()}`;
    const hex = toHex(await digestOf(madeUp));
    const name = `k0:${target.api}:sha256:${hex}`;
    const ask = workerWith(importingApis());
    const watched = watch();
    for (const planted of [value, value.slice(value.indexOf(".") + 1), "{}"]) {
      await env.KEYS.put(name, planted);
      const response = await ask(pathOf(target), { headers: withKey(target, madeUp) });
      await expectRefused(response, target, "unavailable", watched, [madeUp]);
    }
    expect(watched.io()).toEqual([3, 0]);
  },
);

/** The APIs under attack, each accepting imported keys. */
function importingApis(): { APIS: unknown[] } {
  const { APIS } = attackedApis() as { APIS: { key: object }[] };
  return {
    APIS: APIS.map((api) => Object.assign(api, { key: { ...api.key, accept_imported: true } })),
  };
}

it("A126 an owner that was put into KV gives nobody another account's key", async () => {
  const victim = await makeKeyOf(EXAMPLE);
  const thief = await makeKeyOf(EXAMPLE);
  await entryOf(victim.key);
  await env.KEYS.put(`id:${victim.id}`, thief.account);
  const watched = watch();
  for (const method of ["GET", "DELETE"]) {
    const response = await attack(`/v1/api-keys/${victim.id}`, {
      method,
      headers: withKey(EXAMPLE, thief.key),
    });
    expect(response.status).toBe(404);
  }
  expect((await use(EXAMPLE, victim.key)).status).toBe(200);
  expect(watched.reached).toHaveLength(1);
});

/** Attacks on how a request proves who it is: rows A001 to A018 of docs/attacks.md. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import type { Reason } from "../../src/core/refusal.ts";
import {
  attack,
  casesWithEachTarget,
  makeKeyOf,
  operate,
  OPERATOR_TOKEN,
  pathOf,
  someKeyOf,
  TARGETS,
  use,
  watch,
  withEachTarget,
  withKey,
  type Target,
} from "../support/attacked.ts";
import { expectAnswerOfAuthorizer, expectRefused } from "../support/expect-refused.ts";
import { makeToken } from "../support/members.ts";
import { toHex } from "../support/sign-request.ts";
import { entryOf, keyringOfTests } from "../support/stored.ts";
import vectors from "../support/vectors/credential-extraction.json";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const [SUBFROST, DATAFRAMER] = TARGETS as [Target, Target];

function alphabetOf({ api }: Target): string {
  return api === "subfrost" ? "0123456789abcdef" : BASE62;
}

/** A text of the form of a target's keys, without a check tag that fits. */
function makeUp({ api, prefix }: Target, index: number): string {
  const bodyLength = api === "subfrost" ? 32 : 40;
  return prefix + String(index).padStart(bodyLength, "a");
}

async function sha256Hex(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return toHex(new Uint8Array(digest));
}

test.each(TARGETS)("A001 $dialect: a request without a key is refused unseen", async (target) => {
  const watched = watch();
  const response = await attack(pathOf(target));
  expect(response.headers.get("www-authenticate")).toBe(target.challenge);
  await expectRefused(response, target, "missing_credential", watched);
  expect(watched.io()).toEqual([0, 0]);
});

/** The reasons that a vector's word stands for. */
const REASONS: Readonly<Record<string, readonly Reason[]>> = {
  missing: ["missing_credential"],
  malformed: ["malformed_credential"],
  unusable: ["malformed_credential", "unknown_key"],
  "400": ["invalid_request"],
};

test.each(vectors.cases)("A002 $id of $api: $note", async ({ api, path, headers, expect: to }) => {
  const target = TARGETS.find((each) => each.api === api) ?? SUBFROST;
  const { key } = await someKeyOf(target);
  const { key: other } = await someKeyOf(target, { permissions: ["other"] });
  const texts: Readonly<Record<string, string>> = {
    "{KEY}": key,
    "{OTHER}": other,
    "{KEY:upper}": key.toUpperCase(),
    "{KEY:sha256}": await sha256Hex(key),
    "{KEY:escaped}": `%${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
  };
  const fill = (text: string): string =>
    text.replaceAll(/\{[^}]+\}/g, (placeholder) => texts[placeholder] ?? placeholder);
  const sent = new Headers();
  for (const [name, value] of headers) sent.append(String(name), fill(String(value)));

  const watched = watch();
  const response = await attack(fill(path), { headers: sent });
  if (typeof to === "object") {
    expect([response.status, watched.reached.length]).toEqual([200, 1]);
    return;
  }
  const reasons = to.split("|").flatMap((word) => REASONS[word] ?? []);
  await expectRefused(response, target, reasons, watched, [key, other]);
  expect(watched.io()).toEqual([0, 0]);
});

test.each(TARGETS)(
  "A003 $dialect: 1,000 made-up keys of the right form cost nothing",
  async (target) => {
    const watched = watch();
    const made = Array.from({ length: 1000 }, (_, index) => use(target, makeUp(target, index)));
    const responses = await Promise.all(made);
    expect(new Set(responses.map(({ status }) => status)).size).toBe(1);
    const [first] = responses;
    if (first === undefined) throw new Error("nothing was answered");
    await expectRefused(first, target, "unknown_key", watched);
    expect(watched.io()).toEqual([0, 0]);
  },
);

/** A text whose check tag fits, of an id that was never given out. */
async function makeFitting(target: Target): Promise<{ readonly id: string; readonly key: string }> {
  const keyring = keyringOfTests();
  const hex = target.api === "subfrost";
  const idPart = hex ? "0badcafe" : "neverIssued1";
  const unsigned = target.prefix + idPart + "5".repeat(hex ? 16 : 22);
  const tag = await keyring.tag(keyring.firstId, hex ? "hex" : "base62", unsigned);
  return { id: `key_${idPart}`, key: unsigned + tag };
}

test.each(TARGETS)(
  "A004 $dialect: a key that was never issued costs one look-up and stores nothing",
  async (target) => {
    const { id, key } = await makeFitting(target);
    const watched = watch();
    const response = await use(target, key);
    expect(response.headers.has("x-ratelimit-limit")).toBe(false);
    await expectRefused(response, target, "unknown_key", watched, [key]);
    expect(watched.io()).toEqual([1, 1]);
    const tables = await runInDurableObject(env.KEY_STATE.getByName(id), (_, { storage }) =>
      storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    );
    expect(tables).toEqual([]);
  },
);

interface Ending {
  readonly reason: Reason;
  readonly end: (id: string) => Promise<unknown>;
}

const LAST_MOMENT = "2090-01-01T00:00:00.000Z";

/** What takes a key out of force, and the reason that is then told. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  revoked: { reason: "revoked_key", end: (id) => operate("DELETE", `/api-keys/${id}`) },
  disabled: {
    reason: "disabled_key",
    end: (id) => operate("PATCH", `/api-keys/${id}`, { enabled: false }),
  },
  "rotated-out": {
    reason: "revoked_key",
    end: (id) => operate("POST", `/api-keys/${id}/rotate`, { grace_seconds: 0 }),
  },
  "just expired": {
    reason: "expired_key",
    async end(id) {
      await operate("PATCH", `/api-keys/${id}`, { expires_at: LAST_MOMENT });
      vi.useFakeTimers({ toFake: ["Date"], now: new Date(LAST_MOMENT) });
    },
  },
};

test.each(casesWithEachTarget(ENDINGS))(
  "A005 %s: a %s key is refused on its next request",
  async (_dialect, _name, target, { reason, end }) => {
    const { id, key } = await makeKeyOf(target);
    watch();
    expect((await use(target, key)).status).toBe(200);
    await end(id);
    vi.restoreAllMocks();
    const watched = watch();
    await expectRefused(await use(target, key), target, reason, watched, [key]);
  },
);

test.each(TARGETS)("A006 $dialect: a key of a suspended account is refused", async (target) => {
  const { account, key } = await makeKeyOf(target);
  await operate("POST", `/accounts/${account}/suspend`, {});
  const watched = watch();
  await expectRefused(await use(target, key), target, "suspended_account", watched, [key]);
});

test.each(TARGETS.filter(({ otherPrefix }) => otherPrefix !== null))(
  "A008 $dialect: a key under another environment's prefix is refused without a look-up",
  async (target) => {
    const { key } = await someKeyOf(target);
    const relabelled = key.replace(target.prefix, target.otherPrefix ?? "");
    const watched = watch();
    const response = await use(target, relabelled);
    await expectRefused(response, target, "unknown_key", watched, [key, relabelled]);
    expect(watched.io()).toEqual([0, 0]);
  },
);

test.each(TARGETS)("A009 $dialect: what is stored of a key is not a key", async (target) => {
  const { id, key } = await makeKeyOf(target);
  const [name] = await entryOf(key);
  const sha256 = await sha256Hex(key);
  const hash = name.slice("k1:".length);
  const watched = watch();
  for (const text of [name, hash, sha256, sha256.slice(0, 32), id]) {
    const response = await use(target, text);
    await expectRefused(response, target, ["unknown_key", "malformed_credential"], watched, [key]);
  }
  expect(watched.io()).toEqual([0, 0]);
});

test.each(TARGETS)(
  "A010 $dialect: no other last character makes a key's text valid",
  async (target) => {
    const { key } = await someKeyOf(target);
    const others = alphabetOf(target)
      .split("")
      .filter((character) => character !== key.at(-1));
    const watched = watch();
    for (const character of others) {
      const response = await use(target, key.slice(0, -1) + character);
      await expectRefused(response, target, "unknown_key", watched);
    }
    expect(watched.io()).toEqual([0, 0]);
  },
);

/** Places that no API reads: what stands after the path, and the rest of the request. */
const OTHER_PLACES: Readonly<Record<string, (key: string) => readonly [string, RequestInit]>> = {
  "the query": (key) => [`?api_key=${key}&key=${key}`, {}],
  "a cookie": (key) => ["", { headers: { cookie: `api_key=${key}; session=${key}` } }],
  "a form": (key) => ["", { method: "POST", body: new URLSearchParams({ api_key: key }) }],
  "a JSON body": (key) => ["", { method: "POST", body: JSON.stringify({ id: 1, api_key: key }) }],
  "a header of another name": (key) => ["", { headers: { "x-key": key, from: key } }],
};

test.each(casesWithEachTarget(OTHER_PLACES))(
  "A011 %s: a key in %s is none",
  async (_dialect, _name, target, put) => {
    const { key } = await someKeyOf(target);
    const [query, init] = put(key);
    const watched = watch();
    const response = await attack(pathOf(target) + query, init);
    await expectRefused(response, target, "missing_credential", watched, [key]);
    expect(watched.io()).toEqual([0, 0]);
  },
);

it("A012 two keys in two places of one API are refused, neither wins", async () => {
  const { key } = await makeKeyOf(SUBFROST);
  const { key: other } = await makeKeyOf(SUBFROST);
  const watched = watch();
  const response = await attack(`/v4/${key}`, { headers: withKey(SUBFROST, other) });
  await expectRefused(response, SUBFROST, "malformed_credential", watched, [key, other]);
  expect(watched.io()).toEqual([0, 0]);
});

test.each(TARGETS)(
  "A013 $dialect: a second account's key in a header beside the first is refused",
  async (target) => {
    const { key } = await someKeyOf(target);
    const { key: other } = await makeKeyOf(target);
    const second: HeadersInit =
      target.header === "authorization"
        ? { "x-api-key": other }
        : { authorization: `Bearer ${other}` };
    const watched = watch();
    const response = await use(target, key, { headers: second });
    await expectRefused(response, target, "malformed_credential", watched, [key, other]);
    expect(watched.io()).toEqual([0, 0]);
  },
);

/** Names that objects have by themselves, that KV refuses, and what breaks out of texts. */
const HOSTILE_TEXTS = [
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "..",
  ".",
  "x".repeat(513),
  "%00",
  "k1:",
  "id:key_0123456789AB",
  "undefined",
  "null",
  "'--",
];

test.each(withEachTarget(HOSTILE_TEXTS))(
  "A015 %s: %s is an unknown key",
  async (_dialect, text, target) => {
    const watched = watch();
    await expectRefused(await use(target, text), target, "unknown_key", watched);
    expect(watched.io()).toEqual([0, 0]);
  },
);

test.each([
  ["__proto__", "unknown_key"],
  ["constructor", "unknown_key"],
  ["x".repeat(513), "unknown_key"],
  ["%00", "invalid_request"],
  ["%2e%2e%2f", "invalid_request"],
  ["", "missing_credential"],
] as const)("A015 as a path key %s is refused as %s", async (text, reason) => {
  const watched = watch();
  await expectRefused(await attack(`/v4/${text}`), SUBFROST, reason, watched);
  expect(watched.io()).toEqual([0, 0]);
});

test.each(TARGETS)("A016 $dialect: the key reaches the origin nowhere", async (target) => {
  const { key } = await someKeyOf(target);
  const watched = watch();
  const response = await attack(`${pathOf(target)}?copy=${key}&next=/${key}/`, {
    headers: withKey(target, key, {
      referer: `https://a.example/${key}?k=${key}`,
      cookie: `a=${key}; b=x${key}x`,
      "user-agent": `client/${key}`,
      "x-note": key,
      x_api_key: key,
    }),
  });
  expect(response.status).toBe(200);
  expect(sentIn(watched.reached)).not.toContain(key);
});

it("A016 a key in the path is replaced by the configured path", async () => {
  const { key } = await makeKeyOf(SUBFROST);
  const watched = watch();
  const response = await attack(`/v4/${key}?at=/v4/${key}`, {
    headers: { referer: `https://api.example.com/v4/${key}`, origin: `https://${key}.example` },
  });
  expect(response.status).toBe(200);
  expect(watched.reached[0]?.url).toMatch(/\/v4\/jsonrpc\?at=\/v4\/\*\*\*$/);
  expect(sentIn(watched.reached)).not.toContain(key);
});

/** URL and headers of what reached the origin, also without their escapes. */
function sentIn(reached: readonly Request[]): string {
  const texts = reached.map(({ url, headers }) => url + JSON.stringify([...headers]));
  return texts.join("\n") + texts.map(decodeURIComponent).join("\n");
}

test.each(TARGETS)("A017 $dialect: a member's token is no key for the origin", async (target) => {
  const { account } = await someKeyOf(target);
  const token = await makeToken(account);
  const watched = watch();
  await expectRefused(await use(target, token), target, "unknown_key", watched, [token]);
  expect(watched.io()).toEqual([0, 0]);
});

it("A017 a key is no member's token: it is not shown its account's key", async () => {
  const { key } = await makeKeyOf(DATAFRAMER);
  const watched = watch();
  const response = await attack("/api/users/api-key/", { headers: withKey(DATAFRAMER, key) });
  expect(response.status).toBe(401);
  expectAnswerOfAuthorizer(response, await response.text(), [key]);
  expect(watched.reached).toEqual([]);
});

test.each(TARGETS)("A018 $dialect: the operator's token is no key", async (target) => {
  const watched = watch();
  const response = await use(target, OPERATOR_TOKEN);
  await expectRefused(response, target, "unknown_key", watched, [OPERATOR_TOKEN]);
  expect(watched.io()).toEqual([0, 0]);
});

let attempts = 0;

test.each(TARGETS)("A018 $dialect: a key manages nothing", async (target) => {
  const { id, key, account } = await someKeyOf(target);
  const watched = watch();
  for (const path of ["/accounts", `/accounts/${account}`, `/api-keys/${id}`, "/verify"]) {
    // From an address of its own each: what is tried in vain is counted by address.
    attempts += 1;
    const headers = withKey(target, key, {
      authorization: `Bearer ${key}`,
      "cf-connecting-ip": `10.18.0.${attempts}`,
    });
    const response = await attack(`/manage/v1${path}`, { headers });
    expect(response.status).toBe(401);
    expectAnswerOfAuthorizer(response, await response.text(), [key]);
  }
  expect(watched.reached).toEqual([]);
});

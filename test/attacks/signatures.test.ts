/**
 * Forged and replayed signatures through the whole Worker, in every dialect, with an origin that counts.
 * The ids are the rows of `docs/attacks.md`.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, test, vi } from "vitest";
import { createKeyring } from "../../src/core/keyring.ts";
import { parseMasterKeys } from "../../src/core/master-keys.ts";
import { makeAccount, makeKey } from "../support/gateway.ts";
import { spyOnOrigin } from "../support/origin-spy.ts";
import { signRequest, toBytes } from "../support/sign-request.ts";
import collisions from "../support/vectors/signing-collisions.json";
import legacy from "../support/vectors/signing-legacy.json";

const APIS = env.APIS as readonly Record<string, unknown>[];
const DEFRAME = APIS.filter(({ name }) => name === "deframe");

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A key whose signing secret is one that a vector was made with. */
async function makeKeyWithSecret(secret: string): Promise<string> {
  const { id, key } = await makeKey({ limits: { minute: 1_000_000 } });
  const described = await env.KEY_STATE.getByName(id).describe();
  const [first] = parseMasterKeys(env.MASTER_KEYS, []);
  if (described === null || first === undefined) throw new Error("the key was not made");
  const { record } = described;
  const [text] = record.key.texts;
  if (text === undefined) throw new Error("the key has no text");
  const context = `signing-secret:${id}:${text.hash}`;
  const signingSecret = await createKeyring([first]).encrypt(secret, context);
  const texts = [{ ...text, signingSecret }];
  const changed = { ...record, key: { ...record.key, texts, version: record.key.version + 1 } };
  await env.KEY_STATE.getByName(id).install(changed);
  return key;
}

function decode(base64: string | null): Uint8Array<ArrayBuffer> | null {
  if (base64 === null) return null;
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** At whatever clock a vector has, its page's window is judged to the millisecond. */
function stopClockAt(now: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now });
}

/** Values that no HTTP client can put into a header. */
function isSendable(headers: Readonly<Record<string, string>>): boolean {
  return Object.values(headers).every((value) => /^[\x20-\x7e]*$/.test(value));
}

describe("A056: signed requests as clients send them", () => {
  const keys = new Map<string, string>();
  const rows = legacy.vectors.filter(({ headers }) => isSendable(headers));
  const { send, received } = spyOnOrigin(DEFRAME);
  let ran = 0;

  beforeAll(async () => {
    for (const secret of new Set(rows.map((row) => row.secret))) {
      keys.set(secret, await makeKeyWithSecret(secret));
    }
  });

  test.each(rows)("$id is answered $status: $note", async (row) => {
    ran += 1;
    stopClockAt(row.now);
    const before = received.length;
    const body = decode(row.bodyBase64);
    const response = await send(row.path, {
      method: row.method,
      headers: { ...row.headers, "x-api-key": keys.get(row.secret) ?? "" },
      ...(body === null ? {} : { body }),
    });
    expect(response.status).toBe(row.status);
    expect(received.length - before).toBe(row.status === 200 ? 1 : 0);
    if (row.status === 200) {
      expect(received.at(-1)?.body).toEqual(body ?? new Uint8Array(0));
    } else {
      const { error } = await response.json<{ error: { code: string } }>();
      expect(error.code).toBe(row.reason?.toUpperCase());
    }
  });

  it("48 of the 49 vectors ran; the other one cannot be put into a header", () => {
    expect([legacy.vectors.length, ran]).toEqual([49, 48]);
  });
});

describe("A057: one message under two readings", () => {
  const { pairs } = collisions;
  const { send, received } = spyOnOrigin(DEFRAME);
  let ran = 0;

  test.each(pairs)("$id: the reading that was not signed is not forwarded", async (pair) => {
    ran += 1;
    const key = await makeKeyWithSecret(pair.forged.secret ?? pair.secret);
    stopClockAt(pair.now);
    const { method, path, ts, body } = pair.forged;
    const response = await send(path, {
      method,
      headers: { "x-api-key": key, "x-timestamp": ts, "x-signature": pair.signature },
      ...(body === null ? {} : { body: toBytes(body) as Uint8Array<ArrayBuffer> }),
    });
    // No body and the body `null` are the same request.
    expect(response.status === 200).toBe(pair.id === "C11");
  });

  it("all 7 pairs ran, and one forgery of the same meaning was forwarded", () => {
    expect([ran, received.length]).toEqual([7, 1]);
  });
});

interface DialectCase {
  readonly api: string;
  readonly changes: Readonly<Record<string, unknown>>;
  readonly path: string;
  readonly place: (key: string) => Record<string, string>;
  readonly reasonIn: (body: never) => unknown;
}

const CASES: readonly DialectCase[] = [
  {
    api: "deframe",
    changes: {},
    path: "/orders",
    place: (key) => ({ "x-api-key": key }),
    reasonIn: ({ error }: { error: { code: string } }) => error.code.toLowerCase(),
  },
  {
    api: "deframe",
    changes: { dialect: "problem" },
    path: "/orders",
    place: (key) => ({ "x-api-key": key }),
    reasonIn: ({ reason }: { reason: string }) => reason,
  },
  {
    api: "example",
    changes: {},
    path: "/v1/orders",
    place: (key) => ({ authorization: `Bearer ${key}` }),
    reasonIn: ({ error }: { error: { code: string } }) => error.code,
  },
  {
    api: "dataframer",
    changes: {},
    path: "/api/orders",
    place: (key) => ({ authorization: `Bearer ${key}` }),
    reasonIn: ({ detail }: { detail: string }) => detail,
  },
  {
    api: "subfrost",
    changes: {},
    path: "/v4/jsonrpc",
    place: (key) => ({ "x-subfrost-api-key": key }),
    reasonIn: ({ error }: { error: { data: { reason: string } } }) => error.data.reason,
  },
];

const SENTENCES: Readonly<Record<string, string>> = {
  missing_signature: "This request must be signed.",
  invalid_signature: "The request signature does not verify.",
  timestamp_out_of_range: "The x-timestamp header is more than 300 seconds off.",
  replayed_signature: "This signed request was already accepted once.",
};

describe.each(CASES)("in the dialect of $api with $changes", ({ api, changes, ...dialect }) => {
  const { send, received } = spyOnOrigin([
    { ...APIS.find(({ name }) => name === api), ...changes },
  ]);
  const body = '{"jsonrpc":"2.0","method":"pay","params":{"amount":1},"id":1}';
  let made: { readonly key: string; readonly secret: string };

  beforeAll(async () => {
    const account = await makeAccount({ api });
    made = await makeKey({ signing: "required" }, account);
  });

  async function sign(timestamp = Date.now(), signedBody = body): Promise<Record<string, string>> {
    const stamp = String(timestamp);
    const signature = await signRequest(made.secret, {
      method: "POST",
      pathWithQuery: dialect.path,
      timestamp: stamp,
      body: signedBody,
    });
    return { ...dialect.place(made.key), "x-timestamp": stamp, "x-signature": signature };
  }

  async function expectRefused(headers: Record<string, string>, reason: string): Promise<void> {
    const before = received.length;
    const response = await send(dialect.path, { method: "POST", headers, body });
    const told = dialect.reasonIn(await response.json<never>());
    expect(response.status).toBe(401);
    expect(told).toBe(api === "dataframer" ? SENTENCES[reason] : reason);
    expect(response.headers.get("www-authenticate")).toContain(`realm="${api}"`);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(received.length).toBe(before);
  }

  it("A059: without a signature nothing is forwarded", async () => {
    await expectRefused(dialect.place(made.key), "missing_signature");
  });

  it("A067: another body under the same signature is not forwarded", async () => {
    const headers = await sign(Date.now(), body.replace('"amount":1', '"amount":1.0'));
    await expectRefused(headers, "invalid_signature");
  });

  it("A064: a signature of five minutes and a second ago is not forwarded", async () => {
    await expectRefused(await sign(Date.now() - 301_000), "timestamp_out_of_range");
  });

  it("A060: the second copy is not forwarded", async () => {
    const headers = await sign();
    const first = await send(dialect.path, { method: "POST", headers, body });
    expect([first.status, received.at(-1)?.body]).toEqual([200, toBytes(body)]);
    await expectRefused(headers, "replayed_signature");
  });
});

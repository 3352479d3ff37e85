/** F10 to F14, F18: the object of a key throws, is reset, overloaded or silent, or cannot write. */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import { giveStubs, platformError, type FakeDecide } from "../../support/fake-stubs.ts";
import { keyStateOf, makeKey, manage } from "../../support/gateway.ts";
import { catchLog, type LogLine } from "../../support/log.ts";
import { signed } from "../../support/signing-key.ts";

let log: readonly LogLine[];

beforeEach(() => {
  log = catchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

async function expectUnavailable(response: Response): Promise<void> {
  expect([response.status, response.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(await codeOf(response)).toBe("UNAVAILABLE");
}

/** Makes the statements of a key's object that have this text in them throw. */
async function failStatements(id: string, text: string, message: string): Promise<void> {
  await runInDurableObject(keyStateOf(id), (_, { storage: { sql } }) => {
    const real = sql.exec.bind(sql);
    vi.spyOn(sql, "exec").mockImplementation(((query: string, ...bindings: unknown[]) => {
      if (query.includes(text)) throw new Error(message);
      return real(query, ...bindings);
    }) as never);
  });
}

async function countOf(id: string): Promise<unknown> {
  const { body } = await manage("GET", `/api-keys/${id}`);
  return body.data?.["request_count"];
}

it("F10 an error inside the key's object is 503 and counts nothing", async () => {
  const made = await makeKey();
  const edge = openEdge();
  await edge.ask(made.key);
  const [, init] = await signed(made, { method: "POST", path: "/strategies", body: "{}" });
  await failStatements(made.id, "FROM replay", "no such column");
  const stubs = giveStubs();
  await expectUnavailable(await edge.ask(made.key, init));
  expect(stubs()).toBe(1);
  expect(edge.forwarded).toBe(1);
  expect(log).toMatchObject([{ level: "error", event: "unavailable", part: "key_state" }]);

  vi.restoreAllMocks();
  expect(await countOf(made.id)).toBe(1);
  expect((await edge.ask(made.key, init)).status).toBe(200);
  expect([edge.forwarded, await countOf(made.id)]).toEqual([2, 2]);
});

const RESET = { durableObjectReset: true };
const resets: Readonly<Record<string, FakeDecide>> = {
  "was reset": () => Promise.reject(platformError("broken", RESET)),
  "was reset for new code": () =>
    Promise.reject(platformError("Durable Object reset because its code was updated.", RESET)),
  "could not be reached": () =>
    Promise.reject(platformError("Network connection lost.", { retryable: true })),
};

test.each(Object.entries(resets))(
  "F11 F12 an object that %s is asked once more, on a new stub",
  async (_, fail) => {
    const { id, key } = await makeKey();
    const stubs = giveStubs(fail);
    const edge = openEdge();
    expect((await edge.ask(key)).status).toBe(200);
    expect([stubs(), edge.forwarded]).toEqual([2, 1]);
    vi.restoreAllMocks();
    expect(await countOf(id)).toBe(1);
  },
);

test.each(Object.entries(resets))(
  "F11 F12 an object that %s twice is 503 and not asked again",
  async (_, fail) => {
    const { id, key } = await makeKey();
    const stubs = giveStubs(fail, fail);
    const edge = openEdge();
    await expectUnavailable(await edge.ask(key));
    expect([stubs(), edge.forwarded]).toEqual([2, 0]);
    vi.restoreAllMocks();
    expect(await countOf(id)).toBe(0);
  },
);

it("F13 an overloaded object is not asked again", async () => {
  const { key } = await makeKey();
  const says = { overloaded: true, retryable: true, ...RESET };
  const stubs = giveStubs(() => Promise.reject(platformError("overloaded", says)));
  const edge = openEdge();
  await expectUnavailable(await edge.ask(key));
  expect([stubs(), edge.forwarded]).toEqual([1, 0]);
});

it("F14 an object that takes too long is not waited for, and its late answer admits nothing", async () => {
  const { id, key } = await makeKey();
  const object = keyStateOf(id) as unknown as { decide: FakeDecide };
  let late: unknown = null;
  const stubs = giveStubs(async (call) => {
    await scheduler.wait(2000);
    late = await object.decide(call);
    return late;
  });
  const edge = openEdge();
  await expectUnavailable(await edge.ask(key));
  expect(late).toBeNull();
  await vi.waitFor(() => expect(late).toMatchObject({ outcome: "admitted" }), { timeout: 5000 });
  expect([stubs(), edge.forwarded]).toEqual([1, 0]);
});

it.each(["INTO use", "INTO replay"])(
  "F18 a full disk, met by %s, is 503, not counted and not forwarded",
  async (statement) => {
    const made = await makeKey();
    const edge = openEdge();
    await edge.ask(made.key);
    const [, init] = await signed(made, { method: "POST", path: "/strategies", body: "{}" });
    await failStatements(made.id, statement, "database or disk is full");
    await expectUnavailable(await edge.ask(made.key, init));
    expect(edge.forwarded).toBe(1);

    vi.restoreAllMocks();
    expect(await countOf(made.id)).toBe(1);
    const again = await edge.ask(made.key, init);
    expect([again.status, again.headers.get("x-ratelimit-remaining")]).toEqual([200, "98"]);
    expect(edge.forwarded).toBe(2);
  },
);

it("F18 a disk that is full when the object comes to be written to again opens nothing", async () => {
  const { id, key } = await makeKey({ limits: { minute: 3 } });
  await failStatements(id, "INTO use", "database or disk is full");
  const edge = openEdge();
  const statuses = [];
  for (let sent = 0; sent < 10; sent += 1) statuses.push((await edge.ask(key)).status);
  expect(new Set(statuses)).toEqual(new Set([503]));
  expect(edge.forwarded).toBe(0);
});

it("F10 a fault of one key's object is no other key's", async () => {
  const [broken, other] = [await makeKey(), await makeKey()];
  await failStatements(broken.id, "INTO use", "disk I/O error");
  const edge = openEdge();
  await expectUnavailable(await edge.ask(broken.key));
  expect((await edge.ask(other.key)).status).toBe(200);
});

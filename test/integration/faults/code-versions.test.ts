/** F45: the Worker's code and that of a key's object are not of the same age. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import type { DecideCall, Decision } from "../../../src/core/decision.ts";
import { codeOf, openEdge } from "../../support/edge.ts";
import { giveStubs, type FakeDecide } from "../../support/fake-stubs.ts";
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

/** The real object of a key, whose answers are changed on their way back. */
function answeredAs(id: string, change: (decision: Decision) => unknown): FakeDecide {
  const object = keyStateOf(id) as unknown as { decide(call: DecideCall): Promise<Decision> };
  return async (call) => change(await object.decide(call));
}

function without(object: object, ...names: readonly string[]): object {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

/** What objects answered before accounts could share limits and keys had signing secrets. */
function withoutWhatCameLater(decision: Decision): unknown {
  const answer = without(decision, "restsLater");
  if (decision.record === null) return answer;
  const { key } = decision.record;
  const texts = key.texts.map((text) => without(text, "signingSecret"));
  const record = without(decision.record, "shared");
  return { ...answer, record: { ...record, key: { ...without(key, "signing"), texts } } };
}

it("F45 an answer without what came later is accepted: admitted, refused and limited as it says", async () => {
  const { id, key } = await makeKey({ limits: { minute: 2 } });
  const old = answeredAs(id, withoutWhatCameLater);
  giveStubs(old, old, old, old);
  const edge = openEdge();
  const statuses = [];
  for (let sent = 0; sent < 3; sent += 1) statuses.push((await edge.ask(key)).status);
  expect(statuses).toEqual([200, 200, 429]);
  await manage("DELETE", `/api-keys/${id}`);
  giveStubs(old);
  expect(await codeOf(await openEdge().ask(key))).toBe("API_KEY_REVOKED");
  expect(edge.forwarded).toBe(2);
});

it("F45 with such a record a signature is refused, never taken for verified", async () => {
  const made = await makeKey();
  const old = answeredAs(made.id, withoutWhatCameLater);
  giveStubs(old, old, old);
  const edge = openEdge();
  const [, init] = await signed(made, { method: "POST", path: "/strategies", body: "{}" });
  vi.spyOn(env.KEYS, "get").mockResolvedValue(null as never);
  expect(await codeOf(await edge.ask(made.key, init))).toBe("INVALID_SIGNATURE");
  expect(edge.forwarded).toBe(0);
});

/** Answers that this code cannot tell the meaning of. */
const STRANGE: readonly (readonly [string, (decision: Decision) => unknown])[] = [
  ["of a format before signatures were judged", (decision) => ({ ...decision, format: 1 })],
  ["of a format to come", (decision) => ({ ...decision, format: 3 })],
  ["a text of a version to come", () => "4\nadmitted\n\n0\n\n\n"],
  ["a mere yes", () => true],
  ["nothing", () => undefined],
];

test.each(STRANGE)(
  "F45 an answer that is %s is 503, asked for once, and admits nothing",
  async (_, change) => {
    const { id, key } = await makeKey();
    const stubs = giveStubs(answeredAs(id, change));
    const edge = openEdge();
    const refused = await edge.ask(key);
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    expect(await codeOf(refused)).toBe("UNAVAILABLE");
    expect([stubs(), edge.forwarded]).toEqual([1, 0]);
    expect(log).toMatchObject([{ level: "error", event: "unavailable", part: "key_state" }]);
  },
);

it("F45 an object that does not have the method is 503, asked once, and admits nothing", async () => {
  const { key } = await makeKey();
  // An object of another class is as good as one of code that had no `decide`.
  const methodless = env.ACCOUNT.getByName("no decide") as unknown as { decide: FakeDecide };
  const errors: unknown[] = [];
  const stubs = giveStubs((call) =>
    methodless.decide(call).catch((error: unknown) => {
      errors.push(String(error));
      throw error;
    }),
  );
  const edge = openEdge();
  expect((await edge.ask(key)).status).toBe(503);
  expect([stubs(), edge.forwarded]).toEqual([1, 0]);
  expect(errors).toEqual([expect.stringContaining('does not implement "decide"')]);
  expect((await edge.ask(key)).status).toBe(200);
});

it("F45 an object that has no `observe` yet loses usage and no request", async () => {
  const { key } = await makeKey();
  const { promise: waited, resolve } = Promise.withResolvers<void>();
  vi.spyOn(scheduler, "wait").mockReturnValue(waited);
  const edge = openEdge();
  for (let sent = 0; sent < 9; sent += 1) expect((await edge.ask(key)).status).toBe(200);
  vi.spyOn(env.KEY_STATE, "getByName").mockReturnValueOnce({} as never);
  resolve();
  await vi.waitFor(() => expect(log).toMatchObject([{ level: "warn", event: "usage_lost" }]));
  expect((await edge.ask(key)).status).toBe(200);
});

/** The Worker's call as its code made it before there were signatures. */
function olderCall(call: DecideCall): unknown {
  return { ...without(call, "apiSigning", "signature"), format: 1 };
}

test.each([
  ["as the API says", {}, { format: 2, outcome: "admitted" }],
  [
    "required",
    { signing: "required" },
    { format: 2, outcome: "refused", reason: "missing_signature" },
  ],
])(
  "F45 a call of older code is decided by the object's own rules (signing %s)",
  async (_, members, decision) => {
    const { id, key } = await makeKey(members);
    const object = keyStateOf(id) as unknown as { decide: (call: unknown) => Promise<unknown> };
    let answer: unknown;
    giveStubs(async (call) => {
      answer = await object.decide(olderCall(call));
      return answer;
    });
    await openEdge().ask(key);
    expect(answer).toMatchObject(decision);
    const counted = await runInDurableObject(keyStateOf(id), (_object, { storage: { sql } }) =>
      sql.exec("SELECT * FROM use").toArray(),
    );
    expect(counted).toHaveLength(decision.outcome === "admitted" ? 1 : 0);
  },
);

it("F45 an object whose code knows no texts is asked anew, and counts once", async () => {
  const { key } = await makeKey();
  const real = env.KEY_STATE.getByName.bind(env.KEY_STATE);
  const sent: string[] = [];
  vi.spyOn(env.KEY_STATE, "getByName").mockImplementation((name) => {
    const object = real(name) as unknown as { decide(call: unknown): Promise<unknown> };
    const decide = async (call: unknown): Promise<unknown> => {
      sent.push(typeof call);
      if (typeof call === "string") throw new Error("unknown call format");
      return object.decide(call);
    };
    return { decide } as never;
  });
  const edge = openEdge();
  const answer = await edge.ask(key);
  expect([answer.status, answer.headers.get("x-ratelimit-remaining")]).toEqual([200, "99"]);
  expect([sent, edge.forwarded]).toEqual([["string", "object"], 1]);
});

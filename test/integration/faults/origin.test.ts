/** F32, F33, F34, F37: the origin refuses, is slow or breaks off, or the client leaves. */
import { afterEach, beforeEach, expect, it, test, vi } from "vitest";
import { makeKey, manage } from "../../support/gateway.ts";
import { catchLog, type LogLine } from "../../support/log.ts";
import { deframeWith, workerWith } from "../../support/worker-with.ts";

const ask = workerWith(
  deframeWith({ origin: "https://origin.example.com", forward_timeout_ms: 50 }),
);

let log: readonly LogLine[];

beforeEach(() => {
  log = catchLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Answers what goes out, and counts it. */
function answerAs(answer: (request: Request) => Promise<Response>): { readonly calls: number } {
  const spy = vi
    .spyOn(globalThis, "fetch")
    .mockImplementation((input, init) => answer(new Request(input, init)));
  return {
    get calls() {
      return spy.mock.calls.length;
    },
  };
}

async function refuseConnection(): Promise<never> {
  throw new TypeError("connection refused");
}

async function breakOff(): Promise<Response> {
  let sent = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent) controller.error(new Error("connection reset by peer"));
      else controller.enqueue(new TextEncoder().encode("the first part"));
      sent = true;
    },
  });
  return new Response(body);
}

/** Rejects when the request is given up, as `fetch` does. */
function waitForAbort({ signal }: Request): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = (): void => reject(signal.reason);
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp);
  return promise;
}

async function countOf(id: string): Promise<unknown> {
  const { body } = await manage("GET", `/api-keys/${id}`);
  return body.data?.["request_count"];
}

test.each(["GET", "POST", "DELETE"])(
  "F32 an origin that refuses the connection of a %s is 502, counted once and not asked again",
  async (method) => {
    const { id, key } = await makeKey();
    const origin = answerAs(refuseConnection);
    const response = await ask("/x", { method, headers: { "x-api-key": key } });
    expect(response.status).toBe(502);
    expect(await response.json()).toEqual({
      error: {
        code: "ORIGIN_UNREACHABLE",
        message: "The origin could not be reached.",
        httpStatus: 502,
      },
    });
    expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
    expect([origin.calls, await countOf(id)]).toEqual([1, 1]);
    expect(log).toMatchObject([{ level: "warn", event: "origin_unreachable", error: "TypeError" }]);
  },
);

test.each(["GET", "POST"])(
  "F33 an origin that does not answer a %s in time is 504, counted once and let go",
  async (method) => {
    const { id, key } = await makeKey();
    let letGo = false;
    const origin = answerAs((request) => {
      request.signal.addEventListener("abort", () => (letGo = true));
      return waitForAbort(request);
    });
    const response = await ask("/x", { method, headers: { "x-api-key": key } });
    expect(response.status).toBe(504);
    expect(await response.json()).toMatchObject({ error: { code: "ORIGIN_TIMEOUT" } });
    expect(response.headers.get("x-ratelimit-remaining")).toBe("99");
    expect([origin.calls, letGo, await countOf(id)]).toEqual([1, true, 1]);
  },
);

it("F34 an answer that the origin breaks off breaks off for the client, and the next is served", async () => {
  const { id, key } = await makeKey();
  answerAs(breakOff);
  const response = await ask("/x", { headers: { "x-api-key": key } });
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("connection reset by peer");

  vi.restoreAllMocks();
  answerAs(async () => new Response("whole"));
  expect(await (await ask("/x", { headers: { "x-api-key": key } })).text()).toBe("whole");
  expect(await countOf(id)).toBe(2);
});

it("F37 a client that has left before it was admitted is counted once, and its request given up", async () => {
  const { id, key } = await makeKey();
  let givenUp = false;
  answerAs((request) => {
    givenUp = request.signal.aborted; // Then `fetch` sends nothing.
    return waitForAbort(request);
  });
  const client = new AbortController();
  client.abort();
  const left = ask("/x", { headers: { "x-api-key": key }, signal: client.signal });
  await left.catch(() => undefined);
  expect([givenUp, await countOf(id)]).toEqual([true, 1]);
  expect(log).toEqual([]);
});

it("F37 a client that leaves while the origin is busy has used one, and the origin is told", async () => {
  const { id, key } = await makeKey();
  const client = new AbortController();
  let told = false;
  const origin = answerAs((request) => {
    request.signal.addEventListener("abort", () => (told = true));
    client.abort();
    return waitForAbort(request);
  });
  const left = ask("/x", { headers: { "x-api-key": key }, signal: client.signal });
  await left.catch(() => undefined);
  expect([origin.calls, told, await countOf(id)]).toEqual([1, true, 1]);
  expect(log).toEqual([]);
});

/** What JSON-RPC bodies cost, how much of them is read, and how they arrive at the origin. */
import { expect, it, test } from "vitest";
import { call, makeKey } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const MIB = 1024 * 1024;
const KIB = 1024;

function post(key: string, body: BodyInit, caller = call): Promise<Response> {
  return caller("/v4/jsonrpc", {
    method: "POST",
    headers: { "x-subfrost-api-key": key, "content-type": "application/json" },
    body,
  });
}

async function makeRpcKey(members: object = {}): Promise<string> {
  return (await makeKey(members, undefined, "subfrost")).key;
}

/** A batch of calls with the ids 1 to `length`. */
function batchOf(length: number): string {
  const calls = Array.from({ length }, (_, index) => ({
    jsonrpc: "2.0",
    method: "btc_getblockcount",
    id: index + 1,
  }));
  return JSON.stringify(calls);
}

/** A call of exactly `bytes` bytes, with the id at its beginning. */
function callOf(bytes: number): string {
  const head = '{"id":"far","jsonrpc":"2.0","method":"btc_getblockcount","params":["';
  const tail = '"]}';
  return head + "x".repeat(bytes - head.length - tail.length) + tail;
}

/** An endless body and how many bytes of it were asked for. */
function endlessBody(): { readonly body: ReadableStream; readonly pulled: () => number } {
  let pulled = 0;
  const body = new ReadableStream(
    {
      pull(controller) {
        pulled += 16 * KIB;
        controller.enqueue(new Uint8Array(16 * KIB).fill(0x20));
      },
    },
    { highWaterMark: 0 },
  );
  return { body, pulled: () => pulled };
}

async function remainingAfter(response: Promise<Response>): Promise<string | null> {
  return (await response).headers.get("x-ratelimit-remaining");
}

test.each([
  ["a call", '{"jsonrpc":"2.0","method":"btc_getblockcount","id":1}', "99"],
  ["a notification", '{"jsonrpc":"2.0","method":"btc_getblockcount"}', "99"],
  ["a batch of one", '[{"jsonrpc":"2.0","method":"btc_getblockcount","id":1}]', "99"],
  ["a batch of three with a notification and an entry that is no call", '[{"id":1},{},1]', "97"],
])("%s costs as much as it has entries", async (_, body, remaining) => {
  const key = await makeRpcKey();
  expect(await remainingAfter(post(key, body))).toBe(remaining);
});

it("every call of an admitted batch is answered", async () => {
  const key = await makeRpcKey();
  const response = await post(key, batchOf(3));
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual([
    { jsonrpc: "2.0", result: 975_412, id: 1 },
    { jsonrpc: "2.0", result: 975_412, id: 2 },
    { jsonrpc: "2.0", result: 975_412, id: 3 },
  ]);
});

it("notifications only are answered 204", async () => {
  const key = await makeRpcKey();
  const response = await post(key, '[{"jsonrpc":"2.0","method":"btc_getblockcount"}]');
  expect(response.status).toBe(204);
  expect(await response.text()).toBe("");
});

it("a batch of 100 is admitted and the next call refused", async () => {
  const key = await makeRpcKey();
  expect((await post(key, batchOf(100))).status).toBe(200);
  expect((await post(key, batchOf(1))).status).toBe(429);
});

it("a batch for which too little is left is refused whole and takes nothing", async () => {
  const key = await makeRpcKey({ limits: { minute: 5 } });
  expect(await remainingAfter(post(key, batchOf(3)))).toBe("2");
  const refused = await post(key, batchOf(3));
  expect(refused.status).toBe(429);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("2");
  expect(await remainingAfter(post(key, batchOf(2)))).toBe("0");
});

it("a batch of as many calls as the limit is admitted", async () => {
  const key = await makeRpcKey({ limits: { minute: 5 } });
  expect((await post(key, batchOf(5))).status).toBe(200);
});

it("a batch of more calls than the limit is 400, never admitted, and costs nothing", async () => {
  const key = await makeRpcKey({ limits: { minute: 5, hour: 100 } });
  const refused = await post(key, batchOf(6));
  expect(refused.status).toBe(400);
  expect(await refused.json()).toMatchObject({
    error: { code: -32600, data: { reason: "invalid_request" } },
    id: null,
  });
  expect(refused.headers.has("retry-after")).toBe(false);
  expect(refused.headers.get("x-ratelimit-remaining")).toBe("5");
  expect(await remainingAfter(post(key, batchOf(1)))).toBe("4");
});

it("a batch of more calls than the limit is 400 even where nothing is left", async () => {
  const key = await makeRpcKey({ limits: { minute: 5 } });
  await post(key, batchOf(5));
  expect((await post(key, batchOf(6))).status).toBe(400);
});

it("a batch costs as many times what its endpoint costs", async () => {
  const key = await makeRpcKey();
  const worker = workerWith(apiWith("subfrost", { costs: { "POST /v4/jsonrpc": 5 } }));
  expect(await remainingAfter(post(key, batchOf(3), worker))).toBe("85");
});

it("ten concurrent batches of 20 on a limit of 100 are admitted five times", async () => {
  const key = await makeRpcKey();
  const responses = await Promise.all(Array.from({ length: 10 }, () => post(key, batchOf(20))));
  expect(responses.filter(({ status }) => status === 200)).toHaveLength(5);
});

it("the body arrives at the origin byte for byte", async () => {
  const key = await makeRpcKey();
  const body =
    ' {"id" : 1.0,\r\n"method":"\\u0065cho", "jsonrpc":"2.0","params":["ü",1e2,12345678901234567890] }\n';
  const response = await post(key, body);
  const { result } = await response.json<{ result: { body: string } }>();
  expect(result.body).toBe(body);
});

it("a body of 1 MiB is admitted", async () => {
  const key = await makeRpcKey();
  expect((await post(key, callOf(MIB))).status).toBe(200);
});

it("a body over 1 MiB is 413 and costs nothing", async () => {
  const key = await makeRpcKey();
  const response = await post(key, callOf(MIB + 1));
  expect(response.status).toBe(413);
  expect(response.headers.get("x-ratelimit-remaining")).toBe("100");
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: {
      code: -32600,
      message: "The request body may have at most 1048576 bytes.",
      data: { reason: "body_too_large" },
    },
    id: null,
  });
});

it("an endless body of a known key is read to 1 MiB and no further", async () => {
  const key = await makeRpcKey();
  const { body, pulled } = endlessBody();
  expect((await post(key, body, workerWith({}))).status).toBe(413);
  expect(pulled()).toBeLessThanOrEqual(MIB + 64 * KIB);
});

test.each([
  ["unknown", { "x-subfrost-api-key": "00000000000000000000000000000000" }],
  ["missing", {}],
])("an endless body with a key that is %s is read to 64 KiB and no further", async (_, headers) => {
  const { body, pulled } = endlessBody();
  const response = await workerWith({})("/v4/jsonrpc", { method: "POST", headers, body });
  expect(response.status).toBe(401);
  expect(pulled()).toBeLessThanOrEqual(96 * KIB);
});

test.each([
  [64 * KIB, "far"],
  [64 * KIB + 1, null],
])("a refused stranger's body of %i bytes is answered with the id %j", async (bytes, id) => {
  const response = await call("/v4/jsonrpc", { method: "POST", body: callOf(bytes) });
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ id });
});

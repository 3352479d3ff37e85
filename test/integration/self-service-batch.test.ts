/** JSON-RPC batches with own calls and calls of the origin's: how they are split and put together. */
import { expect, it, test } from "vitest";
import { makeAccount, makeKey, manage } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const CREATE = '{"jsonrpc":"2.0","method":"admin_createApiKey","params":{"name":"n"},"id":"own"}';
const CREATED = { jsonrpc: "2.0", id: "own", result: { name: "n" } };
const NOTE = '{"jsonrpc":"2.0","method":"notify_hello","params":[7]}';
const SUM = '{"jsonrpc":"2.0","method":"sum","params":[1,2,4],"id":"1"}';
const SUBTRACT = '{"jsonrpc":"2.0","method":"subtract","params":[42,23],"id":"2"}';
const DATA = '{"jsonrpc":"2.0","method":"get_data","id":"9"}';

function result(value: unknown, id: unknown): object {
  return { jsonrpc: "2.0", result: value, id };
}

interface Sent {
  readonly response: Response;
  /** The bodies that reached the origin. */
  readonly forwarded: readonly string[];
  readonly account: string;
}

/** Sends a body through the Worker to an origin that answers as told. */
async function send(body: string, origin: (body: string) => Response): Promise<Sent> {
  const account = await makeAccount({ api: "subfrost", plan: "business" });
  const { key } = await makeKey({}, account, "subfrost");
  const forwarded: string[] = [];
  const Origin = {
    async fetch(request: Request): Promise<Response> {
      const text = await request.text();
      forwarded.push(text);
      return origin(text);
    },
  };
  const worker = workerWith({ ...apiWith("subfrost", { origin: "binding:Origin" }), Origin });
  const response = await worker(`/v4/${key}`, {
    method: "POST",
    headers: { "content-type": "application/json", "content-length": String(body.length) },
    body,
  });
  return { response, forwarded, account };
}

/** The answers of the specification's example server (section 7) to the calls it is sent. */
function answerExamples(body: string): Response {
  const known: Readonly<Record<string, object>> = {
    "1": result(7, "1"),
    "2": result(19, "2"),
    "9": result(["hello", 5], "9"),
  };
  const invalid = { jsonrpc: "2.0", error: { code: -32600, message: "Invalid Request" }, id: null };
  const calls = JSON.parse(body) as readonly (number | { readonly id?: string })[];
  const answers = calls.flatMap((call) => {
    if (typeof call !== "object") return [invalid];
    return call.id === undefined ? [] : [known[call.id]];
  });
  return answers.length === 0 ? new Response(null, { status: 204 }) : Response.json(answers);
}

it("own calls are served here, the rest goes on as one batch, in the order of the calls", async () => {
  const { response, forwarded } = await send(
    `[${SUM},${CREATE},${NOTE},${SUBTRACT},${DATA}]`,
    answerExamples,
  );
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  expect(forwarded).toEqual([`[${SUM},${NOTE},${SUBTRACT},${DATA}]`]);
  expect(await response.json()).toMatchObject([
    result(7, "1"),
    CREATED,
    result(19, "2"),
    result(["hello", 5], "9"),
  ]);
});

test.each([
  '{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}',
  '{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}',
  '{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}',
  '{"jsonrpc": "2.0", "method": "foobar", "id": "1"}',
  '{"jsonrpc": "2.0", "method": 1, "params": "bar"}',
  "[1]",
  "[1,2,3]",
  '[{"jsonrpc": "2.0", "method": "sum", "params": [1,2,4], "id": "1"}, {"foo": "boo"}]',
  `[${NOTE}, {"jsonrpc": "2.0", "method": "notify_sum", "params": [1,2,4]}]`,
])("the specification's %s has no own call and is forwarded as it is", async (body) => {
  const { response, forwarded } = await send(body, () => new Response("as it is"));
  expect(forwarded).toEqual([body]);
  expect(await response.text()).toBe("as it is");
});

test.each([
  ['{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]', -32700],
  [`[${CREATE}, {"jsonrpc": "2.0", "method"`, -32700],
  ["[]", -32600],
])("the specification's %s is refused with %i, and nothing of it is done", async (body, code) => {
  const { response, forwarded, account } = await send(body, answerExamples);
  expect(await response.json()).toMatchObject({ error: { code }, id: null });
  expect(forwarded).toEqual([]);
  const { body: keys } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(keys.data).toHaveLength(1);
});

it("entries that are no calls are the origin's to refuse, and are told last", async () => {
  const { response, forwarded } = await send(`[1,${CREATE},2]`, answerExamples);
  expect(forwarded).toEqual(["[1,2]"]);
  expect(await response.json()).toMatchObject([
    CREATED,
    { id: null, error: { code: -32600 } },
    { id: null, error: { code: -32600 } },
  ]);
});

it("a batch of own calls alone never reaches the origin, each seeing the one before", async () => {
  const list = '{"jsonrpc":"2.0","method":"admin_listApiKeys","id":2}';
  const { response, forwarded } = await send(`[ ${CREATE} , ${list} ]`, answerExamples);
  const answers = await response.json<{ result: { data?: unknown[] } }[]>();
  expect(forwarded).toEqual([]);
  expect(answers[1]?.result.data).toHaveLength(2);
});

it("notifications only are executed and answered 204", async () => {
  const create = '{"jsonrpc":"2.0","method":"admin_createApiKey","params":{"name":"n"}}';
  const { response, forwarded, account } = await send(`[${create},${NOTE}]`, answerExamples);
  expect([response.status, await response.text()]).toEqual([204, ""]);
  expect(forwarded).toEqual([`[${NOTE}]`]);
  const { body } = await manage("GET", `/accounts/${account}/api-keys`);
  expect(body.data).toHaveLength(2);
});

it("what is forwarded and what is answered keeps its numbers and its spelling", async () => {
  const exact = String.raw`{"jsonrpc":"2.0", "method":"\u0065cho", "params":[12345678901234567890, 1.0, "],{\"["], "id":"x"}`;
  const answer = '{"jsonrpc":"2.0","result":12345678901234567890,"id":"x"}';
  const { response, forwarded } = await send(`[${CREATE},\n${exact}]`, () => {
    return new Response(`[ ${answer} ]`);
  });
  expect(forwarded).toEqual([`[${exact}]`]);
  expect(await response.text()).toContain(answer);
});

it("a number and a text are two ids, and equal ids are answered in their order", async () => {
  const calls = ["7", '"7"', "7"].map((id) => `{"jsonrpc":"2.0","method":"m","id":${id}}`);
  const { response } = await send(`[${CREATE},${calls.join(",")}]`, () =>
    Response.json([result("a", "7"), result("b", 7), result("c", 7)]),
  );
  expect(await response.json()).toMatchObject([
    CREATED,
    result("b", 7),
    result("a", "7"),
    result("c", 7),
  ]);
});

it("an origin that answers one call without a list is understood", async () => {
  const { response } = await send(`[${CREATE},${SUM}]`, () => Response.json(result(7, "1")));
  expect(await response.json()).toMatchObject([CREATED, result(7, "1")]);
});

test.each<[string, () => Response]>([
  ["is not JSON", () => new Response("<html>Bad Gateway</html>", { status: 502 })],
  ["is empty", () => new Response(null, { status: 204 })],
  ["is a text", () => Response.json("down")],
  [
    "cannot be had",
    () => {
      throw new Error("connection refused");
    },
  ],
])(
  "where the origin's answer %s its calls fail with -32002 and own ones stand",
  async (_, origin) => {
    const { response } = await send(`[${SUM},${CREATE},${NOTE}]`, origin);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([
      { id: "1", error: { code: -32002, data: { reason: "origin_unreachable" } } },
      CREATED,
    ]);
  },
);

it("a call that the origin leaves out is answered with -32002", async () => {
  const { response } = await send(`[${SUM},${CREATE},${DATA}]`, () =>
    Response.json([result(["hello", 5], "9")]),
  );
  expect(await response.json()).toMatchObject([
    { id: "1", error: { code: -32002 } },
    CREATED,
    result(["hello", 5], "9"),
  ]);
});

it("an origin that is too slow costs its own calls alone", async () => {
  const account = await makeAccount({ api: "subfrost", plan: "business" });
  const { key } = await makeKey({}, account, "subfrost");
  const Origin = {
    fetch: ({ signal }: Request) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
  };
  const api = apiWith("subfrost", { origin: "binding:Origin", forward_timeout_ms: 50 });
  const response = await workerWith({ ...api, Origin })(`/v4/${key}`, {
    method: "POST",
    body: `[${SUM},${CREATE}]`,
  });
  expect(await response.json()).toMatchObject([
    { id: "1", error: { code: -32002, data: { reason: "origin_timeout" } } },
    CREATED,
  ]);
});

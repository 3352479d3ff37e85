import { expect, it, test } from "vitest";
import { createOrigin } from "../support/demo-origin.ts";

const ask = createOrigin();

function post(body: string): Promise<Response> {
  return ask("/v4/jsonrpc", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
}

it("answers btc_getblockcount with the height of the chain's tip", async () => {
  const response = await post('{"jsonrpc":"2.0","method":"btc_getblockcount","params":[],"id":1}');
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ jsonrpc: "2.0", result: 975_412, id: 1 });
});

it("answers btc_getblockhash with a hash of 64 hexadecimal characters", async () => {
  const response = await post(
    '{"jsonrpc":"2.0","method":"btc_getblockhash","params":[840000],"id":"a"}',
  );
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    result: expect.stringMatching(/^0{20}[0-9a-f]{44}$/),
    id: "a",
  });
});

it("answers btc_getbestblockhash with the hash of the tip", async () => {
  const response = await post(
    '[{"jsonrpc":"2.0","method":"btc_getbestblockhash","id":1},' +
      '{"jsonrpc":"2.0","method":"btc_getblockhash","params":[975412],"id":2}]',
  );
  const [best, tip] = await response.json<[{ result: string }, { result: string }]>();
  expect(best.result).toBe(tip.result);
});

test.each(["[]", "[-1]", "[1.5]", '["1"]', "[975413]", '{"height":1}'])(
  "refuses btc_getblockhash with the params %s",
  async (params) => {
    const response = await post(
      `{"jsonrpc":"2.0","method":"btc_getblockhash","params":${params},"id":1}`,
    );
    expect(await response.json()).toEqual({
      jsonrpc: "2.0",
      error: { code: -32602, message: "Invalid params" },
      id: 1,
    });
  },
);

it("tells with the method echo what it received", async () => {
  const body = '{"jsonrpc":"2.0", "method":"echo", "id":7}';
  const response = await post(body);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    result: {
      method: "POST",
      url: "https://api.example.com/v4/jsonrpc",
      headers: { "content-type": "application/json" },
      body,
    },
    id: 7,
  });
});

it("answers an unknown method with -32601", async () => {
  const response = await post('{"jsonrpc":"2.0","method":"toString","id":1}');
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: { code: -32601, message: "Method not found" },
    id: 1,
  });
});

it("answers a text that is not JSON with -32700 and the id null", async () => {
  const response = await post('{"jsonrpc":"2.0","method":');
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: { code: -32700, message: "Parse error" },
    id: null,
  });
});

test.each([
  "[]",
  "1",
  "null",
  "{}",
  '{"jsonrpc":"1.0","method":"echo","id":1}',
  '{"jsonrpc":"2.0","method":1,"id":1}',
  '{"jsonrpc":"2.0","method":"echo","id":{}}',
  '{"jsonrpc":"2.0","method":"echo","params":1,"id":1}',
  '{"jsonrpc":"2.0","method":"echo","params":null,"id":1}',
])("answers %s with one -32600 and the id null", async (body) => {
  const response = await post(body);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    error: { code: -32600, message: "Invalid Request" },
    id: null,
  });
});

it("answers the entries of a batch that are no calls one by one", async () => {
  const response = await post('[1,{"jsonrpc":"2.0","method":"btc_getblockcount","id":2},[]]');
  expect(await response.json()).toEqual([
    { jsonrpc: "2.0", error: { code: -32600, message: "Invalid Request" }, id: null },
    { jsonrpc: "2.0", result: 975_412, id: 2 },
    { jsonrpc: "2.0", error: { code: -32600, message: "Invalid Request" }, id: null },
  ]);
});

it("leaves the notifications of a batch unanswered", async () => {
  const response = await post(
    '[{"jsonrpc":"2.0","method":"nothing"},{"jsonrpc":"2.0","method":"btc_getblockcount","id":0}]',
  );
  expect(await response.json()).toEqual([{ jsonrpc: "2.0", result: 975_412, id: 0 }]);
});

test.each([
  '{"jsonrpc":"2.0","method":"btc_getblockcount"}',
  '[{"jsonrpc":"2.0","method":"btc_getblockcount"},{"jsonrpc":"2.0","method":"nothing"}]',
])("answers the notification %s with 204 and no body", async (body) => {
  const response = await post(body);
  expect(response.status).toBe(204);
  expect(response.body).toBeNull();
});

it("answers a call with the id null, which is no notification", async () => {
  const response = await post('{"jsonrpc":"2.0","method":"btc_getblockcount","id":null}');
  expect(await response.json()).toEqual({ jsonrpc: "2.0", result: 975_412, id: null });
});

import { expect, it, test } from "vitest";
import { parseRpcCalls, type RpcId } from "../../src/core/json-rpc.ts";

function parse(text: string): ReturnType<typeof parseRpcCalls> {
  return parseRpcCalls(new TextEncoder().encode(text));
}

test.each<[string, RpcId | undefined]>([
  ['{"jsonrpc":"2.0","method":"m","id":"a"}', "a"],
  ['{"jsonrpc":"2.0","method":"m","id":""}', ""],
  ['{"jsonrpc":"2.0","method":"m","id":7}', 7],
  ['{"jsonrpc":"2.0","method":"m","id":-0.5}', -0.5],
  ['{"jsonrpc":"2.0","method":"m","id":null}', null],
  ['{"jsonrpc":"2.0","method":"m"}', undefined],
  ['{"jsonrpc":"2.0","method":"m","id":{}}', null],
  ['{"jsonrpc":"2.0","method":"m","id":[1]}', null],
  ['{"jsonrpc":"2.0","method":"m","id":true}', null],
  ['{"id":"not even a call"}', "not even a call"],
  [' \n{"id":\t1} ', 1],
])("the single call %s has the id %j", (text, id) => {
  expect(parse(text)).toEqual({ ok: true, rpc: { batch: false, calls: [{ id }] } });
});

it("a batch has the ids of its calls in their order", () => {
  expect(parse('[{"id":2},{"id":"b"},{"method":"m"},{"id":null}]')).toEqual({
    ok: true,
    rpc: { batch: true, calls: [{ id: 2 }, { id: "b" }, { id: undefined }, { id: null }] },
  });
});

it("an entry of a batch that is no call counts, and has no id to answer to", () => {
  expect(parse('[1,"x",null,[],{"id":5}]')).toEqual({
    ok: true,
    rpc: {
      batch: true,
      calls: [
        { id: undefined },
        { id: undefined },
        { id: undefined },
        { id: undefined },
        { id: 5 },
      ],
    },
  });
});

it("a batch of one is a batch", () => {
  expect(parse('[{"id":1}]')).toEqual({ ok: true, rpc: { batch: true, calls: [{ id: 1 }] } });
});

test.each(["[]", "1", '"text"', "null", "true"])("%s is an invalid request", (text) => {
  expect(parse(text)).toEqual({ ok: false, code: -32600 });
});

test.each(["", " ", "{", '{"id":1}}', "{'id':1}", "undefined", '\u{feff}{"id":1}'])(
  "%j is a parse error",
  (text) => {
    expect(parse(text)).toEqual({ ok: false, code: -32700 });
  },
);

it("bytes that are not UTF-8 are a parse error", () => {
  const body = Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d);
  expect(parseRpcCalls(body)).toEqual({ ok: false, code: -32700 });
});

it("a member named like one of every object's is no id", () => {
  expect(parse('{"__proto__":{"id":1}}')).toEqual({
    ok: true,
    rpc: { batch: false, calls: [{ id: undefined }] },
  });
});

import { expect, it, test } from "vitest";
import { parseRpcCalls, splitList, UNREADABLE_RPC, type RpcId } from "../../src/core/json-rpc.ts";

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
  expect(parse(text)).toMatchObject({ ok: true, rpc: { batch: false, calls: [{ id }] } });
});

test.each([
  ['{"method":"m"}', "m"],
  ['{"method":"\\u006d"}', "m"],
  ['{"method":"a","method":"b"}', "b"],
  ['{"method":1}', undefined],
  ['{"params":{"method":"m"}}', undefined],
])("the call %s asks for the method %j", (text, method) => {
  expect(parse(text)).toEqual({
    ok: true,
    rpc: { batch: false, calls: [{ id: undefined, method }] },
  });
});

it("a body that could not be read is answered once, to the id null", () => {
  expect(UNREADABLE_RPC).toEqual({ batch: false, calls: [{ id: null }] });
});

it("a batch has the ids of its calls in their order", () => {
  expect(parse('[{"id":2},{"id":"b"},{"method":"m"},{"id":null}]')).toEqual({
    ok: true,
    rpc: { batch: true, calls: [{ id: 2 }, { id: "b" }, { method: "m" }, { id: null }] },
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

test.each([
  ["[]", []],
  ["[1]", ["1"]],
  [' [ 1 ,\n"a" , null ] ', ["1", '"a"', "null"]],
  ['[{"id":1.0,"a":[1,2]},[3,[4,5]],{}]', ['{"id":1.0,"a":[1,2]}', "[3,[4,5]]", "{}"]],
  [String.raw`["],[{","\",","\\\\","é"]`, ['"],[{"', String.raw`"\","`, String.raw`"\\\\"`, '"é"']],
  [String.raw`["a\"b,c",1]`, [String.raw`"a\"b,c"`, "1"]],
  ["[12345678901234567890,1e400,-0]", ["12345678901234567890", "1e400", "-0"]],
])("the entries of %s are taken as they stand", (text, entries) => {
  expect(splitList(text)).toEqual(entries);
});

it("a list of 100,000 entries and one that is nested 100,000 deep are split in no time", () => {
  expect(splitList(`[${"1,".repeat(99_999)}1]`)).toHaveLength(100_000);
  expect(splitList("[".repeat(100_000) + "]".repeat(100_000))).toHaveLength(1);
});

/** Attacks by bodies that are hard to read or never end: rows A122 and A123 of docs/attacks.md. */
import { afterEach, expect, it, test, vi } from "vitest";
import { makeKeyOf, operate, TARGETS, use, watch, type Target } from "../support/attacked.ts";
import { call, makeAccount, manage, OPERATOR } from "../support/gateway.ts";

const [SUBFROST] = TARGETS as [Target];

afterEach(() => {
  vi.restoreAllMocks();
});

const DEEP = '{"a":'.repeat(2000) + "1" + "}".repeat(2000);

/** Bodies that are hard to read, and what management says to them. */
const HARD_BODIES: Readonly<Record<string, readonly [status: number, body: string]>> = {
  "2,000 levels of objects": [400, DEEP],
  "2,000 levels below a member": [400, `{"name":"K","metadata":${DEEP}}`],
  "30,000 levels of lists": [400, "[".repeat(30_000) + "]".repeat(30_000)],
  "30,000 open brackets": [400, "[".repeat(30_000)],
  "a name of 60 KB": [400, `{"name":"${"n".repeat(60_000)}"}`],
  "a name of 64 KiB": [413, `{"name":"${"n".repeat(65_536)}"}`],
  "5,000 members": [400, `{${Array.from({ length: 5000 }, (_, i) => `"m${i}":1`).join()}}`],
  "10,000 members": [413, `{${Array.from({ length: 10_000 }, (_, i) => `"m${i}":1`).join()}}`],
  "5,000 equal members": [400, `{${Array.from({ length: 5000 }, () => '"m":1').join()}}`],
  "a number of 60,000 digits": [400, `{"name":"K","limits":{"minute":${"9".repeat(60_000)}}}`],
  "60,000 backslashes": [400, `{"name":"${"\\\\".repeat(30_000)}"}`],
  "60,000 quotes": [400, '"'.repeat(60_000)],
};

test.each(Object.entries(HARD_BODIES))(
  "A122 management refuses %s at once",
  async (_, [status, body]) => {
    const account = await makeAccount();
    const headers = { ...OPERATOR, "content-type": "application/json" };
    const startMs = performance.now();
    const path = `/manage/v1/accounts/${account}/api-keys`;
    const response = await call(path, { method: "POST", headers, body });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(text.length).toBeLessThan(20_000);
    expect((await manage("GET", `/accounts/${account}/api-keys`)).body.data).toEqual([]);
  },
);

/** The same for JSON-RPC; a body that is a call is the origin's to judge. */
const HARD_CALLS: Readonly<Record<string, readonly [status: number, body: string]>> = {
  "100,000 levels of parameters": [
    200,
    `{"jsonrpc":"2.0","id":1,"method":"m","params":${"[".repeat(100_000)}${"]".repeat(100_000)}}`,
  ],
  "500,000 open brackets": [400, "[".repeat(500_000)],
  "an id of 2,000 levels": [200, `{"jsonrpc":"2.0","id":${DEEP},"method":"m"}`],
  "an own call with 2,000 levels of parameters": [
    400,
    `{"jsonrpc":"2.0","id":1,"method":"admin_createApiKey","params":{"name":"K","metadata":${DEEP}}}`,
  ],
  "a batch of 100,000 numbers": [400, `[${"1,".repeat(99_999)}1]`],
  "more than 1 MiB": [413, `{"jsonrpc":"2.0","id":1,"method":"${"m".repeat(1_048_576)}"}`],
};

test.each(Object.entries(HARD_CALLS))(
  "A122 a JSON-RPC body of %s is judged at once",
  async (_, [status, body]) => {
    const { key, account } = await makeKeyOf(SUBFROST);
    await operate("PATCH", `/accounts/${account}`, { plan: "business" });
    const watched = watch();
    const startMs = performance.now();
    const response = await use(SUBFROST, key, { method: "POST", body });
    const text = await response.text();
    expect(response.status).toBe(status);
    expect(performance.now() - startMs).toBeLessThan(1000);
    expect(watched.reached).toHaveLength(status === 200 ? 1 : 0);
    expect(text.length).toBeLessThan(20_000);
  },
);

it("A123 an endless body to management is read to its limit and no further", async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 4096;
      controller.enqueue(new Uint8Array(4096).fill(0x20));
    },
  });
  const account = await makeAccount();
  const headers = { ...OPERATOR, "content-type": "application/json" };
  const path = `/manage/v1/accounts/${account}/api-keys`;
  const response = await call(path, { method: "POST", headers, body });
  expect(response.status).toBe(413);
  expect(sent).toBeLessThan(256 * 1024);
});

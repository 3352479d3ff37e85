import { expect, it } from "vitest";
import { call, makeAccount, manage, OPERATOR, type Answer } from "../support/gateway.ts";

interface Sent {
  readonly status: number;
  readonly replayed: string | null;
  readonly data: Answer["data"];
}

async function post(path: string, name: string, body: object): Promise<Sent> {
  const response = await call(`/manage/v1${path}`, {
    method: "POST",
    headers: { ...OPERATOR, "content-type": "application/json", "idempotency-key": name },
    body: JSON.stringify(body),
  });
  const { data } = await response.json<Answer>();
  return { status: response.status, replayed: response.headers.get("idempotent-replayed"), data };
}

it("a key that is asked for again is the same key, without its text", async () => {
  const path = `/accounts/${await makeAccount()}/api-keys`;
  const first = await post(path, "order-1", { name: "K", limits: { minute: 1, hour: 2 } });
  const again = await post(path, "order-1", { limits: { hour: 2, minute: 1 }, name: "K" });
  expect([first.status, first.replayed]).toEqual([201, null]);
  expect([again.status, again.replayed]).toEqual([201, "true"]);
  expect(again.data?.id).toBe(first.data?.id);
  expect(again.data).not.toHaveProperty("key");
  const listed = await manage("GET", path);
  expect(listed.body.data).toHaveLength(1);
});

it("the same name with another body is 409 and makes nothing", async () => {
  const path = `/accounts/${await makeAccount()}/api-keys`;
  await post(path, "order-1", { name: "K" });
  expect((await post(path, "order-1", { name: "Other" })).status).toBe(409);
  expect((await manage("GET", path)).body.data).toHaveLength(1);
});

it("another name makes another key", async () => {
  const path = `/accounts/${await makeAccount()}/api-keys`;
  const first = await post(path, "order-1", { name: "K" });
  const second = await post(path, "order-2", { name: "K" });
  expect(second.data?.id).not.toBe(first.data?.id);
});

it("twenty requests of one name at once make one key", async () => {
  const path = `/accounts/${await makeAccount()}/api-keys`;
  const sent = await Promise.all(
    Array.from({ length: 20 }, () => post(path, "order-1", { name: "K" })),
  );
  expect(new Set(sent.map(({ data }) => data?.id)).size).toBe(1);
  expect((await manage("GET", path)).body.data).toHaveLength(1);
});

it("an account that is asked for again is the same account", async () => {
  const name = crypto.randomUUID();
  const first = await post("/accounts", name, { api: "deframe", name: "A" });
  const again = await post("/accounts", name, { api: "deframe", name: "A" });
  expect([first.status, again.status, again.replayed]).toEqual([201, 201, "true"]);
  expect(again.data?.id).toBe(first.data?.id);
  expect((await post("/accounts", name, { api: "deframe", name: "B" })).status).toBe(409);
});

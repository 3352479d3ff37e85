import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { makeAccount, manage } from "../support/gateway.ts";
import { apiWith, workerWith } from "../support/worker-with.ts";

const ACCEPTS = apiWith("deframe", {
  key: { environments: { production: "prod_key_" }, accept_imported: true },
});
const ask = workerWith(ACCEPTS);

afterEach(() => {
  vi.restoreAllMocks();
});

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Imports the key of a text into a new account and answers with what management answered. */
async function importText(
  text: string,
  into?: string,
  idempotencyKey?: string,
): Promise<{ status: number; body: string; id: string }> {
  const account = into ?? (await makeAccount());
  const response = await ask(`/manage/v1/accounts/${account}/api-keys/import`, {
    method: "POST",
    headers: {
      authorization: "Bearer operator-token-of-the-tests-0123456789",
      "content-type": "application/json",
      ...(idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey }),
    },
    body: JSON.stringify({ hash: await sha256(text), name: "Old" }),
  });
  const body = await response.text();
  const { data } = JSON.parse(body) as { data?: { id: string } };
  return { status: response.status, body, id: data?.id ?? "" };
}

/** Until then a call would be remembered as one of a key that there is not. */
async function untilInKv(text: string): Promise<void> {
  const name = `k0:deframe:sha256:${await sha256(text)}`;
  await vi.waitFor(async () => expect(await env.KEYS.get(name)).not.toBeNull());
}

function call(text: string, worker = ask): Promise<Response> {
  return worker("/echo", { headers: { "x-api-key": text } });
}

it("a key of another system works by the hash of its text, and counts like any other", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  const imported = await importText(text);
  expect(imported.status).toBe(201);
  expect(imported.body).not.toContain(text);
  await untilInKv(text);
  await vi.waitFor(async () => expect((await call(text)).status).toBe(200));
  expect((await call(text)).headers.get("x-ratelimit-remaining")).toBe("98");
});

it("a revoked imported key is refused on the next request", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  const { id } = await importText(text);
  await untilInKv(text);
  expect((await call(text)).status).toBe(200);
  await manage("DELETE", `/api-keys/${id}`);
  expect((await call(text)).status).toBe(401);
});

it("KV may tell for 30 seconds that there is none, so that an import works within a minute", async () => {
  const reads = vi.spyOn(env.KEYS, "get");
  await call(`legacy-${crypto.randomUUID()}`);
  expect(reads.mock.calls.map(([, options]) => options)).toEqual([{ cacheTtl: 30 }]);
});

it("an API that does not accept imported keys does not look them up", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  await importText(text);
  const reads = vi.spyOn(env.KEYS, "get");
  expect((await call(text, workerWith(apiWith("deframe", {})))).status).toBe(401);
  expect(reads).not.toHaveBeenCalled();
});

it("an unknown text costs one KV read however often it comes, and no object call", async () => {
  const fresh = workerWith(ACCEPTS);
  const reads = vi.spyOn(env.KEYS, "get");
  const objects = vi.spyOn(env.KEY_STATE, "getByName");
  for (let i = 0; i < 20; i += 1) await call("nobody-knows-this", fresh);
  expect([reads.mock.calls.length, objects.mock.calls.length]).toEqual([1, 0]);
});

it("the hash itself is no key", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  await importText(text);
  expect((await call(await sha256(text))).status).toBe(401);
});

it("a rotated imported key has a text of its API's own form", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  const { id } = await importText(text);
  const rotated = await manage("POST", `/api-keys/${id}/rotate`, {});
  expect(rotated.body.data?.key).toMatch(/^prod_key_[0-9A-Za-z]{40}$/);
  expect((await call(rotated.body.data?.key ?? "")).status).toBe(200);
});

test.each(["", "abc", "z".repeat(64), "a".repeat(63)])("the hash %j is refused", async (hash) => {
  const account = await makeAccount();
  const path = `/accounts/${account}/api-keys/import`;
  const { status, body } = await manage("POST", path, { hash, name: "n" });
  expect(status).toBe(400);
  expect(body.error?.details?.[0]?.field).toBe("hash");
});

it("an import into an account whose API does not accept it is 409 and says what to set", async () => {
  const path = `/accounts/${await makeAccount()}/api-keys/import`;
  const { status, body } = await manage("POST", path, { hash: "a".repeat(64), name: "n" });
  expect(status).toBe(409);
  expect(body.error?.message).toContain("accept_imported");
});

it("a hash that is held by a key in force is not imported twice", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  await importText(text);
  await untilInKv(text);
  await vi.waitFor(async () => expect((await call(text)).status).toBe(200));
  expect((await importText(text)).status).toBe(409);
  expect((await call(text)).status).toBe(200);
});

it("an import that is asked for again is the same, but no other account's, with whatever Idempotency-Key", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  const account = await makeAccount();
  const first = await importText(text, account, "import-1");
  await untilInKv(text);
  await vi.waitFor(async () => expect((await call(text)).status).toBe(200));
  const again = await importText(text, account, "import-1");
  expect([again.status, again.id]).toEqual([201, first.id]);
  expect((await importText(text, undefined, "import-2")).status).toBe(409);
  expect((await importText(text, account, "import-3")).status).toBe(409);
});

it("an account imports a hash once, also while KV does not know of it yet", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  const account = await makeAccount();
  vi.spyOn(env.KEYS, "get").mockResolvedValue(null as never);
  expect((await importText(text, account)).status).toBe(201);
  const { status, body } = await importText(text, account);
  expect(status).toBe(409);
  expect(body).toContain("the account has an unrevoked key of this hash");
});

it("a hash that was revoked and imported again works where it was refused before", async () => {
  const text = `legacy-${crypto.randomUUID()}`;
  const first = await importText(text);
  await untilInKv(text);
  await vi.waitFor(async () => expect((await call(text)).status).toBe(200));
  await manage("DELETE", `/api-keys/${first.id}`);
  expect((await call(text)).status).toBe(401);
  await vi.waitFor(async () => expect((await importText(text)).status).toBe(201));
  await vi.waitFor(async () => expect((await call(text)).status).toBe(200));
});

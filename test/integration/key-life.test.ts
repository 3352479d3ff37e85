import { env } from "cloudflare:workers";
import { afterEach, expect, it, test, vi } from "vitest";
import { echo, makeKey, manage } from "../support/gateway.ts";
import { workerWith } from "../support/worker-with.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

/** KV goes on answering with what it holds now. */
async function freezeKv(): Promise<void> {
  const { keys } = await env.KEYS.list();
  const frozen = new Map<string, string | null>();
  for (const { name } of keys) frozen.set(name, await env.KEYS.get(name));
  const stale = async (name: string): Promise<string | null> => frozen.get(name) ?? null;
  vi.spyOn(env.KEYS, "get").mockImplementation(stale as never);
}

async function codeOf(response: Response): Promise<unknown> {
  const { error } = await response.json<{ error?: { code: unknown } }>();
  return error?.code;
}

it("a disabled key is refused and an enabled one admitted on the next request", async () => {
  const { id, key } = await makeKey();
  await echo(key);
  await freezeKv();
  expect((await manage("PATCH", `/api-keys/${id}`, { enabled: false })).status).toBe(200);
  expect(await codeOf(await echo(key))).toBe("DISABLED_KEY");
  await manage("PATCH", `/api-keys/${id}`, { enabled: null });
  expect((await echo(key)).status).toBe(200);
});

it("new limits are in force on the next request, and null restores the API's", async () => {
  const { id, key } = await makeKey({ limits: { minute: 50 } });
  await echo(key);
  await freezeKv();
  await manage("PATCH", `/api-keys/${id}`, { limits: { minute: 2 } });
  expect((await echo(key)).headers.get("ratelimit-policy")).toBe('"minute";q=2;w=60');
  expect((await echo(key)).status).toBe(429);
  await manage("PATCH", `/api-keys/${id}`, { limits: null });
  // This isolate remembers for 5 seconds that the key is over its limit; another one asks.
  const restored = await workerWith({})("/echo", { headers: { "x-api-key": key } });
  expect(restored.status).toBe(200);
  expect(restored.headers.get("x-ratelimit-remaining")).toBe("97");
});

it("PATCH replaces a named member whole and keeps the others", async () => {
  const { id } = await makeKey({ metadata: { a: "1", b: "2" }, permissions: ["x"] });
  const { body } = await manage("PATCH", `/api-keys/${id}`, { metadata: { a: "3" }, name: "N" });
  expect(body.data).toMatchObject({
    name: "N",
    metadata: { a: "3" },
    permissions: ["x"],
    version: 2,
  });
});

it("new permissions reach the origin on the next request", async () => {
  const { id, key } = await makeKey({ permissions: ["read"] });
  await echo(key);
  await manage("PATCH", `/api-keys/${id}`, { permissions: ["read", "write"] });
  const { headers } = await (await echo(key)).json<{ headers: Record<string, string> }>();
  expect(headers["x-authz-permissions"]).toBe("read write");
});

it("a rotated key has another text and the same id, counts and history", async () => {
  const { id, key } = await makeKey({ limits: { minute: 10 } });
  await echo(key);
  await freezeKv();
  const rotated = await manage("POST", `/api-keys/${id}/rotate`, {});
  expect(rotated.status).toBe(200);
  const { data } = rotated.body;
  expect(data?.id).toBe(id);
  expect(data?.key).not.toBe(key);
  expect(data?.key.slice(0, 21)).toBe(key.slice(0, 21));
  const both = [await echo(data?.key ?? ""), await echo(key)];
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  expect(both[1]?.headers.get("x-ratelimit-remaining")).toBe("7");
});

it("the old text works until the grace ends and is revoked from then on", async () => {
  const { id, key } = await makeKey();
  await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 1 });
  expect((await echo(key)).status).toBe(200);
  await scheduler.wait(1050);
  expect(await codeOf(await echo(key))).toBe("API_KEY_REVOKED");
});

it("without a grace the old text is revoked at once", async () => {
  const { id, key } = await makeKey();
  await echo(key);
  const { body } = await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 0 });
  expect(await codeOf(await echo(key))).toBe("API_KEY_REVOKED");
  expect((await echo(body.data?.key ?? "")).status).toBe(200);
});

it("a second rotation ends the oldest text at once", async () => {
  const { id, key: first } = await makeKey();
  const second = (await manage("POST", `/api-keys/${id}/rotate`, {})).body.data?.key ?? "";
  const third = (await manage("POST", `/api-keys/${id}/rotate`, {})).body.data?.key ?? "";
  expect(await codeOf(await echo(first))).toBe("API_KEY_REVOKED");
  expect((await echo(second)).status).toBe(200);
  expect((await echo(third)).status).toBe(200);
});

it("GET shows whether the old text is still used", async () => {
  const { id, key } = await makeKey();
  const { body } = await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: 3600 });
  const before = await manage("GET", `/api-keys/${id}`);
  expect(before.body.data?.["previous_key"]).toMatchObject({ last_used: null });
  await echo(body.data?.key ?? "");
  expect((await manage("GET", `/api-keys/${id}`)).body.data?.["previous_key"]).toMatchObject({
    last_used: null,
  });
  await echo(key);
  const after = await manage("GET", `/api-keys/${id}`);
  const previous = after.body.data?.["previous_key"] as { last_used: string; expires_at: string };
  expect(Date.parse(previous.last_used)).toBeGreaterThan(Date.now() - 10_000);
  expect(Date.parse(previous.expires_at)).toBeGreaterThan(Date.now() + 3_590_000);
});

test.each([
  ["PATCH", "", { name: "x" }],
  ["PATCH", "", { enabled: true }],
  ["POST", "/rotate", {}],
])("%s %s of a revoked key is 409 and changes nothing", async (method, route, body) => {
  const { id, key } = await makeKey();
  await manage("DELETE", `/api-keys/${id}`);
  const refused = await manage(method, `/api-keys/${id}${route}`, body);
  expect([refused.status, refused.body.error?.code]).toEqual([409, "conflict"]);
  expect(await codeOf(await echo(key))).toBe("API_KEY_REVOKED");
});

test.each([{}, { nickname: "x" }, { name: "" }, { limits: { minute: 0 } }, { enabled: "yes" }])(
  "PATCH with %j is 400 and changes nothing",
  async (body) => {
    const { id } = await makeKey();
    expect((await manage("PATCH", `/api-keys/${id}`, body)).status).toBe(400);
    expect((await manage("GET", `/api-keys/${id}`)).body.data?.["version"]).toBe(1);
  },
);

test.each([-1, 1.5, 2_592_001, "60"])("a grace of %j seconds is refused", async (grace) => {
  const { id } = await makeKey();
  const { status } = await manage("POST", `/api-keys/${id}/rotate`, { grace_seconds: grace });
  expect(status).toBe(400);
});

/** F44: what is kept for statistics alone cannot be written or told. No request is answered otherwise. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { codeOf, openEdge } from "../../support/edge.ts";
import { keyStateOf, makeKey } from "../../support/gateway.ts";
import { catchLog, type LogLine } from "../../support/log.ts";

let log: readonly LogLine[];

beforeEach(() => {
  log = catchLog();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const HOUR_MS = 3_600_000;

it("F44 usage that cannot be stored is lost, and takes neither the request nor its count with it", async () => {
  const { id, key } = await makeKey({ limits: { day: 3 } });
  const edge = openEdge();
  expect((await edge.ask(key)).status).toBe(200);
  await runInDurableObject(keyStateOf(id), (_, { storage: { sql } }) => {
    sql.exec("DROP TABLE usage_minutes; DROP TABLE usage_hours");
  });
  // With the first request of another hour the one before is stored.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR_MS });
  const statuses = [];
  for (let sent = 0; sent < 3; sent += 1) statuses.push((await edge.ask(key)).status);
  expect([statuses, edge.forwarded]).toEqual([[200, 200, 429], 3]);
  expect(log).toMatchObject([{ level: "warn", event: "usage_lost", hours: 1 }]);
});

it("F44 what was seen of answers cannot be told: the key's requests are served", async () => {
  const { key } = await makeKey();
  const { promise: waited, resolve } = Promise.withResolvers<void>();
  vi.spyOn(scheduler, "wait").mockReturnValue(waited);
  const edge = openEdge();
  for (let sent = 0; sent < 9; sent += 1) expect((await edge.ask(key)).status).toBe(200);
  const gone = { observe: () => Promise.reject(new Error("gone")) };
  vi.spyOn(env.KEY_STATE, "getByName").mockReturnValueOnce(gone as never);
  resolve();
  await vi.waitFor(() => expect(log).toMatchObject([{ level: "warn", event: "usage_lost" }]));
  expect((await edge.ask(key)).status).toBe(200);
  expect(edge.forwarded).toBe(10);
});

it("F44 refusals of strangers cannot be told to the directory: they are refused all the same", async () => {
  vi.spyOn(scheduler, "wait").mockResolvedValue(undefined);
  const directory = vi.spyOn(env.DIRECTORY, "getByName").mockImplementation(() => {
    throw new Error("gone");
  });
  const edge = openEdge();
  expect(await codeOf(await edge.ask("prod_key_made-up"))).toBe("INVALID_API_KEY");
  await vi.waitFor(() => expect(log).toMatchObject([{ level: "warn", event: "strays_lost" }]));
  expect(directory).toHaveBeenCalled();
  expect(await codeOf(await edge.ask("prod_key_made-up"))).toBe("INVALID_API_KEY");
  expect(edge.forwarded).toBe(0);
});

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { echo, keyStateOf, makeKey } from "../support/gateway.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

it("an object written by newer code answers 503 and keeps its data", async () => {
  const { id, key } = await makeKey();
  await runInDurableObject(keyStateOf(id), (_, state) => {
    state.storage.sql.exec("UPDATE schema_version SET version = 99");
  });
  await evictDurableObject(keyStateOf(id));
  expect((await echo(key)).status).toBe(503);
});

/** The configuration's `environments`: which keys an API accepts, as on a production host. */
import { expect, it, test } from "vitest";
import { makeKey } from "../support/gateway.ts";
import { apiWith, deframeWith, workerWith } from "../support/worker-with.ts";

const SENTENCE = "Keys of this environment are not accepted here.";

function askExample(worker: ReturnType<typeof workerWith>, key: string): Promise<Response> {
  return worker("/v1/users/usr_123", { headers: { authorization: `Bearer ${key}` } });
}

test.each<[string, object]>([
  ["nested-error", { error: { code: "ENVIRONMENT_MISMATCH", message: SENTENCE, httpStatus: 403 } }],
  ["detail", { detail: SENTENCE }],
  ["success-flag", { success: false, error: { code: "environment_mismatch", message: SENTENCE } }],
  [
    "json-rpc",
    {
      jsonrpc: "2.0",
      error: { code: -32003, message: SENTENCE, data: { reason: "environment_mismatch" } },
      id: null,
    },
  ],
  [
    "problem",
    {
      type: "urn:edge-authorizer:problem:environment_mismatch",
      title: "Environment mismatch",
      status: 403,
      detail: SENTENCE,
      reason: "environment_mismatch",
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  ],
])("a key of another environment is 403 in the dialect %s", async (dialect, body) => {
  const { key } = await makeKey({ environment: "staging" });
  const worker = workerWith(deframeWith({ dialect, environments: ["production"] }));
  const response = await worker("/strategies", { headers: { "x-api-key": key } });
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual(body);
});

test.each([
  [["live"], "live", 200],
  [["live"], "test", 403],
  [["test"], "live", 403],
  [["test", "live"], "test", 200],
  [undefined, "test", 200],
])("where %j is accepted, a %s key is answered %i", async (environments, environment, status) => {
  const { key } = await makeKey({ environment }, undefined, "example");
  const fields = environments === undefined ? {} : { environments };
  const worker = workerWith(apiWith("example", fields));
  expect((await askExample(worker, key)).status).toBe(status);
});

it("a refused key of another environment is charged nothing, however often it comes", async () => {
  const { key } = await makeKey({ environment: "test" }, undefined, "example");
  const worker = workerWith(apiWith("example", { environments: ["live"] }));
  await askExample(worker, key);
  const response = await askExample(worker, key);
  expect(response.status).toBe(403);
  expect(response.headers.get("x-ratelimit-remaining")).toBe("100");
  expect(response.headers.has("retry-after")).toBe(false);
});

it("an expired key of another environment is told that it has expired", async () => {
  const { key } = await makeKey(
    { environment: "test", expires_at: new Date(Date.now() + 200).toISOString() },
    undefined,
    "example",
  );
  await scheduler.wait(250);
  const worker = workerWith(apiWith("example", { environments: ["live"] }));
  const response = await askExample(worker, key);
  expect(response.status).toBe(401);
  expect(await response.json()).toMatchObject({ error: { code: "expired_key" } });
});

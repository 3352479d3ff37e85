/** The published page of `deframe`, as a client meets it: real axios against the real server. */
// oxlint-disable import/no-named-as-default-member -- the page's own code calls axios.create
import axios, { type AxiosInstance } from "axios";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createKey, manage } from "../support/manage.ts";
import { startServer, type RunningServer } from "../support/server.ts";

let server: RunningServer;

beforeAll(async () => {
  server = await startServer();
});

afterAll(async () => {
  await server.stop();
});

/** A client that gives back refusals instead of throwing them. */
function createClient(headers: Record<string, string>): AxiosInstance {
  return axios.create({ baseURL: server.url, headers, validateStatus: () => true });
}

it("runs the page's first example", async () => {
  const { key } = await createKey(server, "deframe");
  const deframe = axios.create({
    baseURL: server.url,
    headers: {
      "x-api-key": key,
    },
  });

  const response = await deframe.get("/strategies");

  expect(response.status).toBe(200);
  expect(response.data).toMatchObject({ data: expect.any(Array) });
});

it("tells the rate limit in the three headers of the page", async () => {
  const { key } = await createKey(server, "deframe");
  const client = createClient({ "x-api-key": key });
  const beforeSeconds = Math.floor(Date.now() / 1000);

  const first = await client.get("/strategies");
  const second = await client.get("/strategies");

  expect(first.headers["x-ratelimit-limit"]).toBe("100");
  expect(first.headers["x-ratelimit-remaining"]).toBe("99");
  expect(second.headers["x-ratelimit-remaining"]).toBe("98");
  const reset = Number(first.headers["x-ratelimit-reset"]);
  expect(reset).toBeGreaterThanOrEqual(beforeSeconds + 60);
  expect(reset).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + 60);
  expect(second.headers["x-ratelimit-reset"]).toBe(first.headers["x-ratelimit-reset"]);
});

it("admits 100 requests a minute and refuses the 101st in the page's words", async () => {
  const { key } = await createKey(server, "deframe");
  const client = createClient({ "x-api-key": key });
  for (let count = 1; count <= 100; count += 1) {
    const { status } = await client.get("/strategies");
    expect(status, `request ${count}`).toBe(200);
  }

  const refused = await client.get("/strategies");

  expect(refused.status).toBe(429);
  const retryAfter = Number(refused.headers["retry-after"]);
  expect(retryAfter).toBeGreaterThanOrEqual(1);
  expect(retryAfter).toBeLessThanOrEqual(60);
  expect(refused.data).toEqual({
    error: {
      code: "RATE_LIMIT_EXCEEDED",
      message: "Rate limit exceeded. Please wait before making more requests.",
      httpStatus: 429,
      details: {
        retryAfter,
      },
    },
  });
  expect(refused.headers["x-ratelimit-remaining"]).toBe("0");
});

it("runs the page's retry after a 429, which then succeeds", async () => {
  const { key } = await createKey(server, "deframe", { limits: { second: 2 } });
  const log = vi.spyOn(console, "log").mockImplementation(() => {});
  const deframe = axios.create({
    baseURL: server.url,
    headers: { "x-api-key": key },
  });

  // Add rate limit handling
  deframe.interceptors.response.use(
    (response) => response,
    async (error) => {
      if (error.response?.status === 429) {
        const retryAfter = error.response.data.error.details.retryAfter;
        console.log(`Rate limited. Retrying after ${retryAfter}s...`);

        await new Promise((resolve) => setTimeout(resolve, retryAfter * 1000));

        // Retry the request
        return deframe(error.config);
      }
      return Promise.reject(error);
    },
  );

  const responses = await Promise.all([
    deframe.get("/strategies"),
    deframe.get("/strategies"),
    deframe.get("/strategies"),
  ]);

  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(log.mock.calls).toEqual([["Rate limited. Retrying after 1s..."]]);
  log.mockRestore();
});

it("refuses a request without a key", async () => {
  const { status, data, headers } = await createClient({}).get("/strategies");
  expect(status).toBe(401);
  expect(data).toMatchObject({ error: { code: "MISSING_API_KEY", httpStatus: 401 } });
  expect(headers["www-authenticate"]).toContain('header="x-api-key"');
  expect(headers).not.toHaveProperty("x-ratelimit-limit");
});

it("refuses a Bearer prefix inside x-api-key and says so", async () => {
  const { key } = await createKey(server, "deframe");
  const { status, data } = await createClient({ "x-api-key": `Bearer ${key}` }).get("/strategies");
  expect(status).toBe(401);
  expect(data).toMatchObject({
    error: { code: "INVALID_API_KEY", message: expect.stringContaining("Bearer"), httpStatus: 401 },
  });
});

it("refuses a key in the Authorization header and names the right one", async () => {
  const { key } = await createKey(server, "deframe");
  const { status, data } = await createClient({ Authorization: key }).get("/strategies");
  expect(status).toBe(401);
  expect(data).toMatchObject({
    error: { message: expect.stringContaining("x-api-key"), httpStatus: 401 },
  });
});

it("refuses a key that does not exist", async () => {
  const { status, data } = await createClient({ "x-api-key": "your-api-key" }).get("/strategies");
  expect(status).toBe(401);
  expect(data).toMatchObject({ error: { code: "INVALID_API_KEY", httpStatus: 401 } });
});

it("refuses a revoked key on the very next request", async () => {
  const { key, id } = await createKey(server, "deframe");
  const client = createClient({ "x-api-key": key });
  expect((await client.get("/strategies")).status).toBe(200);

  await manage(server, "DELETE", `/api-keys/${id}`);

  const { status, data } = await client.get("/strategies");
  expect(status).toBe(401);
  expect(data).toMatchObject({ error: { code: "API_KEY_REVOKED", httpStatus: 401 } });
});

it("refuses the keys of a suspended account with 403 on the very next request", async () => {
  const { key, account } = await createKey(server, "deframe");
  const client = createClient({ "x-api-key": key });
  expect((await client.get("/strategies")).status).toBe(200);

  await manage(server, "POST", `/accounts/${account}/suspend`, {});

  const { status, data } = await client.get("/strategies");
  expect(status).toBe(403);
  expect(data).toMatchObject({ error: { code: "SUSPENDED_ACCOUNT", httpStatus: 403 } });
});

it("forwards neither the key nor a forged identity, and tells the origin who calls", async () => {
  const { key, id, account } = await createKey(server, "deframe", { environment: "staging" });
  const client = createClient({ "x-api-key": key, "x-authz-account-id": "someone-else" });
  const { data } = await client.post("/echo/deeper?q=1", { hello: "world" });
  expect(key).toMatch(/^stg_key_/);
  expect(JSON.stringify(data)).not.toContain(key);
  expect(data).toMatchObject({
    method: "POST",
    url: expect.stringMatching(/\/echo\/deeper\?q=1$/),
    headers: {
      "x-authz-key-id": id,
      "x-authz-account-id": account,
      "x-authz-environment": "staging",
      "x-authz-api": "deframe",
    },
    body: '{"hello":"world"}',
  });
});

/** Alerts on their way to an account's webhook: signed, tried again, and never sent where they must not. */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, test, vi, type MockInstance } from "vitest";
import { echoFrom, takeClock, tellAccount, wakeAccount, type Clock } from "../support/alerts.ts";
import { inAccount } from "../support/faults.ts";
import { call, makeAccount, makeKey, manage, OPERATOR, type Answer } from "../support/gateway.ts";
import { isGenuine } from "../support/webhook-receiver.ts";
import { workerWith } from "../support/worker-with.ts";

const URL_SET = "https://hooks.example.com/secret-path/alerts";
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

let clock: Clock;
let posts: MockInstance<typeof fetch>;

beforeEach(() => {
  clock = takeClock();
  posts = vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("thanks"));
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Webhook {
  readonly url: string;
  readonly enabled: boolean;
  readonly secret_made_at: string;
  readonly secret?: string;
}

async function setWebhook(account: string, webhook: unknown): Promise<Webhook | null> {
  const { status, body } = await manage("PUT", `/accounts/${account}/alerts`, { webhook });
  if (status !== 200) throw new Error(`the webhook was answered ${status}`);
  return body.data?.["webhook"] as Webhook | null;
}

/** An account with a webhook, one of whose keys has just come near its limit: an event is to be sent. */
async function makeFinding(): Promise<{
  readonly account: string;
  readonly id: string;
  readonly secret: string;
}> {
  const { id, key, account } = await makeKey({ limits: { hour: 4 } });
  const webhook = await setWebhook(account, { url: URL_SET });
  for (let sent = 0; sent < 4; sent += 1) await echoFrom(key, "203.0.113.7");
  await tellAccount(clock, id);
  return { account, id, secret: webhook?.secret ?? "" };
}

/** The attempts so far, as a receiver sees them. */
async function received(): Promise<
  readonly { readonly headers: Headers; readonly body: string }[]
> {
  return Promise.all(
    posts.mock.calls.map(async ([url, init]) => {
      const request = new Request(url, init);
      return { headers: request.headers, body: await request.text() };
    }),
  );
}

async function deliveriesOf(account: string): Promise<readonly unknown[]> {
  const { body } = await manage("GET", `/accounts/${account}/alerts/events`);
  const events = body.data as unknown as readonly Record<string, unknown>[];
  return events.map(({ delivery }) => delivery).toReversed();
}

/** Attempts are not waited for by the alarm that makes them. */
async function expectDeliveries(account: string, deliveries: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await deliveriesOf(account)).toEqual(deliveries), 5000);
}

async function expectPosts(count: number): Promise<void> {
  await vi.waitFor(() => expect(posts).toHaveBeenCalledTimes(count), 5000);
}

describe("the secret of a webhook", () => {
  it("is shown when it is made, and never again", async () => {
    const account = await makeAccount();
    const made = await setWebhook(account, { url: URL_SET });
    expect(made).toEqual({
      url: URL_SET,
      enabled: true,
      secret_made_at: new Date(clock.now()).toISOString(),
      secret: expect.stringMatching(/^whsec_[\w+/]{43}=$/),
    });
    const moved = await setWebhook(account, { url: "https://other.example.com/" });
    expect(moved).not.toHaveProperty("secret");
    expect(moved?.secret_made_at).toBe(made?.secret_made_at);
    const { body } = await manage("GET", `/accounts/${account}/alerts`);
    expect(body.data?.["webhook"]).toEqual(moved);
  });

  it("is another when that is asked for, and when there was none", async () => {
    const account = await makeAccount();
    const secrets = [
      await setWebhook(account, { url: URL_SET }),
      await setWebhook(account, { url: URL_SET, new_secret: true }),
      await setWebhook(account, null),
      await setWebhook(account, { url: URL_SET }),
    ].map((webhook) => webhook?.secret);
    expect(secrets[2]).toBeUndefined();
    expect(new Set(secrets).size).toBe(4);
  });

  it("is stored encrypted, and neither it nor the URL's path is in the audit log", async () => {
    const { account, secret } = await makeFinding();
    const stored = await inAccount(account, ({ sql }) =>
      ["alert_settings", "alert_events", "alert_state", "audit"].map((table) =>
        JSON.stringify(sql.exec(`SELECT * FROM ${table}`).toArray()),
      ),
    );
    expect(stored.join("")).not.toContain(secret.slice("whsec_".length, -1));
    expect(stored[0]).toContain("secret-path");
    expect(stored[3]).not.toContain("secret-path");
    const { body } = await manage("GET", `/accounts/${account}/audit?limit=1`);
    const [entry] = body.data as unknown as readonly Record<string, unknown>[];
    expect(entry).toMatchObject({
      action: "account.alerts",
      before: { webhook: null },
      after: { webhook: "https://hooks.example.com/***", webhook_enabled: true },
    });
  });
});

describe("an event", () => {
  it("is posted as Standard Webhooks describes, signed with the secret that was shown", async () => {
    const { account, id, secret } = await makeFinding();
    expect(await deliveriesOf(account)).toEqual(["pending"]);
    await wakeAccount(clock, account, 0);
    await expectDeliveries(account, ["delivered"]);
    const [message] = await received();
    const { headers, body } = message ?? { headers: new Headers(), body: "" };
    expect(posts.mock.calls[0]?.[0]).toBe(URL_SET);
    expect(posts.mock.calls[0]?.[1]?.method).toBe("POST");
    expect(headers.get("content-type")).toBe("application/json");
    expect(await isGenuine(headers, body, secret, clock.now() / 1000)).toBe(true);
    const event = JSON.parse(body) as { data: { id: string } };
    expect(event).toMatchObject({
      type: "alert.started",
      data: { account, rule: "near_limit", key: id, phase: "started" },
    });
    expect(headers.get("webhook-id")).toBe(event.data.id);
  });

  it("is signed with the new secret once there is one", async () => {
    const { account } = await makeFinding();
    const renewed = await setWebhook(account, { url: URL_SET, new_secret: true });
    await wakeAccount(clock, account, 0);
    await expectPosts(1);
    const [message] = await received();
    const { headers, body } = message ?? { headers: new Headers(), body: "" };
    expect(await isGenuine(headers, body, renewed?.secret ?? "", clock.now() / 1000)).toBe(true);
  });

  it("that is not taken is sent again under the same id, until it is", async () => {
    const { account, secret } = await makeFinding();
    posts.mockImplementationOnce(async () => new Response("", { status: 503 }));
    posts.mockImplementationOnce(async () => Promise.reject(new Error("connection refused")));
    await wakeAccount(clock, account, 0);
    await expectPosts(1);
    await wakeAccount(clock, account, 19_000);
    expect(posts).toHaveBeenCalledTimes(1);
    await wakeAccount(clock, account, 1000);
    await expectPosts(2);
    expect(await deliveriesOf(account)).toEqual(["pending"]);
    await evictDurableObject(env.ACCOUNT.getByName(account));
    await wakeAccount(clock, account, MINUTE_MS);
    await expectDeliveries(account, ["delivered"]);
    const messages = await received();
    expect(new Set(messages.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
    const last = messages.at(-1) ?? { headers: new Headers(), body: "" };
    expect(await isGenuine(last.headers, last.body, secret, clock.now() / 1000)).toBe(true);
    await wakeAccount(clock, account, HOUR_MS);
    expect(posts.mock.calls.length).toBeLessThan(5);
  });

  it("that is never taken is given up after a day, and shown as that", async () => {
    const { account } = await makeFinding();
    posts.mockImplementation(async () => new Response("", { status: 500 }));
    await wakeAccount(clock, account, 0);
    const startMs = clock.now();
    for (let attempts = 1; (await deliveriesOf(account))[0] === "pending"; attempts += 1) {
      const due = await inAccount(account, ({ sql }) =>
        Number(sql.exec("SELECT due_ms FROM alert_events ORDER BY seq LIMIT 1").one()["due_ms"]),
      );
      await wakeAccount(clock, account, Math.max(0, due - clock.now()));
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (attempts > 20) throw new Error("it is never given up");
    }
    const hours = (clock.now() - startMs) / HOUR_MS;
    expect(hours).toBeGreaterThan(23);
    expect(hours).toBeLessThan(25);
    const { body } = await manage("GET", `/accounts/${account}/alerts/events`);
    const [first] = (body.data as unknown as readonly Record<string, string>[]).toReversed();
    const ids = (await received()).map(({ headers }) => headers.get("webhook-id"));
    expect(ids.filter((id) => id === first?.["id"])).toHaveLength(9);
  });

  it("is not sent where there is no webhook, or none any more", async () => {
    const { account, id } = await makeFinding();
    await setWebhook(account, null);
    await wakeAccount(clock, account, 0);
    expect(await deliveriesOf(account)).toEqual(["none"]);
    await wakeAccount(clock, account, 2 * HOUR_MS);
    expect(await deliveriesOf(account)).toEqual(["none", "none"]);
    expect(posts).not.toHaveBeenCalled();
    expect(id).toMatch(/^key_/);
  });

  it("waits for nothing: a webhook that does not answer holds up no change of the account", async () => {
    const { account, id } = await makeFinding();
    posts.mockImplementation(async () => {
      await scheduler.wait(3000);
      return new Response("");
    });
    await wakeAccount(clock, account, 0);
    await expectPosts(1);
    expect((await manage("DELETE", `/api-keys/${id}`)).status).toBe(200);
    await runDurableObjectAlarm(env.ACCOUNT.getByName(account));
    expect(await deliveriesOf(account)).toEqual(["pending"]);
    expect(posts).toHaveBeenCalledTimes(1);
  });
});

it("a 410 of a URL that was replaced meanwhile leaves the new one on", async () => {
  const { account } = await makeFinding();
  const { promise: answered, resolve } = Promise.withResolvers<Response>();
  posts.mockImplementationOnce(() => answered);
  await wakeAccount(clock, account, MINUTE_MS);
  const replaced = await setWebhook(account, { url: "https://new.example.com/alerts" });
  resolve(new Response("", { status: 410 }));
  await scheduler.wait(50);
  const { body } = await manage("GET", `/accounts/${account}/alerts`);
  expect([replaced?.enabled, body.data?.["webhook"]]).toMatchObject([
    true,
    { url: "https://new.example.com/alerts", enabled: true },
  ]);
});

describe("a webhook that answers 410", () => {
  it("is switched off, which the audit log tells, until it is switched on again", async () => {
    const { account } = await makeFinding();
    posts.mockImplementation(async () => new Response("", { status: 410 }));
    await wakeAccount(clock, account, 0);
    await expectDeliveries(account, ["failed"]);
    const { body: alerts } = await manage("GET", `/accounts/${account}/alerts`);
    expect(alerts.data?.["webhook"]).toMatchObject({ url: URL_SET, enabled: false });
    const { body } = await manage("GET", `/accounts/${account}/audit?limit=1`);
    const [entry] = body.data as unknown as readonly Record<string, unknown>[];
    expect(entry).toMatchObject({
      actor: "authorizer",
      action: "account.alerts",
      before: { webhook_enabled: true },
      after: { webhook_enabled: false },
    });
    await wakeAccount(clock, account, 2 * HOUR_MS);
    expect(await deliveriesOf(account)).toEqual(["failed", "none"]);
    expect(posts).toHaveBeenCalledTimes(1);
    const again = await setWebhook(account, { url: URL_SET });
    expect(again).toMatchObject({ enabled: true });
    expect(again).not.toHaveProperty("secret");
  });
});

function fieldsOf({ error }: Answer): readonly string[] {
  return error?.details?.map(({ field }) => field) ?? [];
}

test.each([
  [{ url: "https://169.254.169.254/latest/meta-data/" }, ["webhook.url"]],
  [{ url: "https://[::ffff:169.254.169.254]/" }, ["webhook.url"]],
  [{ url: "https://2852039166/" }, ["webhook.url"]],
  [{ url: "https://10.0.0.1/" }, ["webhook.url"]],
  [{ url: "https://metadata.google.internal/" }, ["webhook.url"]],
  [{ url: "http://hooks.example.com/" }, ["webhook.url"]],
  [{ url: "https://user:pass@hooks.example.com/" }, ["webhook.url"]],
  [{ url: "hooks.example.com" }, ["webhook.url"]],
  [{ url: 1 }, ["webhook.url"]],
  [{}, ["webhook.url"]],
  [{ url: URL_SET, secret: "whsec_of_my_own" }, ["webhook.secret"]],
  [{ url: URL_SET, enabled: "yes" }, ["webhook.enabled"]],
  ["https://hooks.example.com/", ["webhook"]],
])("A101 the webhook %j is refused, and nothing is set", async (webhook, fields) => {
  const account = await makeAccount();
  const path = `/accounts/${account}/alerts`;
  const { status, body } = await manage("PUT", path, { webhook, rules: { new_ip: {} } });
  expect([status, fieldsOf(body)]).toEqual([400, fields]);
  expect((await manage("GET", path)).body.data?.["webhook"]).toBeNull();
});

test.each(["http://127.0.0.1:9000/", "http://localhost:9000/", "https://[::1]/"])(
  "A101 the webhook %s is for development alone",
  async (url) => {
    const account = await makeAccount();
    const init = {
      method: "PUT",
      headers: { ...OPERATOR, "content-type": "application/json" },
      body: JSON.stringify({ webhook: { url } }),
    };
    const path = `/manage/v1/accounts/${account}/alerts`;
    const outside = await workerWith({ WEBHOOKS_TO_LOOPBACK: false })(path, init);
    expect(outside.status).toBe(400);
    expect((await call(path, init)).status).toBe(200);
  },
);

test.each([301, 302, 303, 307, 308])(
  "A101 an answer of %i to a private address is not followed, and not taken for a delivery",
  async (status) => {
    const { account } = await makeFinding();
    posts.mockImplementationOnce(
      async () =>
        new Response(null, { status, headers: { location: "http://169.254.169.254/latest/" } }),
    );
    await wakeAccount(clock, account, 0);
    await expectPosts(1);
    expect(posts.mock.calls[0]?.[1]?.redirect).toBe("manual");
    await wakeAccount(clock, account, 1000);
    expect(await deliveriesOf(account)).toEqual(["pending"]);
    expect(posts).toHaveBeenCalledTimes(1);
  },
);

it("A101 a webhook that is no allowed target any more is judged again before it is called", async () => {
  const { account } = await makeFinding();
  await inAccount(account, ({ sql }) => {
    const { body } = sql.exec<{ body: string }>("SELECT body FROM alert_settings").one();
    const moved = body.replace("hooks.example.com", "169.254.169.254");
    sql.exec("UPDATE alert_settings SET body = ?", moved);
  });
  await evictDurableObject(env.ACCOUNT.getByName(account));
  await wakeAccount(clock, account, 0);
  await wakeAccount(clock, account, MINUTE_MS);
  expect(posts).not.toHaveBeenCalled();
  expect(await deliveriesOf(account)).toEqual(["pending"]);
});

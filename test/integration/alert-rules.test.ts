/** The routes of an account's alerts: the rules as they are set, and what they have found. */
import { afterEach, describe, expect, it, test, vi } from "vitest";
import { DEFAULT_RULES } from "../../src/core/alert-rules.ts";
import { echoFrom, eventsOf, takeClock, tellAccount } from "../support/alerts.ts";
import { makeAccount, makeKey, manage, type Answer } from "../support/gateway.ts";
import { callAs, memberSession } from "../support/sessions.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** Ten findings about a key, each begun and ended by another rule's being switched off and on. */
async function makeEvents(): Promise<string> {
  const clock = takeClock();
  const { id, key, account } = await makeKey({ limits: { hour: 4 } });
  for (let round = 0; round < 3; round += 1) {
    await manage("PUT", `/accounts/${account}/alerts`, {});
    for (let sent = 0; sent < 4; sent += 1) await echoFrom(key, "203.0.113.7");
    await tellAccount(clock, id);
    await manage("PUT", `/accounts/${account}/alerts`, {
      rules: { near_limit: { enabled: false } },
    });
    clock.pass(3_600_000);
  }
  return account;
}

function fieldsOf({ error }: Answer): readonly string[] {
  return error?.details?.map(({ field }) => field) ?? [];
}

describe("the rules", () => {
  it("of a new account are the defaults", async () => {
    const account = await makeAccount();
    const { status, body } = await manage("GET", `/accounts/${account}/alerts`);
    expect(status).toBe(200);
    expect(body.data).toEqual({ rules: DEFAULT_RULES, webhook: null });
  });

  it("are replaced as a whole: what is left out is its default", async () => {
    const account = await makeAccount();
    const path = `/accounts/${account}/alerts`;
    await manage("PUT", path, { rules: { new_ip: { enabled: false } } });
    const rules = { near_limit: { percent: 50 }, new_country: { enabled: false } };
    const put = await manage("PUT", path, { rules });
    const expected = {
      rules: {
        ...DEFAULT_RULES,
        near_limit: { enabled: true, percent: 50 },
        new_country: { enabled: false },
      },
      webhook: null,
    };
    expect([put.status, put.body.data]).toEqual([200, expected]);
    expect((await manage("GET", path)).body.data).toEqual(expected);
    expect((await manage("PUT", path, {})).body.data).toEqual({
      rules: DEFAULT_RULES,
      webhook: null,
    });
  });

  it("that are set leave an entry in the audit log, those that were so none", async () => {
    const account = await makeAccount();
    const path = `/accounts/${account}/alerts`;
    await manage("PUT", path, { rules: { unused_key: { days: 30 } } });
    await manage("PUT", path, { rules: { unused_key: { days: 30 } } });
    const { body } = await manage("GET", `/accounts/${account}/audit`);
    const entries = body.data as unknown as readonly Record<string, unknown>[];
    expect(entries.map(({ action }) => action)).toEqual(["account.alerts", "account.create"]);
    expect(entries[0]).toMatchObject({
      actor: "operator",
      target: account,
      before: { unused_key: { enabled: true, days: 90 } },
      after: { unused_key: { enabled: true, days: 30 } },
    });
  });

  it("are a member's own affair, too", async () => {
    const account = await makeAccount();
    const session = await memberSession(account);
    const path = `/manage/v1/accounts/${account}/alerts`;
    const put = await callAs(session, "PUT", path, { rules: { near_limit: { percent: 75 } } });
    expect(put.status).toBe(200);
    const { body } = await manage("GET", `/accounts/${account}/audit`);
    const entries = body.data as unknown as readonly Record<string, unknown>[];
    expect(entries[0]).toMatchObject({ actor: `member:${account}`, action: "account.alerts" });
  });

  test.each([
    [{ rule: {} }, ["rule"]],
    [{ rules: { too_slow: {} } }, ["rules.too_slow"]],
    [{ rules: { near_limit: { percent: 0 } } }, ["rules.near_limit.percent"]],
    [{ rules: { near_limit: { percent: 101 } } }, ["rules.near_limit.percent"]],
    [{ rules: { near_limit: { percent: "90" } } }, ["rules.near_limit.percent"]],
    [{ rules: { near_limit: { enabled: 1 } } }, ["rules.near_limit.enabled"]],
    [{ rules: { near_limit: null } }, ["rules.near_limit"]],
    [{ rules: { new_ip: { percent: 5 } } }, ["rules.new_ip.percent"]],
    [{ rules: { high_volume: { factor: 1 } } }, ["rules.high_volume.factor"]],
    [
      { rules: { unused_key: { days: 1.5 }, rotation_due: { test_days: -1 } } },
      ["rules.unused_key.days", "rules.rotation_due.test_days"],
    ],
    [{ rules: "all" }, ["rules"]],
  ])("%j are refused, and each member that is wrong is named", async (body, fields) => {
    const account = await makeAccount();
    const put = await manage("PUT", `/accounts/${account}/alerts`, body);
    expect([put.status, fieldsOf(put.body)]).toEqual([400, fields]);
    const { body: after } = await manage("GET", `/accounts/${account}/alerts`);
    expect(after.data).toEqual({ rules: DEFAULT_RULES, webhook: null });
  });

  test.each([
    ["GET", "/alerts", undefined],
    ["PUT", "/alerts", {}],
    ["GET", "/alerts/events", undefined],
  ])("%s %s of an account that there is not is 404", async (method, path, body) => {
    expect((await manage(method, `/accounts/nobody${path}`, body)).status).toBe(404);
  });
});

describe("what was found", () => {
  it("is told newest first, a page at a time", async () => {
    const account = await makeEvents();
    expect(await eventsOf(account)).toHaveLength(6);
    const path = `/accounts/${account}/alerts/events?limit=4`;
    const first = await manage("GET", path);
    const page = first.body.data as unknown as readonly Record<string, unknown>[];
    const { next_cursor: cursor } = first.body as unknown as { next_cursor: string };
    const second = await manage("GET", `${path}&cursor=${cursor}`);
    const rest = second.body.data as unknown as readonly Record<string, unknown>[];
    expect((second.body as unknown as { next_cursor: unknown }).next_cursor).toBeNull();
    const all = [...page, ...rest];
    expect(all.map(({ phase }) => phase)).toEqual([
      "ended",
      "started",
      "ended",
      "started",
      "ended",
      "started",
    ]);
    expect(new Set(all.map(({ id }) => id)).size).toBe(6);
    expect(all[1]).toEqual({
      id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      rule: "near_limit",
      key: expect.stringMatching(/^key_/),
      phase: "started",
      details: { window: "hour", percent: 100 },
      delivery: "none",
    });
  });

  test.each(["0", "101", "x"])("is not told in pages of %s", async (limit) => {
    const account = await makeAccount();
    const { status, body } = await manage(
      "GET",
      `/accounts/${account}/alerts/events?limit=${limit}`,
    );
    expect([status, fieldsOf(body)]).toEqual([400, ["limit"]]);
  });
});

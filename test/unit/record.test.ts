import { describe, expect, it, test } from "vitest";
import {
  composeRecord,
  decodeRecord,
  keyStatus,
  supersedes,
  versionOf,
} from "../../src/core/record.ts";
import { makeAccount, makeKey, makeRecord } from "../support/records.ts";

const NOW = 1_795_190_400_000;

describe("the status of a key", () => {
  const disabled = { enabled: false };
  const expired = { ...disabled, expiresAtMs: NOW - 1 };
  const revoked = { ...expired, revokedAtMs: NOW - 1 };

  test.each([
    ["active", {}, {}],
    ["disabled", {}, disabled],
    ["expired", {}, expired],
    ["suspended", { suspended: true }, expired],
    ["revoked", { suspended: true }, revoked],
    ["suspended", { suspended: true }, {}],
    ["revoked", {}, { revokedAtMs: NOW - 1 }],
  ])("is %s: the last one that applies", (status, changes, keyChanges) => {
    expect(keyStatus(makeRecord(changes, keyChanges), NOW)).toBe(status);
  });

  it("is expired at the very millisecond", () => {
    const record = makeRecord({}, { expiresAtMs: NOW });
    expect(keyStatus(record, NOW - 1)).toBe("active");
    expect(keyStatus(record, NOW)).toBe("expired");
  });

  it("is revoked whatever the clock says", () => {
    expect(keyStatus(makeRecord({}, { revokedAtMs: NOW }), NOW - 1)).toBe("revoked");
  });
});

describe("the record of a key in its account", () => {
  it("has the key's own limits, as a whole", () => {
    const account = makeAccount({ limits: { minute: 50, hour: 500 } });
    const key = makeKey({ limits: { minute: 10 } });
    expect(composeRecord(account, key).limits).toEqual({ minute: 10 });
  });

  it("has the account's limits when the key has none", () => {
    const account = makeAccount({ limits: { minute: 50 } });
    expect(composeRecord(account, makeKey()).limits).toEqual({ minute: 50 });
  });

  it("leaves the limits to the API when neither has any", () => {
    expect(composeRecord(makeAccount(), makeKey()).limits).toBeNull();
  });

  it("is suspended with its account", () => {
    expect(composeRecord(makeAccount({ suspendedAtMs: 0 }), makeKey()).suspended).toBe(true);
    expect(composeRecord(makeAccount(), makeKey()).suspended).toBe(false);
  });

  it("holds nothing of the account but what a decision needs", () => {
    const account = makeAccount({ id: "acc_9", api: "example", version: 4, email: "a@b.test" });
    expect(composeRecord(account, makeKey())).toEqual({
      format: 1,
      key: makeKey(),
      account: "acc_9",
      accountVersion: 4,
      api: "example",
      suspended: false,
      limits: null,
      shared: false,
    });
  });

  it("says whether its account counts all its keys together", () => {
    const account = makeAccount({ sharedLimits: { minute: 1 } });
    expect(composeRecord(account, makeKey()).shared).toBe(true);
  });
});

describe("the version of a record", () => {
  it("is not the same for a key's change as for an account's", () => {
    const changed = versionOf(makeRecord({ accountVersion: 1 }, { version: 11 }));
    expect(versionOf(makeRecord({ accountVersion: 11 }, { version: 1 }))).not.toBe(changed);
  });

  test.each([
    ["supersedes", "the same one", { accountVersion: 2 }, { version: 2 }, true],
    ["supersedes", "an older key", { accountVersion: 2 }, { version: 3 }, true],
    ["supersedes", "an older account", { accountVersion: 3 }, { version: 2 }, true],
    ["does not supersede", "a newer key", { accountVersion: 3 }, { version: 1 }, false],
    ["does not supersede", "a newer account", { accountVersion: 1 }, { version: 3 }, false],
  ])("%s %s", (_, __, changes, keyChanges, expected) => {
    const current = makeRecord({ accountVersion: 2 }, { version: 2 });
    expect(supersedes(makeRecord(changes, keyChanges), current)).toBe(expected);
  });
});

describe("a stored record", () => {
  it("is read back as it was written", () => {
    const record = makeRecord({ limits: { day: 5 } }, { expiresAtMs: NOW });
    expect(decodeRecord(JSON.stringify(record))).toEqual(record);
  });

  test.each(["", "{", "null", "5", '"text"', "[]", "{}", '{"format":2}', '{"format":"1"}'])(
    "is not read when it is none of this format: %s",
    (stored) => {
      expect(decodeRecord(stored)).toBeNull();
    },
  );
});

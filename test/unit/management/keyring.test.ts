import { expect, it } from "vitest";
import { Unavailable, type KeyringUse, type Reencryption } from "../../../src/core/ports.ts";
import { createControlPlane } from "../../support/control-plane.ts";

const KEYRING = "/manage/v1/keyring";
const NOTHING = { keyTexts: 0, recoverableTexts: 0, signingSecrets: 0, importedKeys: 0 };
const UNUSED = {
  key_texts: 0,
  recoverable_texts: 0,
  signing_secrets: 0,
  imported_keys: 0,
  webhook_secrets: 0,
};

const USE: KeyringUse = {
  count: { asOfMs: 1_795_176_000_000, needs: [{ ...NOTHING, entry: "a", keyTexts: 3 }] },
  counting: false,
  reencryption: null,
};

const GOES_ON: Reencryption = {
  entry: "a",
  startedAtMs: 1_795_176_000_000,
  finishedAtMs: null,
  accounts: 5,
  accountsDone: 2,
  reencrypted: 7,
  failed: 1,
};

it("shows the entries of the keyring and what needs each, as of when", async () => {
  const plane = createControlPlane();
  plane.keyringUse = USE;
  const { status, data } = await plane.call("GET", KEYRING);
  expect(status).toBe(200);
  expect(data).toEqual({
    as_of: "2026-11-20T12:00:00.000Z",
    counting: false,
    entries: [{ id: "a", first: true, configured: true, ...UNUSED, key_texts: 3 }],
    reencryption: null,
  });
});

it("tells no count before the first one has ended: null is not 0", async () => {
  const { data } = await createControlPlane().call("GET", KEYRING);
  expect(data).toMatchObject({
    as_of: null,
    counting: true,
    entries: [{ id: "a", key_texts: null, signing_secrets: null, imported_keys: null }],
  });
});

it("shows an entry that is gone and still needed, and the log names it", async () => {
  const plane = createControlPlane();
  const needs = [{ ...NOTHING, entry: "gone", keyTexts: 2, signingSecrets: 1 }];
  plane.keyringUse = { ...USE, count: { asOfMs: 0, needs } };
  const { data } = await plane.call("GET", KEYRING);
  expect(data["entries"]).toMatchObject([
    { id: "a", key_texts: 0 },
    { id: "gone", first: false, configured: false, key_texts: 2, signing_secrets: 1 },
  ]);
  expect(plane.logged).toEqual([
    'error keyring_entry_missing {"entry":"gone","key_texts":2,"recoverable_texts":0,' +
      '"signing_secrets":1,"imported_keys":0,"webhook_secrets":0}',
  ]);
});

it("asks for the re-encryption under the first entry on the operator's behalf", async () => {
  const plane = createControlPlane();
  await plane.call("POST", `${KEYRING}/reencrypt`);
  expect(plane.calls).toEqual(["directory.reencrypt a operator req_1"]);
});

it("a re-encryption that goes on is 202 with its progress and where to look", async () => {
  const plane = createControlPlane();
  plane.keyringUse = { ...USE, counting: true, reencryption: GOES_ON };
  const { status, headers, data } = await plane.call("POST", `${KEYRING}/reencrypt`);
  expect([status, headers.get("location")]).toEqual([202, KEYRING]);
  expect(data["reencryption"]).toEqual({
    entry: "a",
    started_at: "2026-11-20T12:00:00.000Z",
    finished_at: null,
    accounts: 5,
    accounts_done: 2,
    reencrypted: 7,
    failed: 1,
  });
});

it("a re-encryption with nothing left to do is 200", async () => {
  const plane = createControlPlane();
  plane.keyringUse = { ...USE, reencryption: { ...GOES_ON, finishedAtMs: 1_795_176_001_000 } };
  const { status, headers, data } = await plane.call("POST", `${KEYRING}/reencrypt`);
  expect([status, headers.has("location")]).toEqual([200, false]);
  expect(data).toMatchObject({ reencryption: { finished_at: "2026-11-20T12:00:01.000Z" } });
});

it("takes no member", async () => {
  const plane = createControlPlane();
  const { status, fields } = await plane.call("POST", `${KEYRING}/reencrypt`, { entry: "a" });
  expect([status, fields, plane.calls]).toEqual([400, ["entry"], []]);
});

it("a directory that cannot be reached is 503, never a count", async () => {
  const plane = createControlPlane();
  plane.failure = new Unavailable("directory");
  const { status, data } = await plane.call("GET", KEYRING);
  expect([status, data]).toEqual([503, {}]);
});
